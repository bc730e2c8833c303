import { Alert, Anchor, Badge, Card, Group, List, SimpleGrid, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link, useParams } from 'react-router';
import { api } from '../api/client';
import type { ReportDetail, ReportIncident } from '../api/types';
import { PageHeader } from '../parts/PageHeader';
import { ProblemAlert } from '../parts/ProblemAlert';
import { ResultBadge } from '../parts/badges';
import { capital } from '../parts/words';
import { rate, reportWord, scoreColor, span, type Figure } from '../parts/reports';
import { useMay } from '../session/Session';

const ends: Record<string, string> = { autonomous: 'healed without a person', assisted: 'healed with an approval', person: 'resolved by a person', gone: 'went away by itself' };

export default function ReportPage() {
  const { id = '' } = useParams();
  const { data, error } = useQuery({ queryKey: ['report', id], queryFn: ({ signal }) => api.get<ReportDetail>(`/api/reports/${id}`, {}, signal), staleTime: Infinity });
  if (error) return <ProblemAlert error={error} />;
  if (!data) return null;
  const { report } = data;
  const at = (moment: string) => new Date(moment).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short', timeZone: report.timeZone });
  const lost = report.health.parts.filter((part) => Number(part.lost) > 0);
  const bad = report.connections.filter((connection) => !connection.reachable);
  return (
    <>
      <PageHeader title={reportWord(report.kind)}>
        {at(report.start)} to {at(report.end)} ({report.timeZone}){' '}
        <Anchor href={`/api/reports/${id}/markdown`} download size="sm" td="underline">
          Download as Markdown
        </Anchor>
      </PageHeader>
      <Stack>
        <Part title="Health">
          <Group gap="md">
            <Badge size="xl" color={scoreColor(report.health.score)} variant="light">
              {report.health.score} of 100
            </Badge>
            {lost.length === 0 ? <Text size="sm">Nothing is wrong.</Text> : null}
          </Group>
          {lost.length > 0 && (
            <List size="sm" mt="sm">
              {lost.map((part) => (
                <List.Item key={part.name}>
                  {part.name}: {part.count} (−{part.lost})
                </List.Item>
              ))}
            </List>
          )}
        </Part>
        {report.recommendations.length > 0 && (
          <Alert color="yellow" variant="light" title="Worth a look">
            <List size="sm">
              {report.recommendations.map((advice) => (
                <List.Item key={advice}>{advice}</List.Item>
              ))}
            </List>
          </Alert>
        )}
        <SimpleGrid cols={{ base: 1, md: 2 }}>
          <Part title="Active issues">
            {report.open.length === 0 ? <Text size="sm">None.</Text> : <Incidents items={report.open} word={(incident) => `${incident.severity}, ${incident.state.replace('_', ' ')}, since ${at(incident.startedAt)}`} />}
          </Part>
          <Part title="Resolved">
            {report.ended.length === 0 ? (
              <Text size="sm">None.</Text>
            ) : (
              <Incidents items={report.ended} word={(incident) => `${ends[incident.resolution ?? ''] ?? 'ended'}${incident.resolvedAt ? `, ${at(incident.resolvedAt)}` : ''}`} />
            )}
          </Part>
        </SimpleGrid>
        <Part title="What was done">
          {report.actions.length === 0 ? (
            <Text size="sm">Nothing.</Text>
          ) : (
            <>
              <Text size="sm" mb="sm">
                {report.numbers.actions} actions, {rate(report.numbers.succeeded, report.numbers.actions)} succeeded, {report.numbers.automatic} by itself.
              </Text>
              <Table.ScrollContainer minWidth={0} type="native">
                <Table aria-label="What was done">
                  <Table.Thead>
                    <Table.Tr>
                      <Table.Th scope="col">What</Table.Th>
                      <Table.Th scope="col">Result</Table.Th>
                      <Table.Th scope="col" visibleFrom="sm">
                        Confidence
                      </Table.Th>
                      <Table.Th scope="col" visibleFrom="sm">
                        Decided by
                      </Table.Th>
                    </Table.Tr>
                  </Table.Thead>
                  <Table.Tbody>
                    {report.actions.map((action, index) => (
                      <Table.Tr key={index}>
                        <Table.Td style={{ overflowWrap: 'anywhere' }}>
                          {action.action} on {action.target}
                          <Text size="xs" c="dimmed">
                            {at(action.at)}
                          </Text>
                        </Table.Td>
                        <Table.Td>
                          <ResultBadge result={action.result} />
                        </Table.Td>
                        <Table.Td visibleFrom="sm">{Number(action.confidence).toFixed(2)}</Table.Td>
                        <Table.Td visibleFrom="sm">{action.decidedBy}</Table.Td>
                      </Table.Tr>
                    ))}
                  </Table.Tbody>
                </Table>
              </Table.ScrollContainer>
            </>
          )}
        </Part>
        <Part title="In numbers">
          <Numbers detail={data} />
        </Part>
        {report.cost && <Outlook report={report} />}
        <SimpleGrid cols={{ base: 1, md: 2 }}>
          <Part title="Waiting for an answer">
            <Lines items={report.pending} none="Nothing." />
          </Part>
          <Part title="What is expected">
            <Lines items={report.forecasts.map((forecast) => `${forecast.title}: ${at(forecast.reachesAt)}${forecast.acts ? '' : ', not sure enough to act on'}`)} none="Nothing runs out." />
          </Part>
          <Part title="Infrastructure">
            <Text size="sm">
              {report.connections.length === 0 ? 'No connections are configured.' : `${report.connections.length - bad.length} of ${report.connections.length} connections answer.`}
            </Text>
            <Lines items={bad.map((connection) => `${connection.name}: ${connection.problem ?? 'does not answer'}`)} />
            <Lines items={report.backups.map((backup) => `${backup.ok ? 'Good' : 'Too old or failed'}: backup ${backup.name}, ${backup.text}`)} />
          </Part>
        </SimpleGrid>
      </Stack>
    </>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Card withBorder padding="lg">
      <Title order={2} size="h4" mb="sm">
        {title}
      </Title>
      {children}
    </Card>
  );
}

