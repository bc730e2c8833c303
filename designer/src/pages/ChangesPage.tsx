import { Anchor, Stack, Text } from '@mantine/core';
import { Link, useNavigate } from 'react-router';
import { api } from '../api/client';
import type { Change } from '../api/types';
import { Confirm } from '../parts/Confirm';
import { EmptyState } from '../parts/EmptyState';
import { Filters } from '../parts/Filters';
import { ListTable } from '../parts/ListTable';
import { PageHeader } from '../parts/PageHeader';
import { ResultBadge, resultChoices } from '../parts/badges';
import { Time } from '../parts/Time';
import { useListing } from '../parts/useListing';
import { useSend } from '../parts/useSend';
import { useMay } from '../session/Session';

export default function ChangesPage() {
  const list = useListing<Change>('changes', '/api/changes', ['result', 'search', 'since', 'until']);
  return (
    <>
      <PageHeader title="Changes">What was done to your systems: on whose word, how it ended, and how it is taken back.</PageHeader>
      <Filters list={list} search="Action or target" choices={[{ name: 'result', label: 'How it ended', placeholder: 'Any end', data: resultChoices }]} />
      <ListTable
        caption="Changes"
        list={list}
        rowKey={(change) => change.id}
        columns={[
          {
            title: 'What',
            render: (change) => (
              <Stack gap={2}>
                <Anchor component={Link} to={`/runs/${change.runId}`} fw={500} style={{ overflowWrap: 'anywhere' }}>
                  {change.action} on {change.target}
                </Anchor>
                <Text size="sm" c="dimmed">
                  {change.decidedBy === 'rules' ? 'Decided by the rules' : `Approved by ${change.decidedBy}`} (
                  <Anchor component={Link} to={`/decisions/${change.decisionId}`} size="sm" td="underline">
                    why
                  </Anchor>
                  ), <Time at={change.startedAt} />
                </Text>
                {change.message && (
                  <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
                    {change.message}
                  </Text>
                )}
              </Stack>
            ),
          },
          { title: 'How it ended', render: (change) => <ResultBadge result={change.result} /> },
          { title: 'Taking it back', wide: true, render: (change) => <Undo change={change} /> },
        ]}
        narrow={(change) => <Undo change={change} />}
        empty={<EmptyState title={list.filtered ? 'No change fits this filter' : 'Nothing was changed yet'}>Each step that changes something in your systems is listed here, with a way back where there is one.</EmptyState>}
      />
    </>
  );
}

function Undo({ change }: { change: Change }) {
  const may = useMay();
  const navigate = useNavigate();
  const undo = useSend(() => api.post<{ runId: string }>(`/api/changes/${change.id}/undo`), {
    done: 'Taking it back began; it passes the gate like any other step.',
    refresh: ['changes', 'runs', 'approvals', 'overview'],
    onDone: (started) => void navigate(`/runs/${started.runId}`),
  });
  if (change.undoneBy)
    return (
      <Text size="sm">
        <Anchor component={Link} to={`/runs/${change.undoneBy}`} size="sm" td="underline">
          Being taken back or taken back
        </Anchor>
      </Text>
    );
  if (change.result === 'rolledBack')
    return (
      <Text size="sm" c="dimmed">
        Its own plan took it back.
      </Text>
    );
  if (!change.undo)
    return (
      <Text size="sm" c="dimmed">
        {change.result === 'started' ? 'Not finished yet.' : `Not possible: ${change.noUndoReason ?? 'nothing was done that could be taken back.'}`}
      </Text>
    );
  if (!may.operate) return <Text size="sm">{change.undo}</Text>;
  return (
    <Confirm size="xs" variant="default" color="teal" label="Undo" question={`Take back ${change.action} on ${change.target}?`} onConfirm={() => undo.mutate(undefined)}>
      It does {change.undo} on {change.target}. That is a change too: it is decided like any other and may wait for an approval.
    </Confirm>
  );
}
