import { Badge } from '@mantine/core';

const runColors: Record<string, string> = {
  Running: 'blue',
  Pending: 'gray',
  Executing: 'blue',
  Suspended: 'yellow',
  Finished: 'teal',
  Cancelled: 'gray',
  Faulted: 'red',
  Interrupted: 'orange',
};

const runWords: Record<string, string> = { Suspended: 'Waiting', Executing: 'Running', Interrupted: 'Interrupted' };

export function RunBadge({ status }: { status: string }) {
  return (
    <Badge color={runColors[status] ?? 'gray'} variant="light" autoContrast={false}>
      {runWords[status] ?? status}
    </Badge>
  );
}

const riskColors: Record<string, string> = { none: 'gray', low: 'teal', medium: 'yellow', high: 'orange', critical: 'red' };

export function RiskBadge({ risk }: { risk: string }) {
  return (
    <Badge color={riskColors[risk.toLowerCase()] ?? 'gray'} variant="light">
      {risk} risk
    </Badge>
  );
}

const verdicts: Record<string, [string, string]> = {
  execute: ['teal', 'Did it'],
  tellFirst: ['blue', 'Told, then did'],
  ask: ['yellow', 'Asked'],
  alertOnly: ['gray', 'Only told'],
  refuse: ['red', 'Refused'],
};

export function VerdictBadge({ verdict }: { verdict: string }) {
  const [color, word] = verdicts[verdict] ?? ['gray', verdict];
  return (
    <Badge color={color} variant="light">
      {word}
    </Badge>
  );
}

const results: Record<string, [string, string]> = {
  started: ['blue', 'Running'],
  succeeded: ['teal', 'Done'],
  failed: ['red', 'Failed'],
  inDoubt: ['orange', 'In doubt'],
  notVerified: ['orange', 'Did not help'],
  rolledBack: ['gray', 'Taken back'],
};

export function ResultBadge({ result }: { result: string }) {
  const [color, word] = results[result] ?? ['gray', result];
  return (
    <Badge color={color} variant="light">
      {word}
    </Badge>
  );
}

export const resultChoices = Object.entries(results).map(([value, [, label]]) => ({ value, label }));

const answers: Record<string, [string, string]> = {
  pending: ['orange', 'Waiting'],
  approved: ['teal', 'Approved'],
  changed: ['teal', 'Approved with changes'],
  denied: ['red', 'Denied'],
  timedOut: ['gray', 'Not answered'],
  withdrawn: ['gray', 'Withdrawn'],
};

export function answerWord(state: string): string {
  return answers[state]?.[1] ?? state;
}

export function AnswerBadge({ state }: { state: string }) {
  return (
    <Badge color={answers[state]?.[0] ?? 'gray'} variant="light">
      {answerWord(state)}
    </Badge>
  );
}

export const answerChoices = Object.entries(answers).map(([value, [, label]]) => ({ value, label }));
