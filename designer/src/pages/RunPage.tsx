import { Accordion, Alert, Anchor, Badge, Button, Card, Group, SimpleGrid, Stack, Text, Timeline, Title } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useParams } from 'react-router';
import { api } from '../api/client';
import type { JournalItem, JournalPage, RunDetail } from '../api/types';
import { Confirm } from '../parts/Confirm';
import { JsonView } from '../parts/JsonView';
import { PageHeader } from '../parts/PageHeader';
import { StepProgress, type StepProgressInfo } from '../parts/StepProgress';
import { ProblemAlert } from '../parts/ProblemAlert';
import { RunBadge } from '../parts/badges';
import { duration } from '../parts/time';
import { Time } from '../parts/Time';
import { useSend } from '../parts/useSend';
import { isApproval, waitWords } from '../parts/waiting';
import { useMay } from '../session/Session';

const noProgress: StepProgressInfo[] = [];

export default function RunPage() {
  const { id = '' } = useParams();
  const may = useMay();
  const run = useQuery({ queryKey: ['run', id], queryFn: ({ signal }) => api.get<RunDetail>(`/api/runs/${id}`, {}, signal) });
  const refresh = ['run', 'runs', 'overview'];
  const cancel = useSend(() => api.post(`/api/runs/${id}/cancel`), { done: 'The run is being cancelled.', refresh });
  const retry = useSend(() => api.post(`/api/runs/${id}/retry`), { done: 'The failed step is tried again.', refresh });
  if (run.error) return <ProblemAlert error={run.error} />;
  if (!run.data) return null;
  const { summary, incidents, waitingFor, input, output } = run.data;
  const over = summary.finishedAt != null;
  return (
    <>
      <PageHeader
        title={summary.name ?? summary.definitionId}
        actions={
          <>
            <Button variant="default" component="a" href={`/studio/workflows/instances/${id}/view`}>
              See it on the graph
            </Button>
            {may.operate && !over && (
              <Confirm label="Cancel the run" question="Cancel this run?" variant="default" onConfirm={() => cancel.mutate(undefined)}>
                Steps that are done stay done; nothing after them begins.
              </Confirm>
            )}
            {may.operate && summary.status === 'Faulted' && (
              <Button onClick={() => retry.mutate(undefined)} loading={retry.isPending}>
                Try the failed step again
              </Button>
            )}
          </>
        }
      >
        <Group gap="xs" mt={4}>
          <RunBadge status={summary.status} />
          {summary.dryRun && <Badge variant="outline">Dry run</Badge>}
          <span>
            started <Time at={summary.createdAt} />
            {over && `, took ${duration(Date.parse(summary.finishedAt!) - Date.parse(summary.createdAt))}`}
          </span>
          <Anchor component={Link} to={`/definitions/${encodeURIComponent(summary.definitionId)}`} inherit>
            workflow version {summary.version}
          </Anchor>
        </Group>
      </PageHeader>
      {incidents.map((incident, index) => (
        <Alert key={index} color="red" variant="light" mb="md" title={`${incident.activity} failed`}>
          <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
            {incident.message}
          </Text>
        </Alert>
      ))}
      {waitingFor.length > 0 && (
        <Alert color="yellow" variant="light" mb="md" title="Waiting">
          {waitingFor.map((wait) => (
            <Text key={`${wait.kind} ${wait.activityId}`} size="sm">
              {waitWords(wait)}{' '}
              {isApproval(wait) && (
                <Anchor component={Link} to="/approvals?state=pending" size="sm">
                  To the questions
                </Anchor>
              )}
            </Text>
          ))}
        </Alert>
      )}
      <StepProgress runId={id} known={(run.data as { progress?: StepProgressInfo[] }).progress ?? noProgress} over={over} />
      <SimpleGrid cols={{ base: 1, md: 2 }} mb="lg">
        <Value title="Input" value={input} none="It was started without input." />
        <Value title="Output" value={output} none={over ? 'It has no output.' : 'None yet.'} />
      </SimpleGrid>
      <Title order={2} size="h4" mb="sm">
        What happened
      </Title>
      <Journal id={id} />
      <Text size="xs" c="dimmed" mt="lg" className="mono">
        {id}
      </Text>
    </>
  );
}

function Value({ title, value, none }: { title: string; value: Record<string, unknown>; none: string }) {
  return (
    <Card withBorder padding="md">
      <Title order={2} size="h5" mb="xs">
        {title}
      </Title>
      {Object.keys(value).length === 0 ? (
        <Text size="sm" c="dimmed">
          {none}
        </Text>
      ) : (
        <JsonView value={value} label={title} />
      )}
    </Card>
  );
}

const colors: Record<string, string> = { Completed: 'teal', Faulted: 'red', Canceled: 'gray', Cancelled: 'gray', Suspended: 'yellow', Held: 'orange', InDoubt: 'orange', Retrying: 'yellow', Started: 'blue', Resumed: 'blue' };

/** The journal as a line of what happened, with the inputs, outputs and errors of each step to open. */
function Journal({ id }: { id: string }) {
  const journal = useInfiniteQuery({
    queryKey: ['run', id, 'journal'],
    queryFn: ({ pageParam, signal }) => api.get<JournalPage>(`/api/runs/${id}/journal`, { after: pageParam, take: 100 }, signal),
    initialPageParam: 0,
    getNextPageParam: (last) => (last.items.length === 100 ? Number(last.items.at(-1)?.sequence) : undefined),
  });
  if (journal.error) return <ProblemAlert error={journal.error} />;
  const items = journal.data?.pages.flatMap((page) => page.items) ?? [];
  if (journal.data && items.length === 0)
    return (
      <Text c="dimmed" size="sm">
        Nothing yet: it waits for its turn.
      </Text>
    );
  return (
    <Stack>
      <Timeline bulletSize={14} lineWidth={2} active={items.length}>
        {items.map((item) => (
          <Timeline.Item key={item.sequence} color={colors[item.eventName] ?? 'gray'} title={<Entry item={item} />}>
            {item.message && (
              <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
                {item.message}
              </Text>
            )}
            {item.payload && Object.keys(item.payload).length > 0 && (
              <Accordion variant="default" chevronPosition="left" styles={{ control: { paddingInline: 0 }, label: { paddingBlock: 4 }, content: { paddingInline: 0 } }}>
                <Accordion.Item value="payload" style={{ border: 0 }}>
                  <Accordion.Control>
                    <Text size="sm" c="dimmed">
                      Details
                    </Text>
                  </Accordion.Control>
                  <Accordion.Panel>
                    <JsonView value={item.payload} label={`Details of ${item.activityName ?? item.activityType}`} />
                  </Accordion.Panel>
                </Accordion.Item>
              </Accordion>
            )}
          </Timeline.Item>
        ))}
      </Timeline>
      {journal.hasNextPage && (
        <Button variant="default" onClick={() => void journal.fetchNextPage()} loading={journal.isFetchingNextPage} style={{ alignSelf: 'start' }}>
          Show more
        </Button>
      )}
    </Stack>
  );
}

function Entry({ item }: { item: JournalItem }) {
  return (
    <Group gap="xs">
      <Text fw={500}>{item.activityName ?? item.activityType.split('.').at(-1)}</Text>
      <Badge size="sm" variant="light" color={colors[item.eventName] ?? 'gray'}>
        {item.eventName}
      </Badge>
      <Text size="xs" c="dimmed">
        {new Date(item.timestamp).toLocaleTimeString()}
      </Text>
    </Group>
  );
}
