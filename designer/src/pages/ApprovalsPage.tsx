import { Anchor, Button, Stack, Text } from '@mantine/core';
import { Link, useNavigate } from 'react-router';
import type { Approval } from '../api/types';
import { Countdown } from '../parts/Countdown';
import { EmptyState } from '../parts/EmptyState';
import { Filters } from '../parts/Filters';
import { ListTable } from '../parts/ListTable';
import { PageHeader } from '../parts/PageHeader';
import { AnswerBadge, RiskBadge, answerChoices } from '../parts/badges';
import { Time } from '../parts/Time';
import { useListing } from '../parts/useListing';
import { useMay } from '../session/Session';

export default function ApprovalsPage() {
  const list = useListing<Approval>('approvals', '/api/approvals', ['state', 'search', 'since', 'until']);
  const navigate = useNavigate();
  const may = useMay();
  return (
    <>
      <PageHeader title="Approvals">What it would like to do and does not do without you. No answer in time means no.</PageHeader>
      <Filters list={list} search="Action or target" choices={[{ name: 'state', label: 'State', placeholder: 'Any state', data: answerChoices }]} />
      <ListTable
        caption="Approvals"
        list={list}
        rowKey={(approval) => approval.id}
        onOpen={(approval) => void navigate(`/approvals/${approval.id}`)}
        columns={[
          {
            title: 'Question',
            render: (approval) => (
              <Stack gap={2}>
                <Anchor component={Link} to={`/approvals/${approval.id}`} fw={500} style={{ overflowWrap: 'anywhere' }}>
                  {approval.action} on {approval.target}
                </Anchor>
                <Text size="sm" c="dimmed" lineClamp={2}>
                  {approval.question}
                </Text>
              </Stack>
            ),
          },
          { title: 'Risk', wide: true, render: (approval) => <RiskBadge risk={approval.risk} /> },
          { title: 'Asked', wide: true, render: (approval) => <Time at={approval.askedAt} /> },
          {
            title: 'State',
            render: (approval) =>
              approval.state === 'pending' ? (
                <Stack gap={2} align="flex-start">
                  {may.operate ? (
                    <Button size="xs" component={Link} to={`/approvals/${approval.id}`} aria-label={`Answer: ${approval.action} on ${approval.target}`}>
                      Answer
                    </Button>
                  ) : (
                    <AnswerBadge state={approval.state} />
                  )}
                  <Text size="xs" style={{ whiteSpace: 'nowrap' }}>
                    <Countdown until={approval.dueAt} /> left
                  </Text>
                </Stack>
              ) : (
                <Stack gap={2} align="flex-start">
                  <AnswerBadge state={approval.state} />
                  {approval.answeredBy && approval.state !== 'timedOut' && <Text size="xs">by {approval.answeredBy}</Text>}
                </Stack>
              ),
          },
        ]}
        empty={
          <EmptyState title={list.search.get('state') === 'pending' ? 'Nothing waits for your answer' : list.filtered ? 'No question fits this filter' : 'It has not asked anything yet'}>
            When a step needs a person's yes, it appears here with what it would do, why, and what happens if you say no.
          </EmptyState>
        }
      />
    </>
  );
}
