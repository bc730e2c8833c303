import { Button, Group, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { api } from '../api/client';
import type { DependenciesInfo, DependencyInfo } from '../api/types';
import { EmptyState } from '../parts/EmptyState';
import { PageHeader } from '../parts/PageHeader';
import { ProblemAlert } from '../parts/ProblemAlert';
import { layOut, nodeHeight, nodeWidth } from '../parts/graphLayout';
import { useSend } from '../parts/useSend';
import { useMay } from '../session/Session';

export default function DependenciesPage() {
  const { data, error } = useQuery({ queryKey: ['controls', 'dependencies'], queryFn: ({ signal }) => api.get<DependenciesInfo>('/api/controls/dependencies', {}, signal) });
  return (
    <>
      <PageHeader title="Dependencies">What hangs on what. While something is down, what hangs on it is left alone.</PageHeader>
      <ProblemAlert error={error} />
      {data &&
        (data.items.length === 0 ? (
          <EmptyState
            title="No dependencies are known"
            action={
              <Button component={Link} to="/preferences">
                To the preferences
              </Button>
            }
          >
            Write under "dependencies" in the preferences what hangs on what, as in {'{ "media": ["nas"], "nas": ["router"] }'}.
          </EmptyState>
        ) : (
          <>
            <Drawing items={data.items} />
            <States items={data.items} />
          </>
        ))}
    </>
  );
}

const stateOf = (item: DependencyInfo) => (item.down ? 'down' : item.leftAloneBecauseOf ? 'left alone' : 'up');
const fills: Record<string, string> = { down: 'var(--mantine-color-red-light)', 'left alone': 'var(--mantine-color-yellow-light)', up: 'var(--mantine-color-teal-light)' };
const strokes: Record<string, string> = { down: 'var(--mantine-color-red-outline)', 'left alone': 'var(--mantine-color-yellow-outline)', up: 'var(--mantine-color-teal-outline)' };

/** On a phone the drawing is wider than the window, and what most hangs on is in its middle. */
function toMiddle(area: HTMLDivElement | null) {
  if (area) area.scrollLeft = (area.scrollWidth - area.clientWidth) / 2;
}

function Drawing({ items }: { items: DependencyInfo[] }) {
  const { places, width, height } = layOut(items);
  return (
    <div ref={toMiddle} style={{ overflowX: 'auto' }} tabIndex={0} role="region" aria-label="Drawing of the dependencies">
      <svg style={{ width: '100%', minWidth: Math.min(width, 700), maxWidth: width, display: 'block' }} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={`${items.length} things; the table below says the same in words`}>
        {items.flatMap((item) =>
          item.dependsOn.map((parent) => {
            const from = places.get(item.name);
            const to = places.get(items.find((other) => other.name.toLowerCase() === parent.toLowerCase())?.name ?? parent);
            if (!from || !to) return null;
            const [x1, y1, x2, y2] = [from.x + nodeWidth / 2, from.y, to.x + nodeWidth / 2, to.y + nodeHeight];
            return <path key={`${item.name} ${parent}`} d={`M ${x1} ${y1} C ${x1} ${(y1 + y2) / 2}, ${x2} ${(y1 + y2) / 2}, ${x2} ${y2}`} fill="none" stroke="var(--mantine-color-dimmed)" strokeWidth={1.5} />;
          }),
        )}
        {items.map((item) => {
          const place = places.get(item.name)!;
          const state = stateOf(item);
          return (
            <g key={item.name} transform={`translate(${place.x} ${place.y})`}>
              <title>{`${item.name}: ${state}`}</title>
              <rect width={nodeWidth} height={nodeHeight} rx={8} fill={fills[state]} stroke={strokes[state]} strokeWidth={item.critical ? 3 : 1.5} />
              <text x={nodeWidth / 2} y={20} textAnchor="middle" fontSize={14} fontWeight={600} fill="var(--mantine-color-text)">
                {item.name.length > 17 ? `${item.name.slice(0, 16)}…` : item.name}
              </text>
              <text x={nodeWidth / 2} y={37} textAnchor="middle" fontSize={12} fill="var(--mantine-color-text)">
                {item.critical ? `${state}, critical` : state}
              </text>
            </g>
          );
        })}
      </svg>
    </div>
  );
}

function States({ items }: { items: DependencyInfo[] }) {
  const may = useMay();
  const send = useSend(({ name, down }: { name: string; down: boolean }) => (down ? api.put(`/api/controls/down/${encodeURIComponent(name)}`, {}) : api.delete(`/api/controls/down/${encodeURIComponent(name)}`)), {
    done: ({ name, down }) => (down ? `${name} counts as down; what hangs on it is left alone.` : `${name} counts as up.`),
    refresh: ['controls'],
  });
  return (
    <Table.ScrollContainer minWidth={0} type="native" mt="lg">
      <Table aria-label="Dependencies">
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">What</Table.Th>
            <Table.Th scope="col">Hangs on</Table.Th>
            <Table.Th scope="col" visibleFrom="sm">
              Hang on it
            </Table.Th>
            <Table.Th scope="col">State</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {items.map((item) => (
            <Table.Tr key={item.name}>
              <Table.Td style={{ overflowWrap: 'anywhere' }}>
                {item.name}
                {item.critical && (
                  <Text span size="xs">
                    {' '}
                    critical
                  </Text>
                )}
              </Table.Td>
              <Table.Td style={{ overflowWrap: 'anywhere' }}>{item.dependsOn.join(', ') || '—'}</Table.Td>
              <Table.Td visibleFrom="sm">{item.blastRadius}</Table.Td>
              <Table.Td>
                <Group gap="xs">
                  <Text size="sm">{item.leftAloneBecauseOf && !item.down ? `left alone: ${item.leftAloneBecauseOf} is down` : stateOf(item)}</Text>
                  {may.operate && (
                    <Button size="compact-xs" variant="default" onClick={() => send.mutate({ name: item.name, down: !item.down })} aria-label={`${item.down ? 'Mark as up' : 'Mark as down'}: ${item.name}`}>
                      {item.down ? 'Mark as up' : 'Mark as down'}
                    </Button>
                  )}
                </Group>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
