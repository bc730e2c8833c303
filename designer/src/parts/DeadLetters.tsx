import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { api } from '../api/client';
import type { DeadLetter } from '../api/types';
import { useMay } from '../session/Session';
import { Confirm } from './Confirm';
import { Time } from './Time';
import { useSend } from './useSend';

const what: Record<string, string> = { alert: 'An alert that came in', message: 'A message to a person' };

/** What was accepted and could not be processed; nothing is shown where there is none. */
export function DeadLetters() {
  const may = useMay();
  const { data } = useQuery({ queryKey: ['dead-letters'], queryFn: ({ signal }) => api.get<DeadLetter[]>('/api/dead-letters', {}, signal) });
  const again = useSend((letter: DeadLetter) => api.post(`/api/dead-letters/${encodeURIComponent(letter.id)}/requeue`), { done: 'It is tried again.', refresh: ['dead-letters'] });
  const giveUp = useSend((letter: DeadLetter) => api.delete(`/api/dead-letters/${encodeURIComponent(letter.id)}`), { done: 'It is given up.', refresh: ['dead-letters'] });
  if (!data?.length) return null;
  return (
    <Alert color="orange" variant="light" mb="md" title="Could not be processed">
      <Stack gap="xs">
        {data.map((letter) => (
          <Group key={letter.id} justify="space-between">
            <div>
              <Text size="sm">
                {what[letter.kind] ?? `Something for a run (${letter.kind})`}
                {letter.about && `, ${letter.about}`}, given up <Time at={letter.diedAt} />
              </Text>
              <Text size="xs">{letter.error}</Text>
            </div>
            {may.operate && (
              <Group gap={6}>
                <Button size="xs" variant="default" onClick={() => again.mutate(letter)}>
                  Try again
                </Button>
                <Confirm label="Give up" question="Give it up for good?" variant="default" onConfirm={() => giveUp.mutate(letter)}>
                  It is deleted and never processed.
                </Confirm>
              </Group>
            )}
          </Group>
        ))}
      </Stack>
    </Alert>
  );
}
