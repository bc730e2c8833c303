import { LineChart } from '@mantine/charts';
import '@mantine/charts/styles.css';
import { Alert, Anchor, Badge, Card, Drawer, Group, List, SimpleGrid, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../api/client';
import type { Forecast, ForecastAccuracy, ForecastDetail, Listing, Scaling } from '../api/types';
import { EmptyState } from '../parts/EmptyState';
import { Filters } from '../parts/Filters';
import { ListTable } from '../parts/ListTable';
import { PageHeader } from '../parts/PageHeader';
import { ProblemAlert } from '../parts/ProblemAlert';
import { Time } from '../parts/Time';
import { useListing } from '../parts/useListing';
import { horizon, points, shown } from './forecastCurve';

export default function ForecastsPage() {
  const list = useListing<Forecast>('forecasts', '/api/forecasts', ['search']);
  const [open, setOpen] = useState<string>();
  return (
    <>
      <PageHeader title="Forecasts">What will run out, how sure that is, and how good earlier forecasts were.</PageHeader>
      <Accuracy />
      <Title order={2} size="h4" mt="lg" mb="sm">
        Forecasts
      </Title>
      <Filters list={list} search="Disk, host or service" days={false} />
      <ListTable
        caption="Forecasts"
        list={list}
        rowKey={(forecast) => forecast.id}
        onOpen={(forecast) => setOpen(forecast.id)}
        columns={[
          {
            title: 'What',
            render: (forecast) => (
              <Stack gap={2}>
                <Anchor component="button" type="button" ta="left" fw={500} onClick={() => setOpen(forecast.id)} style={{ overflowWrap: 'anywhere' }}>
                  {forecast.title}
                </Anchor>
                <Text size="sm" c="dimmed">
                  {shown(Number(forecast.value), forecast.unit)}
                  {Number(forecast.slopePerDay) !== 0 && `, ${Number(forecast.slopePerDay) > 0 ? '+' : '−'}${shown(Math.abs(Number(forecast.slopePerDay)), forecast.unit)} a day`}
                </Text>
              </Stack>
            ),
          },
          { title: 'Full', render: (forecast) => <Full forecast={forecast} /> },
          ...[24, 168, 720].map((hours) => ({
            title: { 24: 'In a day', 168: 'In a week', 720: 'In 30 days' }[hours]!,
            wide: true,
            render: (forecast: Forecast) => <Ahead forecast={forecast} hours={hours} />,
          })),
          {
            title: 'Acts',
            wide: true,
            render: (forecast) => (
              <Badge color={forecast.acts ? 'teal' : 'gray'} variant="light" title={forecast.why}>
                {forecast.acts ? 'good enough' : 'only shown'}
              </Badge>
            ),
          },
        ]}
        empty={<EmptyState title={list.filtered ? 'No forecast fits this search' : 'No forecasts yet'}>With a connection to Prometheus, the workflow Forecasting makes them every quarter of an hour from its history.</EmptyState>}
      />
      <Scalings />
      <Drawer opened={open !== undefined} onClose={() => setOpen(undefined)} position="right" size="xl" title="Forecast" closeButtonProps={{ 'aria-label': 'Close' }}>
        {open && <Detail id={open} />}
      </Drawer>
    </>
  );
}

function Full({ forecast }: { forecast: Forecast }) {
  if (!forecast.reachesAt)
    return (
      <Text size="sm" c="dimmed">
        not within 30 days
      </Text>
    );
  const days = (new Date(forecast.reachesAt).getTime() - Date.now()) / 86_400_000;
  return (
    <Badge color={days <= 1 ? 'red' : days <= 7 ? 'orange' : 'yellow'} variant="light">
      <Time at={forecast.reachesAt} />
    </Badge>
  );
}

function Ahead({ forecast, hours }: { forecast: Forecast; hours: number }) {
  const point = horizon(forecast, hours);
  if (!point) return null;
  return (
    <Text size="sm" title={`between ${shown(Number(point.low), forecast.unit)} and ${shown(Number(point.high), forecast.unit)}`}>
      {shown(Number(point.value), forecast.unit)}
    </Text>
  );
}

/** First on the page: a forecast is worth what the ones before it were. */
function Accuracy() {
  const { data, error } = useQuery({ queryKey: ['forecasts', 'accuracy'], queryFn: ({ signal }) => api.get<Listing<ForecastAccuracy>>('/api/forecasts/accuracy', {}, signal) });
  if (error) return <ProblemAlert error={error} />;
  if (!data) return null;
  if (data.items.length === 0)
    return (
      <Alert color="blue" variant="light" title="Nothing was checked yet">
        Every forecast is compared with what came when its time is over. Until then each is judged by how it would have done on its own history.
      </Alert>
    );
  const better = data.items.filter((row) => row.better).length;
  return (
    <Card withBorder>
      <Title order={2} size="h4" mb={4}>
        How good they were
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        {better} of {data.items.length} are nearer than “it stays as it is”. Where one is not, nothing is done for it.
      </Text>
      <Table.ScrollContainer minWidth={0} type="native">
        <Table aria-label="Accuracy" verticalSpacing={4}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">Metric</Table.Th>
              <Table.Th scope="col">Ahead</Table.Th>
              <Table.Th scope="col" ta="right">
                Off by
              </Table.Th>
              <Table.Th scope="col" ta="right" visibleFrom="sm">
                “As it is”
              </Table.Th>
              <Table.Th scope="col" ta="right" visibleFrom="sm">
                In its range
              </Table.Th>
              <Table.Th scope="col">Better</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {data.items.map((row) => (
              <Table.Tr key={`${row.metric} ${row.horizonHours}`}>
                <Table.Td style={{ overflowWrap: 'anywhere' }}>{row.metric.replaceAll('_', ' ')}</Table.Td>
                <Table.Td>{Number(row.horizonHours) < 48 ? `${row.horizonHours} h` : `${Number(row.horizonHours) / 24} d`}</Table.Td>
                <Table.Td ta="right">{shown(Number(row.error), '')}</Table.Td>
                <Table.Td ta="right" visibleFrom="sm">
                  {shown(Number(row.naiveError), '')}
                </Table.Td>
                <Table.Td ta="right" visibleFrom="sm">
                  {Math.round(100 * Number(row.inside))} % of {row.checks}
                </Table.Td>
                <Table.Td>
                  <Badge color={row.better ? 'teal' : 'gray'} variant="light">
                    {row.better ? 'yes' : 'no'}
                  </Badge>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Card>
  );
}

function Detail({ id }: { id: string }) {
  const { data, error } = useQuery({ queryKey: ['forecasts', 'one', id], queryFn: ({ signal }) => api.get<ForecastDetail>(`/api/forecasts/${id}`, {}, signal) });
  if (error) return <ProblemAlert error={error} />;
  if (!data) return null;
  const { forecast, patterns } = data;
  return (
    <Stack>
      <Title order={2} size="h4" style={{ overflowWrap: 'anywhere' }}>
        {forecast.title}
      </Title>
      <Text size="sm">{forecast.why}</Text>
      <LineChart
        h={260}
        data={points(data)}
        dataKey="at"
        withDots={false}
        withLegend
        curveType="linear"
        strokeWidth={2}
        xAxisProps={{ minTickGap: 40 }}
        yAxisProps={{ width: 48 }}
        aria-label={`History and forecast of ${forecast.title}`}
        series={[
          { name: 'was', color: 'blue.7' },
          { name: 'expected', color: 'teal.8' },
          { name: 'low', color: 'gray.5', strokeDasharray: '3 3' },
          { name: 'high', color: 'gray.5', strokeDasharray: '3 3' },
        ]}
        referenceLines={forecast.limit ? [{ y: Number(forecast.limit), label: 'limit', color: 'red.7' }] : []}
      />
      <SimpleGrid cols={{ base: 1, sm: 3 }}>
        {forecast.horizons.map((point) => (
          <Card key={point.hours} withBorder padding="xs">
            <Text size="xs" c="dimmed">
              in {Number(point.hours) / 24} days
            </Text>
            <Text fw={600}>{shown(Number(point.value), forecast.unit)}</Text>
            <Text size="xs" c="dimmed">
              {shown(Number(point.low), forecast.unit)} to {shown(Number(point.high), forecast.unit)}
            </Text>
          </Card>
        ))}
      </SimpleGrid>
      {forecast.reachesAt && (
        <Text size="sm">
          Full <Time at={forecast.reachesAt} />, at the earliest <Time at={forecast.earliestAt} />, at the latest <Time at={forecast.latestAt} empty="later than 30 days" />.
        </Text>
      )}
      {forecast.season && <Text size="sm">It repeats by {forecast.season}.</Text>}
      {forecast.usualLow != null && (
        <Text size="sm">
          At this time of day it is usually between {shown(Number(forecast.usualLow), forecast.unit)} and {shown(Number(forecast.usualHigh), forecast.unit)}; it is {Math.abs(Number(forecast.anomaly)).toFixed(1)} deviations off.
        </Text>
      )}
      {patterns.length > 0 && (
        <List size="sm">
          {patterns.slice(0, 8).map((pattern) => (
            <List.Item key={`${pattern.day} ${pattern.hour}`}>
              {days[Number(pattern.day)] ?? pattern.day} at {pattern.hour}:00 UTC it is {pattern.direction}: {shown(Number(pattern.typical), forecast.unit)} instead of {shown(Number(pattern.usual), forecast.unit)}
              {pattern.schedules.length > 0 && `; then runs ${pattern.schedules.join(', ')}`}
            </List.Item>
          ))}
        </List>
      )}
    </Stack>
  );
}

const days = ['Sundays', 'Mondays', 'Tuesdays', 'Wednesdays', 'Thursdays', 'Fridays', 'Saturdays'];

const stateColors: Record<string, string> = { planned: 'blue', sent: 'yellow', done: 'teal', undone: 'orange', failed: 'red', denied: 'gray', impossible: 'red' };

function Scalings() {
  const { data, error } = useQuery({ queryKey: ['forecasts', 'scalings'], queryFn: ({ signal }) => api.get<Listing<Scaling>>('/api/forecasts/scalings', { pageSize: 10 }, signal) });
  if (error) return <ProblemAlert error={error} />;
  if (!data || data.total === 0) return null;
  return (
    <>
      <Title order={2} size="h4" mt="lg" mb="sm">
        Made larger and smaller
      </Title>
      <Stack gap="xs">
        {data.items.map((scaling) => (
          <Card key={scaling.id} withBorder padding="sm">
            <Group justify="space-between" wrap="nowrap" align="flex-start">
              <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
                {scaling.reason}
              </Text>
              <Badge color={stateColors[scaling.state] ?? 'gray'} variant="light" style={{ flexShrink: 0 }}>
                {scaling.state}
              </Badge>
            </Group>
          </Card>
        ))}
      </Stack>
    </>
  );
}
