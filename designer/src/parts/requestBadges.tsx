import { Badge } from '@mantine/core';
import type { PlanRequest, RequestStep } from '../api/types';

const states: Record<string, [string, string]> = {
  proposed: ['yellow', 'Waits for your yes'],
  running: ['blue', 'Goes on'],
  paused: ['gray', 'Paused'],
  failed: ['orange', 'Needs you'],
  done: ['teal', 'Done'],
  cancelled: ['gray', 'Cancelled'],
};

export function RequestBadge({ request }: { request: PlanRequest }) {
  const [color, word] = request.state === 'running' && request.steps.some((step) => step.state === 'waiting') ? ['orange', 'Your turn'] : (states[request.state] ?? ['gray', request.state]);
  return (
    <Badge color={color} variant="light">
      {word}
    </Badge>
  );
}

export const requestChoices = [{ value: 'open', label: 'All that are open' }, ...Object.entries(states).map(([value, [, label]]) => ({ value, label }))];

const steps: Record<string, [string, string]> = {
  pending: ['gray', 'Not begun'],
  running: ['blue', 'Being done'],
  waiting: ['orange', 'Your turn'],
  done: ['teal', 'Done'],
  failed: ['red', 'Failed'],
  skipped: ['gray', 'Left out'],
};

export function StepBadge({ step }: { step: RequestStep }) {
  const [color, word] = steps[step.state] ?? ['gray', step.state];
  return (
    <Badge color={color} variant="light">
      {word}
    </Badge>
  );
}
