import { Alert, Button, Text } from '@mantine/core';
import { api } from '../api/client';
import type { AuditItem, AuditVerdict } from '../api/types';
import { EmptyState } from '../parts/EmptyState';
import { Filters } from '../parts/Filters';
import { ListTable } from '../parts/ListTable';
import { PageHeader } from '../parts/PageHeader';
import { Time } from '../parts/Time';
import { useListing } from '../parts/useListing';
import { useSend } from '../parts/useSend';
import { detailWords, eventWords } from '../parts/words';

export default function AuditPage() {
  const list = useListing<AuditItem>('audit', '/api/audit', ['search', 'actor', 'since', 'until'], 50);
  const verify = useSend(() => api.get<AuditVerdict>('/api/audit/verify'));
  const download = useSend(save, { done: 'The whole trail is saved.' });
  return (
    <>
      <PageHeader
        title="Audit"
        actions={
          <>
            <Button variant="default" onClick={() => verify.mutate(undefined)} loading={verify.isPending}>
              Verify
            </Button>
            <Button variant="default" onClick={() => download.mutate(undefined)} loading={download.isPending}>
              Export
            </Button>
          </>
        }
      >
        Who did what. Entries are chained: none can be changed or removed without being noticed.
      </PageHeader>
      {verify.data && (
        <Alert color={verify.data.intact ? 'teal' : 'red'} variant="light" mb="md" role="status" title={verify.data.intact ? 'The trail is whole' : 'The trail is broken'}>
          <Text size="sm">{verify.data.problem ?? `All ${Number(verify.data.entries).toLocaleString()} entries hold.`}</Text>
          <Text size="xs" className="mono">
            {verify.data.lastHash}
          </Text>
        </Alert>
      )}
      <Filters list={list} search="Event or subject" />
      <ListTable
        caption="Audit"
        list={list}
        rowKey={(entry) => String(entry.sequence)}
        columns={[
          {
            title: 'What',
            render: (entry) => (
              <>
                <Text size="sm" fw={500} style={{ overflowWrap: 'anywhere' }}>
                  {eventWords(entry.event)}
                </Text>
                <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }} lineClamp={4} title={JSON.stringify(entry.detail)}>
                  {[entry.subject, ...detailWords(entry.detail)].filter(Boolean).join(' · ')}
                </Text>
              </>
            ),
          },
          { title: 'Who', render: (entry) => entry.actor },
          { title: 'When', render: (entry) => <Time at={entry.at} /> },
        ]}
        empty={
          <EmptyState title={list.filtered ? 'No entry fits this filter' : 'Nothing is recorded yet'}>Approvals, stops, changes of settings and everything done to your systems is recorded here.</EmptyState>
        }
      />
    </>
  );
}

/** The whole trail as it was chained, one entry a line: `homelab audit export` writes the same. */
async function save() {
  const parts: string[] = [];
  for (let after = 0; ; ) {
    const page = await api.get<{ sequence?: number }[]>('/api/audit/export', { after, take: 1000 });
    for (const entry of page) {
      parts.push(JSON.stringify(entry), '\n');
      after = Number(entry.sequence);
    }
    if (page.length < 1000) break;
  }
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob(parts, { type: 'application/x-ndjson' }));
  link.download = 'audit.jsonl';
  link.click();
  URL.revokeObjectURL(link.href);
}
