import { Alert, Anchor, Card, Group, List, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from 'react-router';
import { api } from '../api/client';
import type { Approval, Plan } from '../api/types';
import { AnswerForm } from '../controls/AnswerForm';
import { Countdown } from '../parts/Countdown';
import { DecisionView } from '../parts/DecisionView';
import { PageHeader } from '../parts/PageHeader';
import { PlanView } from '../parts/PlanView';
import { ProblemAlert } from '../parts/ProblemAlert';
import { AnswerBadge, RiskBadge, answerWord } from '../parts/badges';
import { JsonView } from '../parts/JsonView';
import { Time } from '../parts/Time';
import { useMay } from '../session/Session';

export default function ApprovalPage() {
  const { id = '' } = useParams();
  const may = useMay();
  const { data, error } = useQuery({ queryKey: ['approval', id], queryFn: ({ signal }) => api.get<Approval>(`/api/approvals/${id}`, {}, signal) });
  if (error) return <ProblemAlert error={error} />;
  if (!data) return null;
  const open = data.state === 'pending';
  const plan = data.plan as Plan | null;
  return (
    <>
      <PageHeader title={`${data.action} on ${data.target}`}>
        <Group gap="xs" mt={4}>
          <AnswerBadge state={data.state} />
          <RiskBadge risk={data.risk} />
          <span>
            asked <Time at={data.askedAt} />
          </span>
          <Anchor component={Link} to={`/runs/${data.runId}`} size="sm">
            the run
          </Anchor>
        </Group>
      </PageHeader>
      <Stack>
        <Card withBorder padding="lg">
          <Text mb="md">{data.question}</Text>
          {open ? (
            <>
              <Text size="sm" mb="md">
                <Countdown until={data.dueAt} /> left to answer. Without an answer it is denied: nothing is changed, and the run goes on as if the step failed.
              </Text>
              {may.operate ? <AnswerForm approval={data} plan={plan} /> : <Alert color="gray">An operator answers this.</Alert>}
            </>
          ) : (
            <Answered approval={data} />
          )}
        </Card>
        {plan && (
          <Card withBorder padding="lg">
            <Title order={2} size="h4" mb="sm">
              What it would do
            </Title>
            <PlanView plan={plan} roles={data.roles ?? undefined} />
            <Rollback approval={data} />
          </Card>
        )}
        {may.has('decisions') && data.decisionId && <DecisionView id={data.decisionId} />}
      </Stack>
    </>
  );
}

function Answered({ approval }: { approval: Approval }) {
  const yes = approval.state === 'approved' || approval.state === 'changed';
  return (
    <Alert color={yes ? 'teal' : 'gray'} variant="light" title={answerWord(approval.state)}>
      <Stack gap={4}>
        <Text size="sm">
          {approval.state === 'timedOut' ? 'Nobody answered in time, which is a no' : approval.state === 'withdrawn' ? 'It is not asked any more: the step changed' : `By ${approval.answeredBy}`}
          {', '}
          <Time at={approval.answeredAt} />. {approval.note}
        </Text>
        {approval.notBefore && (
          <Text size="sm">
            Not before {new Date(approval.notBefore).toLocaleString()} (<Time at={approval.notBefore} />).
          </Text>
        )}
        {approval.changes != null && <JsonView value={approval.changes} label="With these changes" />}
      </Stack>
    </Alert>
  );
}

function Rollback({ approval }: { approval: Approval }) {
  if (!approval.rollback?.length) return null;
  return (
    <>
      <Title order={3} size="h5" mt="md" mb={4}>
        How it is taken back
      </Title>
      <List size="sm">
        {approval.rollback.map((step) => (
          <List.Item key={step.action}>{step.canUndo ? `${step.action}: with one press, under Changes.` : `${step.action} cannot be taken back. ${step.reason ?? ''}`}</List.Item>
        ))}
      </List>
    </>
  );
}
