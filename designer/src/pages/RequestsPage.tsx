import { Alert, Anchor, Button, Card, Group, List, Stack, Text, Textarea } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useNavigate } from 'react-router';
import { api } from '../api/client';
import type { PlanRequest, RequestTemplates } from '../api/types';
import { EmptyState } from '../parts/EmptyState';
import { Filters } from '../parts/Filters';
import { ListTable } from '../parts/ListTable';
import { PageHeader } from '../parts/PageHeader';
import { ProblemAlert } from '../parts/ProblemAlert';
import { RequestBadge, requestChoices } from '../parts/requestBadges';
import { Time } from '../parts/Time';
import { useListing } from '../parts/useListing';
import { useSend } from '../parts/useSend';
import { useMay } from '../session/Session';
import { Problems } from './PlaybooksPage';

export default function RequestsPage() {
  const list = useListing<PlanRequest>('requests', '/api/requests', ['state', 'search']);
  const navigate = useNavigate();
  const may = useMay();
  return (
    <>
      <PageHeader title="Requests">Say what you need in plain words. It becomes a plan of steps; nothing is done before you approve it.</PageHeader>
      {may.operate && <Ask />}
      <Filters list={list} search="Title or words" days={false} choices={[{ name: 'state', label: 'State', placeholder: 'Any state', data: requestChoices }]} />
      <ListTable
        caption="Requests"
        list={list}
        rowKey={(request) => request.id}
        onOpen={(request) => void navigate(`/requests/${request.id}`)}
        columns={[
          {
            title: 'What',
            render: (request) => (
              <Stack gap={2}>
                <Anchor component={Link} to={`/requests/${request.id}`} fw={500} style={{ overflowWrap: 'anywhere' }}>
                  {request.title}
                </Anchor>
                {request.text !== request.title && (
                  <Text size="sm" c="dimmed" lineClamp={1}>
                    {request.text}
                  </Text>
                )}
              </Stack>
            ),
          },
          { title: 'State', render: (request) => <RequestBadge request={request} /> },
          { title: 'Steps', wide: true, align: 'right', render: (request) => `${request.steps.filter((step) => step.state === 'done' || step.state === 'skipped').length} of ${request.steps.length}` },
          { title: 'Asked by', wide: true, render: (request) => request.askedBy },
          { title: 'Changed', wide: true, render: (request) => <Time at={request.updatedAt} /> },
        ]}
        empty={<EmptyState title={list.filtered ? 'No request fits this filter' : 'Nothing was asked for yet'}>Try: I need a WordPress for testing. Or: update the nodes.</EmptyState>}
      />
    </>
  );
}

function Ask() {
  const [text, setText] = useState('');
  const [byHand, setByHand] = useState(false);
  const navigate = useNavigate();
  const { data } = useQuery({ queryKey: ['requests', 'templates'], queryFn: ({ signal }) => api.get<RequestTemplates>('/api/requests/templates', {}, signal) });
  const ask = useSend((steps: object[] | undefined) => api.post<PlanRequest>('/api/requests', { text, steps }), {
    refresh: ['requests'],
    onDone: (request) => void navigate(`/requests/${request.id}`),
    quiet: true,
  });
  return (
    <Card withBorder padding="lg" mb="lg">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          ask.mutate(byHand ? [{ title: text.trim().slice(0, 200) }] : undefined);
        }}
      >
        <Stack gap="sm">
          <ProblemAlert error={ask.error} />
          <Textarea
            label="What do you need?"
            placeholder="I need a WordPress for testing"
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            autosize
            minRows={1}
            maxRows={6}
            maxLength={2000}
            required
          />
          <Group>
            <Button type="submit" loading={ask.isPending} disabled={text.trim() === ''} onClick={() => setByHand(false)}>
              Make a plan
            </Button>
            <Button type="submit" variant="default" loading={ask.isPending} disabled={text.trim() === ''} onClick={() => setByHand(true)}>
              Write the steps myself
            </Button>
          </Group>
          {data && data.templates.length > 0 && (
            <Text size="sm" c="dimmed" component="div">
              Plans that there are:
              <List size="sm">
                {data.templates.map((template) => (
                  <List.Item key={template.id}>
                    {template.name}: {template.description}
                  </List.Item>
                ))}
              </List>
            </Text>
          )}
          {data && data.problems.length > 0 && (
            <Alert color="red" variant="light" title="Some plans cannot be used as they are.">
              <Problems problems={data.problems} />
            </Alert>
          )}
        </Stack>
      </form>
    </Card>
  );
}
