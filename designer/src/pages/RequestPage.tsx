import { Alert, Anchor, Button, Card, Code, Group, Progress, Stack, Text, TextInput, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useParams } from 'react-router';
import { api } from '../api/client';
import type { PlanRequest, RequestStep } from '../api/types';
import { Confirm } from '../parts/Confirm';
import { JsonView } from '../parts/JsonView';
import { PageHeader } from '../parts/PageHeader';
import { ProblemAlert } from '../parts/ProblemAlert';
import { RequestBadge, StepBadge } from '../parts/requestBadges';
import { RequestSteps } from '../parts/RequestSteps';
import { Time } from '../parts/Time';
import { useSend } from '../parts/useSend';
import { useMay } from '../session/Session';

export default function RequestPage() {
  const { id = '' } = useParams();
  const may = useMay();
  const [editing, setEditing] = useState(false);
  const { data, error } = useQuery({ queryKey: ['requests', id], queryFn: ({ signal }) => api.get<PlanRequest>(`/api/requests/${encodeURIComponent(id)}`, {}, signal) });
  if (error) return <ProblemAlert error={error} />;
  if (!data) return null;
  const over = data.steps.filter((step) => step.state === 'done' || step.state === 'skipped').length;
  const open = data.state !== 'done' && data.state !== 'cancelled';
  return (
    <>
      <PageHeader title={data.title}>
        <Group gap="xs" mt={4}>
          <RequestBadge request={data} />
          <span>
            asked by {data.askedBy} <Time at={data.createdAt} />
            {data.approvedBy && `, approved by ${data.approvedBy}`}
          </span>
        </Group>
      </PageHeader>
      <Stack>
        {data.text !== data.title && <Text style={{ overflowWrap: 'anywhere' }}>“{data.text}”</Text>}
        <div>
          <Text size="sm" mb={4}>
            {over} of {data.steps.length} steps
          </Text>
          <Progress value={(over / data.steps.length) * 100} aria-label={`${over} of ${data.steps.length} steps`} />
        </div>
        {may.operate && open && !editing && <Actions request={data} onEdit={() => setEditing(true)} />}
        {editing ? (
          <RequestSteps request={data} onDone={() => setEditing(false)} />
        ) : (
          <Stack component="ol" gap="sm" p={0} m={0} style={{ listStyle: 'none' }} aria-label="Steps">
            {data.steps.map((step, index) => (
              <li key={step.id}>
                <Step request={data} step={step} number={index + 1} may={may.operate && open} />
              </li>
            ))}
          </Stack>
        )}
      </Stack>
    </>
  );
}

function Actions({ request, onEdit }: { request: PlanRequest; onEdit: () => void }) {
  const [words, setWords] = useState('');
  const act = useSend((verb: string) => api.post(`/api/requests/${request.id}/${verb}`), {
    done: (verb) => ({ approve: 'Approved: it begins.', pause: 'Paused: no further step begins.', resume: 'It goes on.', cancel: 'Cancelled: nothing further is done.' })[verb] ?? 'Done.',
    refresh: ['requests', 'overview'],
    quiet: true,
  });
  const say = useSend((text: string) => api.post(`/api/requests/${request.id}/say`, { text }), { done: 'The plan was changed.', refresh: ['requests'], onDone: () => setWords(''), quiet: true });
  return (
    <Card withBorder padding="lg">
      <Stack>
        <ProblemAlert error={act.error} />
        {request.state === 'proposed' && <Text>Nothing is done yet. What has an effect is decided again by the rules when its turn comes, and may ask you then.</Text>}
        {request.state === 'failed' && <Alert color="orange">A step failed. Try it again, change it, or leave it out.</Alert>}
        <Group>
          {request.state === 'proposed' && (
            <Button onClick={() => act.mutate('approve')} loading={act.isPending}>
              Approve the plan
            </Button>
          )}
          {request.state === 'running' && (
            <Button variant="default" onClick={() => act.mutate('pause')} loading={act.isPending}>
              Pause
            </Button>
          )}
          {request.state === 'paused' && (
            <Button onClick={() => act.mutate('resume')} loading={act.isPending}>
              Go on
            </Button>
          )}
          <Button variant="default" onClick={onEdit}>
            Edit the steps
          </Button>
          <Confirm label="Cancel the request" question="Cancel this request?" variant="subtle" color="red" onConfirm={() => act.mutate('cancel')}>
            What is being done at this moment is finished. What was done stays.
          </Confirm>
        </Group>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            say.mutate(words);
          }}
        >
          <ProblemAlert error={say.error} />
          <Group align="flex-end">
            <TextInput
              label="Change it in plain words"
              placeholder="delay the nodes until the weekend"
              value={words}
              onChange={(event) => setWords(event.currentTarget.value)}
              maxLength={300}
              style={{ flex: '1 1 240px' }}
            />
            <Button type="submit" variant="default" disabled={words.trim() === ''} loading={say.isPending}>
              Change
            </Button>
          </Group>
        </form>
      </Stack>
    </Card>
  );
}

