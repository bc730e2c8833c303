import { Alert, Button, Group, List, Text } from '@mantine/core';
import { Link } from 'react-router';
import { api } from '../api/client';
import { Time } from '../parts/Time';
import { useSend } from '../parts/useSend';
import { useMay } from '../session/Session';
import { useControls } from './useControls';

/** On every page, why nothing is done by itself now, and the way out of it. */
export function Halted() {
  const data = useControls();
  const may = useMay();
  const send = useSend((action: string) => api.post(`/api/controls/${action}`, { reason: 'Done in the console' }), {
    done: 'It may act again.',
    refresh: ['controls', 'overview', 'audit', 'approvals'],
  });
  if (!data) return null;
  const mark = data.stop ?? data.pause;
  return (
    <>
      {mark && (
        <Alert color={data.stop ? 'red' : 'orange'} variant="light" mb="md" role="status" title={data.stop ? 'Emergency stop' : 'Paused'}>
          <Group justify="space-between" gap="xs">
            <Text size="sm" style={{ flex: '1 1 240px' }}>
              {data.stop ? 'Nothing with an effect begins on any node until somebody resumes.' : 'It observes and does not act until somebody resumes.'} By {mark.by}, <Time at={mark.since} />
              {mark.reason && `: ${mark.reason}`}
            </Text>
            {may.operate && (
              <Button size="xs" variant="default" onClick={() => send.mutate('resume')}>
                Let it act again
              </Button>
            )}
          </Group>
        </Alert>
      )}
      {data.breaker && (
        <Alert color="orange" variant="light" mb="md" role="status" title="The circuit breaker is open">
          <Group justify="space-between" gap="xs">
            <Text size="sm">
              {data.breaker.reason}, <Time at={data.breaker.since} />. It asks before every step until somebody looks and resets it.
            </Text>
            {may.operate && (
              <Button size="xs" variant="default" onClick={() => send.mutate('breaker/reset')}>
                Reset the breaker
              </Button>
            )}
          </Group>
        </Alert>
      )}
      {data.clockJumpSeconds != null && (
        <Alert color="red" variant="light" mb="md" role="status" title="The clock jumped">
          <Group justify="space-between" gap="xs">
            <Text size="sm">By {Math.round(data.clockJumpSeconds)} s. Nothing with an effect is done until somebody says that it is right now.</Text>
            {may.operate && (
              <Button size="xs" variant="default" onClick={() => send.mutate('clock/accept')}>
                The clock is right
              </Button>
            )}
          </Group>
        </Alert>
      )}
      {data.problems.length > 0 && (
        <Alert color={data.canAct ? 'orange' : 'red'} variant="light" mb="md" role="status" title={data.canAct ? 'A changed file is not in force' : 'Nothing with an effect is done'}>
          <Text size="sm" mb={4}>
            {data.canAct ? 'What was there before stays in force until this is mended.' : 'Rules or preferences cannot be used until this is mended.'} <Link to="/controls">More</Link>
          </Text>
          <List size="sm">
            {data.problems.slice(0, 3).map((problem, index) => (
              <List.Item key={index} style={{ overflowWrap: 'anywhere' }}>
                {problem.file}, line {problem.line}: {problem.message}
              </List.Item>
            ))}
          </List>
        </Alert>
      )}
    </>
  );
}