/** What a weekly or monthly report says beside what happened. */
function Outlook({ report }: { report: ReportDetail['report'] }) {
  const { accuracy = [], trends = [], incidentsByKind, cost } = report;
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }}>
      <Part title="Most common">
        <Lines items={incidentsByKind.slice(0, 5).map((kind) => `${capital(kind.name.replaceAll('_', ' '))}: ${kind.count}`)} none="Nothing happened." />
      </Part>
      <Part title="How good forecasts were">
        <Lines
          items={accuracy.map((row) => `${row.metric}: ${rate(Math.round(Number(row.inside) * 100), 100)} of ${row.checks} inside the interval, off by ${Number(row.error).toPrecision(3)} (${Number(row.naiveError).toPrecision(3)} if it had stayed as it was)`)}
          none="None was due."
        />
      </Part>
      <Part title="Resource trends">
        <Lines items={trends.map((trend) => `${trend.title}: ${Number(trend.used).toFixed(1)} % of its limit, ${Number(trend.perMonth) < 0 ? '' : '+'}${Number(trend.perMonth).toFixed(1)} % in 30 days`)} none="Nothing with a limit moves, or no forecasts are made." />
      </Part>
      <Part title="Cost">
        <Lines
          items={[
            cost?.limits ?? 'Sizes were not reviewed yet.',
            `Saved by smaller limits that stand: ${Number(cost?.savedPerMonth ?? 0).toFixed(2)} ${cost?.currency} a month.`,
            `Limits raised before they were reached: ${cost?.prevented ?? 0}.`,
          ]}
        />
      </Part>
    </SimpleGrid>
  );
}

function Lines({ items, none }: { items: string[]; none?: string }) {
  if (items.length === 0) return none ? <Text size="sm">{none}</Text> : null;
  return (
    <List size="sm">
      {items.map((item) => (
        <List.Item key={item}>{item}</List.Item>
      ))}
    </List>
  );
}

function Incidents({ items, word }: { items: ReportIncident[]; word: (incident: ReportIncident) => string }) {
  const may = useMay();
  return (
    <Stack gap="xs">
      {items.map((incident) => (
        <div key={incident.id}>
          {may.has('incidents') ? (
            <Anchor component={Link} to={`/incidents/${incident.id}`} fw={500} size="sm">
              {incident.title}
            </Anchor>
          ) : (
            <Text fw={500} size="sm">
              {incident.title}
            </Text>
          )}
          <Text size="xs" c="dimmed">
            {word(incident)}
          </Text>
        </div>
      ))}
    </Stack>
  );
}

function Numbers({ detail: { report } }: { detail: ReportDetail }) {
  const [now, before] = [report.numbers, report.before];
  const rows: [string, Figure, Figure][] = [
    ['Incidents', now.incidents, before.incidents],
    ['Resolved without a person', rate(now.autonomous, now.resolved), rate(before.autonomous, before.resolved)],
    ['Actions that succeeded', rate(now.succeeded, now.actions), rate(before.succeeded, before.actions)],
    ['Approved, denied, not answered', `${now.approved}, ${now.denied}, ${now.timedOut}`, `${before.approved}, ${before.denied}, ${before.timedOut}`],
    ['Actions by itself', now.automatic, before.automatic],
    ['Runs, failed', `${now.runs}, ${now.failedRuns}`, `${before.runs}, ${before.failedRuns}`],
    ['Time to detect', span(now.mttd), span(before.mttd)],
    ['Time to resolve', span(now.mttr), span(before.mttr)],
  ];
  return (
    <Table aria-label="In numbers">
      <Table.Thead>
        <Table.Tr>
          <Table.Th scope="col">What</Table.Th>
          <Table.Th scope="col" ta="right">
            This time
          </Table.Th>
          <Table.Th scope="col" ta="right">
            Before
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map(([name, current, earlier]) => (
          <Table.Tr key={name}>
            <Table.Th scope="row" fw={400}>
              {name}
            </Table.Th>
            <Table.Td ta="right">{current}</Table.Td>
            <Table.Td ta="right">{earlier}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