/** What the activity is given; texts of several lines as they are. */
function Input({ input, number }: { input: Record<string, unknown>; number: number }) {
  const isText = (value: unknown): value is string => typeof value === 'string' && value.includes('\n');
  const rest = Object.fromEntries(Object.entries(input).filter(([, value]) => !isText(value)));
  return (
    <>
      {Object.keys(rest).length > 0 && <JsonView value={rest} label={`Input of step ${number}`} />}
      {Object.entries(input).map(
        ([name, value]) =>
          isText(value) && (
            <div key={name}>
              <Text size="sm">{name}</Text>
              <JsonView value={value} label={`${name} of step ${number}`} />
            </div>
          ),
      )}
    </>
  );
}

function Step({ request, step, number, may }: { request: PlanRequest; step: RequestStep; number: number; may: boolean }) {
  const [note, setNote] = useState('');
  const act = useSend((verb: string) => api.post(`/api/requests/${request.id}/steps/${step.id}/${verb}`, { note: note || null }), { refresh: ['requests', 'overview'], quiet: true });
  const held = step.state === 'pending' && step.notBefore && new Date(step.notBefore) > new Date();
  return (
    <Card withBorder padding="md">
      <Stack gap="xs">
        <Group gap="xs" wrap="nowrap" align="flex-start">
          <Title order={2} size="h5" style={{ flex: 1, overflowWrap: 'anywhere' }}>
            {number}. {step.title}
          </Title>
          <StepBadge step={step} />
        </Group>
        <Group gap="xs">
          {step.activity ? <Code>{step.activity}</Code> : <Text size="sm">For a person</Text>}
          {step.runId && (
            <Anchor component={Link} to={`/runs/${step.runId}`} size="sm">
              the run
            </Anchor>
          )}
          {step.approvalId && step.state === 'running' && (
            <Anchor component={Link} to={`/approvals/${step.approvalId}`} size="sm" fw={600}>
              waits for your answer
            </Anchor>
          )}
          {held && (
            <Text size="sm">
              not before {new Date(step.notBefore!).toLocaleString()} (<Time at={step.notBefore} />)
            </Text>
          )}
          {step.expect && (
            <Text size="sm">
              expects <Code>{step.expect}</Code>
            </Text>
          )}
          {step.by && <Text size="sm">by {step.by}</Text>}
          {step.endedAt && (
            <Text size="sm">
              <Time at={step.endedAt} />
            </Text>
          )}
        </Group>
        {step.message && (
          <Text size="sm" c={step.state === 'failed' ? 'red' : undefined} style={{ overflowWrap: 'anywhere' }}>
            {step.message}
          </Text>
        )}
        <Input input={step.input ?? {}} number={number} />
        <ProblemAlert error={act.error} />
        {may && step.state === 'waiting' && (
          <Group align="flex-end">
            <TextInput label={`What there is to say of step ${number}`} value={note} onChange={(event) => setNote(event.currentTarget.value)} maxLength={1000} style={{ flex: '1 1 200px' }} />
            <Button onClick={() => act.mutate('done')} loading={act.isPending}>
              It is done
            </Button>
            <Button variant="default" onClick={() => act.mutate('failed')} loading={act.isPending}>
              It could not be done
            </Button>
          </Group>
        )}
        {may && step.state === 'failed' && (
          <Group>
            <Button onClick={() => act.mutate('retry')} loading={act.isPending}>
              Try it again
            </Button>
            <Button variant="default" onClick={() => act.mutate('skip')} loading={act.isPending}>
              Leave it out
            </Button>
          </Group>
        )}
      </Stack>
    </Card>
  );
}
