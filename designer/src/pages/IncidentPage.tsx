import { Alert, Anchor, Badge, Button, Card, Code, Group, SimpleGrid, Stack, Table, Text, Textarea, Timeline, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useParams } from 'react-router';
import { api } from '../api/client';
import type { IncidentDetail, IncidentEvent } from '../api/types';
import { Confirm } from '../parts/Confirm';
import { IncidentBadge, SeverityBadge } from '../parts/incidentBadges';
import { PageHeader } from '../parts/PageHeader';
import { faultAt, ProblemAlert } from '../parts/ProblemAlert';
import { duration } from '../parts/time';
import { Time } from '../parts/Time';
import { useSend } from '../parts/useSend';
import { useMay } from '../session/Session';

const over = ['resolved', 'closed'];
const thanks: Record<string, string> = {
  autonomous: 'mended without a person',
  assisted: 'mended with a person’s approval',
  person: 'ended by a person',
  gone: 'went away by itself',
  merged: 'a symptom of another incident',
};

export default function IncidentPage() {
  const { id = '' } = useParams();
  const may = useMay();
  const { data, error } = useQuery({ queryKey: ['incident', id], queryFn: ({ signal }) => api.get<IncidentDetail>(`/api/incidents/${id}`, {}, signal) });
  const refresh = ['incident', 'incidents', 'overview'];
  const close = useSend(() => api.post(`/api/incidents/${id}/close`, {}), { done: 'The incident is closed.', refresh });
  const reopen = useSend(() => api.post(`/api/incidents/${id}/reopen`, {}), { done: 'The incident is open again.', refresh });
  if (error) return <ProblemAlert error={error} />;
  if (!data) return null;
  const { incident, alerts, symptoms, timeline } = data;
  const ended = over.includes(incident.state);
  return (
    <>
      <PageHeader
        title={incident.title}
        actions={
          may.operate && (
            <>
              {!ended && (
                <Confirm label="Close it" question="Close this incident?" variant="default" onConfirm={() => close.mutate(undefined)}>
                  It counts as ended by you. If its alert fires again it opens again.
                </Confirm>
              )}
              {ended && incident.resolution !== 'merged' && (
                <Button variant="default" onClick={() => reopen.mutate(undefined)} loading={reopen.isPending}>
                  Open it again
                </Button>
              )}
            </>
          )
        }
      >
        <Group gap="xs" mt={4}>
          <IncidentBadge state={incident.state} />
          <SeverityBadge severity={incident.severity} />
          {incident.flapping && (
            <Badge variant="outline" color="orange" styles={{ label: { color: 'var(--mantine-color-text)' } }}>
              Comes and goes
            </Badge>
          )}
          <span>
            began <Time at={incident.startedAt} />
            {data.resolutionSeconds != null && `, lasted ${duration(Number(data.resolutionSeconds) * 1000)}`}
            {incident.resolution && `, ${thanks[incident.resolution] ?? incident.resolution}`}
          </span>
          <Anchor href={`/api/incidents/${id}/report`} download size="sm" td="underline">
            Report as Markdown
          </Anchor>
        </Group>
      </PageHeader>
      {incident.parent && (
        <Alert variant="light" mb="md" title="It is a symptom">
          <Anchor component={Link} to={`/incidents/${incident.parent}`}>
            To the incident that caused it
          </Anchor>
        </Alert>
      )}
      {incident.state === 'needs_person' && (
        <Alert color="orange" variant="light" mb="md" title="Needs you">
          {[...timeline].reverse().find((line) => line.kind === 'state')?.text ?? 'It could not be mended without a person.'}
        </Alert>
      )}
      <SimpleGrid cols={{ base: 1, md: 2 }} mb="lg">
        <Facts data={data} />
        <Alerts alerts={alerts} />
      </SimpleGrid>
      {symptoms.length > 0 && (
        <Card withBorder padding="md" mb="lg">
          <Title order={2} size="h5" mb="xs">
            Symptoms
          </Title>
          <Stack gap={4}>
            {symptoms.map((symptom) => (
              <Anchor key={symptom.id} component={Link} to={`/incidents/${symptom.id}`}>
                {symptom.title}
              </Anchor>
            ))}
          </Stack>
        </Card>
      )}
      <Title order={2} size="h4" mb="sm">
        What happened
      </Title>
      <Story timeline={timeline} />
      {may.operate && <Note id={id} />}
    </>
  );
}

