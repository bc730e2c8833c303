import { Anchor, Card, Group, List, Progress, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { api } from '../api/client';
import type { HealthReading } from '../api/types';
import { useMay } from '../session/Session';
import { scoreColor } from './reports';

/** How well it goes, and what it lacks. */
export function HealthCard() {
  const may = useMay();
  const { data } = useQuery({ queryKey: ['overview', 'health'], queryFn: ({ signal }) => api.get<HealthReading>('/api/health-score', {}, signal), enabled: may.has('health-score'), refetchInterval: 30_000 });
  if (!data) return null;
  const lost = data.parts.filter((part) => Number(part.lost) > 0);
  return (
    <Card withBorder padding="md">
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h4">
          Health {data.score} of 100
        </Title>
        {may.has('reports') && (
          <Anchor component={Link} to="/reports" size="sm">
            Reports
          </Anchor>
        )}
      </Group>
      <Progress value={Number(data.score)} color={scoreColor(data.score)} aria-label={`Health ${data.score} of 100`} />
      {lost.length === 0 ? (
        <Text size="sm" mt="xs" c="dimmed">
          Nothing is wrong.
        </Text>
      ) : (
        <List size="sm" mt="xs">
          {lost.map((part) => (
            <List.Item key={part.name}>
              {part.name}: {part.count} (−{part.lost})
            </List.Item>
          ))}
        </List>
      )}
    </Card>
  );
}
