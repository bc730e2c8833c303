import { Anchor, Stack, Text } from '@mantine/core';
import { Link, useNavigate } from 'react-router';
import type { Decision } from '../api/types';
import { EmptyState } from '../parts/EmptyState';
import { Filters } from '../parts/Filters';
import { ListTable } from '../parts/ListTable';
import { PageHeader } from '../parts/PageHeader';
import { ResultBadge, RiskBadge, VerdictBadge, resultChoices } from '../parts/badges';
import { Time } from '../parts/Time';
import { useListing } from '../parts/useListing';

const verdicts = [
  { value: 'execute', label: 'Did it' },
  { value: 'tellFirst', label: 'Told, then did' },
  { value: 'ask', label: 'Asked' },
  { value: 'alertOnly', label: 'Only told' },
  { value: 'refuse', label: 'Refused' },
];

export default function DecisionsPage() {
  const list = useListing<Decision>('decisions', '/api/decisions', ['verdict', 'outcome', 'search', 'since', 'until']);
  const navigate = useNavigate();
  return (
    <>
      <PageHeader title="Decisions">For every step that would change something: what it decided, and why.</PageHeader>
      <Filters
        list={list}
        search="Action or target"
        choices={[
          { name: 'verdict', label: 'Verdict', placeholder: 'Any verdict', data: verdicts },
          { name: 'outcome', label: 'How it ended', placeholder: 'Any end', data: resultChoices },
        ]}
      />
      <ListTable
        caption="Decisions"
        list={list}
        rowKey={(decision) => decision.id}
        onOpen={(decision) => void navigate(`/decisions/${decision.id}`)}
        columns={[
          {
            title: 'What',
            render: (decision) => (
              <Stack gap={2}>
                <Anchor component={Link} to={`/decisions/${decision.id}`} fw={500} style={{ overflowWrap: 'anywhere' }}>
                  {decision.action} on {decision.target}
                </Anchor>
                <Text size="sm" c="dimmed">
                  {decision.sentence}
                </Text>
              </Stack>
            ),
          },
          { title: 'Verdict', render: (decision) => <VerdictBadge verdict={decision.verdict} /> },
          { title: 'Risk', wide: true, render: (decision) => <RiskBadge risk={decision.risk} /> },
          { title: 'How it ended', wide: true, render: (decision) => decision.dryRun ? <Text size="sm">dry run</Text> : decision.outcome ? <ResultBadge result={decision.outcome} /> : <Text size="sm" c="dimmed">not done</Text> },
          { title: 'When', wide: true, render: (decision) => <Time at={decision.at} /> },
        ]}
        empty={<EmptyState title={list.filtered ? 'No decision fits this filter' : 'Nothing had to be decided yet'}>A workflow that only reads needs no decision. Each step with an effect gets one.</EmptyState>}
      />
    </>
  );
}
