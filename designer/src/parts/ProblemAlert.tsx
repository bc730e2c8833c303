import { Alert, List, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { Problem } from '../api/client';

/** What is wrong with one field, in the server's words, to be shown at it. */
export function faultAt(error: unknown, field: string): string | undefined {
  const fault = error instanceof Problem ? error.faults.find((one) => one.path === field) : undefined;
  return fault && `${fault.rule} ${fault.action}`;
}

/**
 * What went wrong and what to do, in the server's words.
 * @param fields Those that show what is wrong with them themselves.
 */
export function ProblemAlert({ error, fields = [] }: { error: unknown; fields?: string[] }) {
  if (!error) return null;
  const problem = error instanceof Problem ? error : undefined;
  const faults = problem?.faults.filter((fault) => !fields.includes(fault.path)) ?? [];
  if (problem && problem.faults.length > 0 && faults.length === 0) return null;
  return (
    <Alert color="red" title={problem?.title ?? 'Something went wrong in this page.'} role="alert" variant="light" mb="md">
      {faults.length > 0 ? (
        <List size="sm">
          {faults.map((fault, index) => (
            <List.Item key={index}>
              <b>{fault.path}</b>: {fault.rule} {fault.action}
            </List.Item>
          ))}
        </List>
      ) : (
        <Text size="sm">
          {problem ? problem.detail : String(error)} {problem?.action}
        </Text>
      )}
    </Alert>
  );
}

export function tellProblem(error: unknown) {
  const problem = error instanceof Problem ? error : undefined;
  notifications.show({
    color: 'red',
    autoClose: 12_000,
    closeButtonProps: { 'aria-label': 'Close' },
    title: problem?.title ?? 'That did not work.',
    message: problem ? [problem.faults[0]?.rule ?? problem.detail, problem.faults[0]?.action ?? problem.action].filter(Boolean).join(' ') : String(error),
  });
}

export function tellDone(message: string) {
  notifications.show({ color: 'teal', message, closeButtonProps: { 'aria-label': 'Close' } });
}
