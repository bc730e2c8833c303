import { Alert, Anchor, Button, Card, Group, List, Progress, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { api } from '../api/client';
import { overviewQuery } from '../app/first';
import type { Change, Listing, Overview, RunInfo } from '../api/types';
import { useWaitingApprovals } from '../controls/useApprovals';
import { IncidentBadge } from '../parts/incidentBadges';
import { PageHeader } from '../parts/PageHeader';
import { ProblemAlert } from '../parts/ProblemAlert';
import { ResultBadge, RunBadge } from '../parts/badges';
import { capital } from '../parts/words';
import { duration } from '../parts/time';
import { Time } from '../parts/Time';
import { useMay } from '../session/Session';

export default function OverviewPage() {
  const { data, error } = useQuery(overviewQuery);
  const waiting = useWaitingApprovals();
  return (
    <>
      <PageHeader title="Overview">What needs you, and what was done in the last 24 hours.</PageHeader>
      <ProblemAlert error={error} />
      {data && (
        <Stack gap="lg">
          <Needs data={data} approvals={waiting} />
          <SimpleGrid cols={{ base: 1, md: 2 }}>
            <Health health={data.health} />
            <OpenIncidents data={data} />
          </SimpleGrid>
          <SimpleGrid cols={{ base: 2, sm: 4 }}>
            <Figure value={data.running} label="running" to="/runs?status=Executing" />
            <Figure value={data.waiting} label="waiting" to="/runs?status=Suspended" />
            <Figure value={data.runsToday} label="started today" to="/runs" />
            <Figure value={data.faultedToday} label="failed today" to="/runs?status=Faulted" bad />
          </SimpleGrid>
          <Done />
          {data.recent.length === 0 ? <FirstSteps workflows={Number(data.workflows)} /> : <Recent runs={data.recent} />}
        </Stack>
      )}
    </>
  );
}

function Needs({ data, approvals }: { data: Overview; approvals: number }) {
  const persons = Number(data.incidents.byState.needs_person ?? 0);
  const needs = [
    approvals > 0 && (
      <Anchor key="approvals" component={Link} to="/approvals?state=pending">
        {approvals === 1 ? 'One approval waits for your answer' : `${approvals} approvals wait for your answer`}
      </Anchor>
    ),
    persons > 0 && (
      <Anchor key="incidents" component={Link} to="/incidents?state=needs_person">
        {persons === 1 ? 'One incident needs you' : `${persons} incidents need you`}
      </Anchor>
    ),
    Number(data.requests) > 0 && (
      <Anchor key="requests" component={Link} to="/requests?state=open">
        {Number(data.requests) === 1 ? 'One request waits for you' : `${data.requests} requests wait for you`}
      </Anchor>
    ),
    Number(data.faultedToday) > 0 && (
      <Anchor key="faulted" component={Link} to="/runs?status=Faulted">
        {Number(data.faultedToday) === 1 ? 'One run failed today' : `${data.faultedToday} runs failed today`}
      </Anchor>
    ),
    Number(data.deadLetters) > 0 && <Text key="dead" span>{`${data.deadLetters} accepted triggers could not be processed; look at the log`}</Text>,
  ].filter(Boolean);
  return needs.length === 0 ? (
    <Alert color="teal" variant="light" title="Nothing needs you">
      No approval waits, no incident needs a person, and nothing failed today.
    </Alert>
  ) : (
    <Alert color="orange" variant="light" title="Needs you">
      <List>
        {needs.map((need, index) => (
          <List.Item key={index}>{need}</List.Item>
        ))}
      </List>
    </Alert>
  );
}

/** The score, and what it lacks of a hundred. */
function Health({ health }: { health: Overview['health'] }) {
  const score = Number(health.score);
  const lost = health.parts.filter((part) => Number(part.lost) > 0);
  return (
    <Card withBorder padding="md">
      <Title order={2} size="h4" mb="xs">
        Health
      </Title>
      <Group align="flex-start" wrap="nowrap" gap="lg">
        <Text fz={40} fw={700} lh={1}>
          {score}
        </Text>
        <Stack gap="xs" style={{ flex: 1, minWidth: 0 }}>
          <Progress value={score} color={score >= 90 ? 'teal' : score >= 60 ? 'yellow' : 'red'} aria-label={`Health ${score} of 100`} />
          {lost.length === 0 ? (
            <Text size="sm" c="dimmed">
              Nothing is lacking.
            </Text>
          ) : (
            lost.map((part) => (
              <Group key={part.name} justify="space-between" wrap="nowrap" gap="xs">
                <Text size="sm">
                  {capital(part.name)}: {part.count}
                </Text>
                <Text size="sm" c="dimmed" style={{ whiteSpace: 'nowrap' }}>
                  −{part.lost}
                </Text>
              </Group>
            ))
          )}
        </Stack>
      </Group>
    </Card>
  );
}

/** A card with the newest of a list, and the way to all of it. */
function Latest({ title, to, all, children }: { title: string; to: string; all: string; children: ReactNode }) {
  return (
    <Card withBorder padding="md">
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h4">
          {title}
        </Title>
        <Anchor component={Link} to={to} size="sm">
          {all}
        </Anchor>
      </Group>
      {children}
    </Card>
  );
}

/** One line of it: what, when, and how it stands. */
function Line({ to, at, badge, children }: { to: string; at?: string; badge: ReactNode; children: ReactNode }) {
  return (
    <Group justify="space-between" wrap="nowrap" gap="xs">
      <Anchor component={Link} to={to} truncate style={{ minWidth: 0 }}>
        {children}
      </Anchor>
      <Group gap="xs" wrap="nowrap">
        {at && (
          <Text size="sm" c="dimmed" visibleFrom="xs">
            <Time at={at} />
          </Text>
        )}
        {badge}
      </Group>
    </Group>
  );
}

function OpenIncidents({ data }: { data: Overview }) {
  const { meanDetectionSeconds: found, meanResolutionSeconds: mended, autonomousRate: alone } = data.incidents;
  const figures = [
    found != null && `detected after ${duration(Number(found) * 1000)}`,
    mended != null && `over after ${duration(Number(mended) * 1000)}`,
    alone != null && `${Math.round(Number(alone) * 100)} % mended without a person`,
  ].filter(Boolean);
  return (
    <Latest title="Open incidents" to="/incidents" all="All incidents">
      {data.openIncidents.length === 0 ? (
        <Text size="sm" c="dimmed">
          Nothing is wrong now.
        </Text>
      ) : (
        <Stack gap="xs">
          {data.openIncidents.map((incident) => (
            <Line key={incident.id} to={`/incidents/${incident.id}`} badge={<IncidentBadge state={incident.state} />}>
              {incident.title}
            </Line>
          ))}
        </Stack>
      )}
      {figures.length > 0 && (
        <Text size="sm" c="dimmed" mt="sm">
          In 30 days, on average: {figures.join(', ')}.
        </Text>
      )}
    </Latest>
  );
}

function Figure({ value, label, to, bad }: { value: number | string; label: string; to: string; bad?: boolean }) {
  return (
    <Card withBorder padding="md" component={Link} to={to}>
      <Text fz={28} fw={700} lh={1.1} c={bad && Number(value) > 0 ? 'red' : undefined}>
        {Number(value).toLocaleString()}
      </Text>
      <Text size="sm" c="dimmed">
        {label}
      </Text>
    </Card>
  );
}

/** What was changed lately, whoever said so. */
function Done() {
  const may = useMay();
  const { data } = useQuery({
    queryKey: ['changes', 'latest'],
    queryFn: ({ signal }) => api.get<Listing<Change>>('/api/changes', { pageSize: 5 }, signal),
    enabled: may.has('changes'),
  });
  if (!data || data.total === 0) return null;
  return (
    <Latest title="Latest changes" to="/changes" all="All changes">
      <Stack gap="xs">
        {data.items.map((change) => (
          <Line key={change.id} to={`/decisions/${change.decisionId}`} at={change.startedAt} badge={<ResultBadge result={change.result} />}>
            {change.action} on {change.target}
          </Line>
        ))}
      </Stack>
    </Latest>
  );
}

function Recent({ runs }: { runs: RunInfo[] }) {
  return (
    <Latest title="Latest runs" to="/runs" all="All runs">
      <Stack gap="xs">
        {runs.map((run) => (
          <Line key={run.id} to={`/runs/${run.id}`} at={run.createdAt} badge={<RunBadge status={run.status} />}>
            {run.name ?? run.definitionId}
          </Line>
        ))}
      </Stack>
    </Latest>
  );
}

function FirstSteps({ workflows }: { workflows: number }) {
  const may = useMay();
  return (
    <Card withBorder padding="lg">
      <Title order={2} size="h4" mb="xs">
        First steps
      </Title>
      <List type="ordered" spacing="sm">
        <List.Item>
          {workflows > 0 ? (
            <>
              Open one of the <Anchor component={Link} to="/definitions">workflows</Anchor> and press Run.
            </>
          ) : (
            <>
              <Anchor component={Link} to="/definitions">Import a workflow</Anchor>, or draw one in <Anchor href="/studio/workflows/definitions">Studio</Anchor>.
            </>
          )}
        </List.Item>
        <List.Item>Watch the run: each step with what went in, what came out and what went wrong.</List.Item>
        <List.Item>
          Look at it on the graph in <Anchor href="/studio/workflows/definitions">Studio</Anchor>, change it there, publish it, run it again.
        </List.Item>
        {may.has('controls') && <List.Item>Choose at the top how much it may do by itself. It begins careful: it asks before it changes anything.</List.Item>}
      </List>
      <Button component={Link} to="/definitions" mt="md" style={{ alignSelf: 'flex-start' }}>
        To the workflows
      </Button>
    </Card>
  );
}