function Facts({ data: { incident, detectionSeconds } }: { data: IncidentDetail }) {
  const facts: [string, string | null | undefined][] = [
    ['Kind', incident.kind.replaceAll('_', ' ')],
    ['Service', incident.service],
    ['Host', incident.host],
    ['Part', incident.part],
    ['Target', incident.target],
    ['Told by', incident.source],
    ['Detected after', duration(Number(detectionSeconds) * 1000)],
    ['Cause', incident.cause],
    ['Description', incident.annotations?.description],
  ];
  const runbook = incident.annotations?.runbook_url;
  return (
    <Card withBorder padding="md">
      <Title order={2} size="h5" mb="xs">
        About it
      </Title>
      <Table withRowBorders={false} verticalSpacing={4}>
        <Table.Tbody>
          {facts
            .filter(([, value]) => value)
            .map(([name, value]) => (
              <Table.Tr key={name}>
                <Table.Th scope="row" w={130} fw={500} style={{ verticalAlign: 'top' }}>
                  {name}
                </Table.Th>
                <Table.Td style={{ overflowWrap: 'anywhere' }}>{value}</Table.Td>
              </Table.Tr>
            ))}
        </Table.Tbody>
      </Table>
      {runbook && /^https?:\/\//.test(runbook) && (
        <Anchor href={runbook} rel="noreferrer" target="_blank" size="sm">
          Runbook
        </Anchor>
      )}
    </Card>
  );
}

function Alerts({ alerts }: { alerts: IncidentDetail['alerts'] }) {
  const shown = alerts.slice(0, 20);
  return (
    <Card withBorder padding="md">
      <Title order={2} size="h5" mb="xs">
        {alerts.length === 1 ? 'Its alert' : `Its ${alerts.length} alerts`}
      </Title>
      <Stack gap="xs">
        {shown.map((alert) => (
          <Group key={alert.fingerprint} justify="space-between" wrap="nowrap" gap="xs">
            <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
              {alert.title}
              {Number(alert.deliveries) > 1 && (
                <Text span size="sm" c="dimmed">
                  {' '}
                  told {alert.deliveries} times
                </Text>
              )}
            </Text>
            <Badge variant="light" color={alert.firing ? 'red' : 'teal'} style={{ flexShrink: 0 }}>
              {alert.firing ? 'Fires' : 'Over'}
            </Badge>
          </Group>
        ))}
        {alerts.length > shown.length && (
          <Text size="sm" c="dimmed">
            and {alerts.length - shown.length} more
          </Text>
        )}
        {alerts[0] && <Labels labels={alerts[0].labels as Record<string, string>} />}
      </Stack>
    </Card>
  );
}

function Labels({ labels }: { labels: Record<string, string> }) {
  return (
    <Group gap={6} aria-label="Labels of the first alert" role="group">
      {Object.entries(labels).map(([name, value]) => (
        <Code key={name} style={{ overflowWrap: 'anywhere' }}>
          {name}={value}
        </Code>
      ))}
    </Group>
  );
}

const colors: Record<string, string> = { opened: 'red', reopened: 'red', refired: 'red', flapping: 'orange', resolved: 'teal', decision: 'violet', approval: 'yellow', answer: 'yellow', change: 'blue', workflow: 'blue', note: 'gray' };

/** Everything in the order in which it happened; each line leads to what it is about. */
function Story({ timeline }: { timeline: IncidentEvent[] }) {
  return (
    <Timeline bulletSize={14} lineWidth={2} active={timeline.length} mb="lg">
      {timeline.map((line, index) => (
        <Timeline.Item key={index} color={colors[line.kind] ?? 'gray'} title={<Text style={{ overflowWrap: 'anywhere' }}>{line.kind === 'approval' && timeline[index - 1]?.text === line.text ? 'You are asked.' : line.text}</Text>}>
          <Group gap="xs">
            <Text size="xs" c="dimmed">
              {new Date(line.at).toLocaleTimeString()} · {line.actor}
            </Text>
            {line.links.run && (
              <Anchor component={Link} to={`/runs/${line.links.run}`} size="xs">
                Run
              </Anchor>
            )}
            {line.links.decision && (
              <Anchor component={Link} to={`/decisions/${line.links.decision}`} size="xs">
                Decision
              </Anchor>
            )}
            {line.links.approval && (
              <Anchor component={Link} to={`/approvals/${line.links.approval}`} size="xs">
                Approval
              </Anchor>
            )}
            {line.links.incident && (
              <Anchor component={Link} to={`/incidents/${line.links.incident}`} size="xs">
                Incident
              </Anchor>
            )}
            {line.links.url && /^https?:\/\//.test(line.links.url) && (
              <Anchor href={line.links.url} rel="noreferrer" target="_blank" size="xs">
                At the sender
              </Anchor>
            )}
          </Group>
        </Timeline.Item>
      ))}
    </Timeline>
  );
}

function Note({ id }: { id: string }) {
  const [text, setText] = useState('');
  const send = useSend((note: string) => api.post(`/api/incidents/${id}/notes`, { text: note }), { done: 'The note is on the timeline.', refresh: ['incident'], onDone: () => setText(''), quiet: true });
  return (
    <Stack gap="xs" maw={640}>
      <ProblemAlert error={send.error} fields={['text']} />
      <Textarea label="A note for the timeline" autosize minRows={2} maxRows={16} value={text} error={faultAt(send.error, 'text')} onChange={(event) => setText(event.currentTarget.value)} />
      <Button variant="default" disabled={!text.trim()} loading={send.isPending} onClick={() => send.mutate(text)} style={{ alignSelf: 'start' }}>
        Add the note
      </Button>
    </Stack>
  );
}
