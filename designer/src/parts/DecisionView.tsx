import { Blockquote, Card, Group, List, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { api } from '../api/client';
import type { Decision, ExplanationRow } from '../api/types';
import { JsonView } from './JsonView';
import { ProblemAlert } from './ProblemAlert';
import { ResultBadge, RiskBadge, VerdictBadge } from './badges';

const kinds: Record<string, string> = { factor: 'What speaks for it', result: 'What came out', rule: 'Rules that hit', bound: 'What held it back' };

/** Why it decided so: a sentence, every number behind it, and what would have changed it. */
export function DecisionView({ id }: { id: string }) {
  const { data, error } = useQuery({ queryKey: ['decisions', 'one', id], queryFn: ({ signal }) => api.get<Decision>(`/api/decisions/${id}`, {}, signal) });
  if (error) return <ProblemAlert error={error} />;
  if (!data) return null;
  const table = data.table ?? [];
  const counterfactuals = data.counterfactuals ?? [];
  const alternatives = data.alternatives ?? [];
  const groups = [...new Set(table.map((row) => row.kind))];
  return (
    <Card withBorder padding="lg">
      <Stack>
        <Group gap="xs">
          <Title order={2} size="h4">
            Why
          </Title>
          <VerdictBadge verdict={data.verdict} />
          {data.outcome && <ResultBadge result={data.outcome} />}
          <RiskBadge risk={data.risk} />
        </Group>
        <Blockquote p="md" color="teal">
          {data.sentence}
        </Blockquote>
        {groups.map((kind) => (
          <Rows key={kind} title={kinds[kind] ?? kind} rows={table.filter((row) => row.kind === kind)} />
        ))}
        {counterfactuals.length > 0 && (
          <div>
            <Title order={3} size="h5" mb="xs">
              What would have changed it
            </Title>
            <List size="sm" spacing={6}>
              {counterfactuals.map((other) => (
                <List.Item key={other.change}>
                  <Group gap="xs">
                    {other.change} <VerdictBadge verdict={other.verdict} />
                  </Group>
                </List.Item>
              ))}
            </List>
          </div>
        )}
        {alternatives.length > 0 && (
          <div>
            <Title order={3} size="h5" mb="xs">
              What it could have done instead
            </Title>
            <List size="sm" spacing={6}>
              {alternatives.map((other, index) => (
                <List.Item key={index}>
                  <Group gap="xs">
                    {other.action} on {other.target}, confidence {other.confidence.toFixed(2)} <RiskBadge risk={other.risk} /> <VerdictBadge verdict={other.verdict} />
                  </Group>
                </List.Item>
              ))}
            </List>
          </div>
        )}
        <details>
          <summary>
            <Text span size="sm">
              The facts it was decided by
            </Text>
          </summary>
          <JsonView value={data.facts} label="Facts" />
        </details>
      </Stack>
    </Card>
  );
}

function Rows({ title, rows }: { title: string; rows: ExplanationRow[] }) {
  return (
    <div>
      <Title order={3} size="h5" mb="xs">
        {title}
      </Title>
      <Table.ScrollContainer minWidth={0} type="native">
        <Table aria-label={title}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">What</Table.Th>
              <Table.Th scope="col">Value</Table.Th>
              <Table.Th scope="col" visibleFrom="sm">
                Against
              </Table.Th>
              <Table.Th scope="col">So</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((row, index) => (
              <Table.Tr key={index}>
                <Table.Td>{row.name}</Table.Td>
                <Table.Td>{row.value}</Table.Td>
                <Table.Td visibleFrom="sm">{row.comparedWith}</Table.Td>
                <Table.Td>{row.effect}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </div>
  );
}
