import { Anchor, Badge, Button, Drawer, Group, Stack, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router';
import { api } from '../api/client';
import type { JobFiring, JobView, Listing } from '../api/types';
import { DeadLetters } from '../parts/DeadLetters';
import { EmptyState } from '../parts/EmptyState';
import { ListTable } from '../parts/ListTable';
import { PageHeader } from '../parts/PageHeader';
import { ProblemAlert } from '../parts/ProblemAlert';
import { scheduleWords } from '../parts/schedule';
import { duration } from '../parts/time';
import { Time } from '../parts/Time';
import { useListing } from '../parts/useListing';
import { useSend } from '../parts/useSend';
import { useMay } from '../session/Session';

const resultColors: Record<string, string> = { succeeded: 'teal', failed: 'red', cancelled: 'gray', skipped: 'yellow' };

export default function JobsPage() {
  const list = useListing<JobView>('jobs', '/api/jobs');
  const may = useMay();
  const [open, setOpen] = useState<JobView>();
  const act = useSend(({ job, verb }: { job: JobView; verb: 'run' | 'pause' | 'resume' }) => api.post(`/api/jobs/${encodeURIComponent(job.id)}/${verb}`), {
    done: ({ verb }) => ({ run: 'It fires now.', pause: 'Paused: it does not fire until you resume it.', resume: 'It fires by its schedule again.' })[verb],
    refresh: ['jobs', 'runs'],
  });
  return (
    <>
      <PageHeader title="Schedules & jobs">Workflows that start by the clock, and the engine's own upkeep. A failed job is tried again by itself.</PageHeader>
      <DeadLetters />
      <ListTable
        caption="Jobs"
        list={list}
        rowKey={(job) => job.id}
        columns={[
          {
            title: 'Job',
            render: (job) => (
              <Stack gap={0}>
                <Anchor component="button" type="button" ta="left" fw={500} onClick={() => setOpen(job)}>
                  {job.workflow ?? job.description ?? job.id}
                </Anchor>
                {job.schedule && (
                  <Text size="xs" c="dimmed" title={job.schedule}>
                    {scheduleWords(job.schedule)}
                  </Text>
                )}
              </Stack>
            ),
          },
          {
            title: 'Last',
            render: (job) => (
              <Group gap="xs">
                {job.running ? (
                  <Badge color="blue" variant="light">
                    running
                  </Badge>
                ) : job.lastResult ? (
                  <Badge color={resultColors[job.lastResult] ?? 'gray'} variant="light">
                    {job.lastResult}
                  </Badge>
                ) : (
                  <Text size="sm" c="dimmed">
                    not yet
                  </Text>
                )}
              </Group>
            ),
          },
          { title: 'When', wide: true, render: (job) => <Time at={job.last} /> },
          {
            title: 'Next',
            render: (job) =>
              job.paused ? (
                <Badge color="gray" variant="light">
                  paused
                </Badge>
              ) : (
                <Time at={job.next} />
              ),
          },
          {
            title: 'Do',
            align: 'right',
            wide: true,
            render: (job) =>
              may.operate && (
                <Group gap={6} justify="flex-end" wrap="nowrap">
                  <Button size="xs" variant="default" onClick={() => act.mutate({ job, verb: 'run' })} aria-label={`Run now: ${job.workflow ?? job.id}`}>
                    Run now
                  </Button>
                  <Button size="xs" variant="default" onClick={() => act.mutate({ job, verb: job.paused ? 'resume' : 'pause' })} aria-label={`${job.paused ? 'Resume' : 'Pause'}: ${job.workflow ?? job.id}`}>
                    {job.paused ? 'Resume' : 'Pause'}
                  </Button>
                </Group>
              ),
          },
        ]}
        empty={
          <EmptyState title="Nothing is scheduled">
            A published workflow that begins with a Cron, Timer or Start At activity appears here by itself. <Link to="/definitions">To the workflows</Link>
          </EmptyState>
        }
      />
      <Drawer opened={open !== undefined} onClose={() => setOpen(undefined)} position="right" title={open?.workflow ?? open?.description ?? open?.id} closeButtonProps={{ 'aria-label': 'Close' }}>
        {open && (
          <Stack>
            {open.lastError && (
              <Text size="sm" c="red">
                {open.lastError}
              </Text>
            )}
            {may.operate && (
              <Group>
                <Button size="xs" onClick={() => act.mutate({ job: open, verb: 'run' })}>
                  Run now
                </Button>
                <Button size="xs" variant="default" onClick={() => act.mutate({ job: open, verb: open.paused ? 'resume' : 'pause' })}>
                  {open.paused ? 'Resume' : 'Pause'}
                </Button>
              </Group>
            )}
            <History id={open.id} />
          </Stack>
        )}
      </Drawer>
    </>
  );
}

function History({ id }: { id: string }) {
  const { data, error } = useQuery({ queryKey: ['jobs', 'history', id], queryFn: ({ signal }) => api.get<Listing<JobFiring>>(`/api/jobs/${encodeURIComponent(id)}/history`, { pageSize: 50 }, signal) });
  if (error) return <ProblemAlert error={error} />;
  if (data?.total === 0) return <Text c="dimmed">It has not fired yet.</Text>;
  return (
    <Table aria-label="What fired">
      <Table.Thead>
        <Table.Tr>
          <Table.Th scope="col">When</Table.Th>
          <Table.Th scope="col">How it went</Table.Th>
          <Table.Th scope="col">Took</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {data?.items.map((firing, index) => (
          <Table.Tr key={index}>
            <Table.Td>
              <Time at={firing.firedAt} />
            </Table.Td>
            <Table.Td>
              {firing.result}
              {firing.byHand && ', by hand'}
              {firing.error && (
                <Text size="xs" c="red" style={{ overflowWrap: 'anywhere' }}>
                  {firing.error}
                </Text>
              )}
            </Table.Td>
            <Table.Td>{duration(Number(firing.milliseconds))}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
