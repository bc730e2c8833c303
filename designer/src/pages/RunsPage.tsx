import { Anchor, Button, Group, Select, Text, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { Link, useNavigate } from 'react-router';
import type { RunInfo } from '../api/types';
import { EmptyState } from '../parts/EmptyState';
import { ListTable } from '../parts/ListTable';
import { PageHeader } from '../parts/PageHeader';
import { RunBadge } from '../parts/badges';
import { duration } from '../parts/time';
import { Time } from '../parts/Time';
import { useListing } from '../parts/useListing';

const states = [
  { value: 'Executing', label: 'Running' },
  { value: 'Suspended', label: 'Waiting' },
  { value: 'Finished', label: 'Finished' },
  { value: 'Faulted', label: 'Faulted' },
  { value: 'Cancelled', label: 'Cancelled' },
  { value: 'Interrupted', label: 'Interrupted' },
];

export default function RunsPage() {
  const list = useListing<RunInfo>('runs', '/api/runs', ['status', 'search', 'workflow']);
  const navigate = useNavigate();
  const search = useDebouncedCallback((text: string) => list.set('search', text), 250);
  return (
    <>
      <PageHeader title="Runs">Every time a workflow ran, newest first.</PageHeader>
      <Group mb="md" gap="sm">
        <TextInput
          aria-label="Search"
          maxLength={200}
          placeholder="Name, id or correlation id"
          defaultValue={list.search.get('search') ?? ''}
          onChange={(event) => search(event.currentTarget.value)}
          style={{ flex: '1 1 200px' }}
        />
        <Select aria-label="State" placeholder="Any state" clearable data={states} value={list.search.get('status')} onChange={(value) => list.set('status', value)} w={160} clearButtonProps={{ 'aria-label': 'Any state' }} />
        {list.search.get('workflow') && (
          <Button variant="default" onClick={() => list.set('workflow', null)}>
            Of all workflows
          </Button>
        )}
      </Group>
      <ListTable
        caption="Runs"
        list={list}
        rowKey={(run) => run.id}
        onOpen={(run) => void navigate(`/runs/${run.id}`)}
        columns={[
          {
            title: 'Workflow',
            render: (run) => (
              <>
                <Anchor component={Link} to={`/runs/${run.id}`} fw={500}>
                  {run.name ?? run.definitionId}
                </Anchor>
                {run.dryRun && (
                  <Text span size="xs" c="dimmed">
                    {' '}
                    dry run
                  </Text>
                )}
              </>
            ),
          },
          { title: 'State', render: (run) => <RunBadge status={run.status} /> },
          { title: 'Started', render: (run) => <Time at={run.createdAt} /> },
          { title: 'Took', wide: true, align: 'right', render: (run) => (run.finishedAt ? duration(Date.parse(run.finishedAt) - Date.parse(run.createdAt)) : '—') },
          { title: 'Faults', wide: true, align: 'right', render: (run) => run.incidentCount || '' },
        ]}
        empty={
          list.filtered ? (
            <EmptyState title="No run fits this filter" />
          ) : (
            <EmptyState
              title="Nothing has run yet"
              action={
                <Button component={Link} to="/definitions">
                  To the workflows
                </Button>
              }
            >
              Open a workflow and press Run, or let a schedule or a webhook start one.
            </EmptyState>
          )
        }
      />
    </>
  );
}
