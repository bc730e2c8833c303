import { Badge } from '@mantine/core';

const states: Record<string, [string, string]> = {
  open: ['red', 'Open'],
  diagnosing: ['blue', 'Diagnosing'],
  waiting: ['yellow', 'Waiting'],
  acting: ['blue', 'Acting'],
  verifying: ['blue', 'Verifying'],
  needs_person: ['orange', 'Needs you'],
  resolved: ['teal', 'Resolved'],
  closed: ['gray', 'Closed'],
};

export function IncidentBadge({ state }: { state: string }) {
  const [color, word] = states[state] ?? ['gray', state];
  return (
    <Badge color={color} variant="light">
      {word}
    </Badge>
  );
}

export const incidentChoices = [{ value: 'unresolved', label: 'All that are open' }, ...Object.entries(states).map(([value, [, label]]) => ({ value, label }))];

const severities: Record<string, string> = { critical: 'red', warning: 'yellow', info: 'gray' };

export function SeverityBadge({ severity }: { severity: string }) {
  return (
    <Badge color={severities[severity] ?? 'gray'} variant="outline" autoContrast={false} styles={{ label: { color: 'var(--mantine-color-text)' } }}>
      {severity}
    </Badge>
  );
}
