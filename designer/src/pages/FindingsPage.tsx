import { Anchor, Badge, Button, Code, Drawer, Group, Stack, Text, TextInput, Title } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useState } from 'react';
import { api } from '../api/client';
import type { Finding, FindingListing } from '../api/types';
import { EmptyState } from '../parts/EmptyState';
import { Filters } from '../parts/Filters';
import { ListTable } from '../parts/ListTable';
import { PageHeader } from '../parts/PageHeader';
import { Time } from '../parts/Time';
import { useListing } from '../parts/useListing';
import { useSend } from '../parts/useSend';
import { useMay } from '../session/Session';

const colors: Record<string, string> = { critical: 'red', warning: 'orange', info: 'gray' };
const words = (values: string[]) => values.map((value) => ({ value, label: value[0]!.toUpperCase() + value.slice(1) }));

export default function FindingsPage() {
  const list = useListing<Finding>('findings', '/api/findings', ['question', 'area', 'class', 'severity', 'state', 'search', 'since', 'until']);
  const [open, setOpen] = useState<Finding>();
  const may = useMay();
  const ask = useDebouncedCallback((text: string) => list.set('question', text), 400);
  const set = useSend(({ finding, state }: { finding: Finding; state: string }) => api.post(`/api/findings/${finding.id}/state`, { state }), {
    done: ({ state }) => (state === 'closed' ? 'Closed. It opens again by itself if it comes back.' : 'Open again.'),
    refresh: ['findings'],
  });
  const understood = (list.data as FindingListing | undefined)?.understood;
  return (
    <>
      <PageHeader title="Findings">What was found in logs, forecasts and documents, each cause once.</PageHeader>
      <TextInput
        label="Ask"
        maxLength={200}
        placeholder="all database errors this week"
        defaultValue={list.search.get('question') ?? ''}
        onChange={(event) => ask(event.currentTarget.value)}
        mb={4}
      />
      {list.search.get('question') && understood && (
        <Text size="xs" c="dimmed" mb="sm">
          Understood as: {tell(understood)}
        </Text>
      )}
      <Filters
        list={list}
        search="Title, text or service"
        choices={[
          { name: 'area', label: 'Found in', placeholder: 'Anywhere', data: words(['logs', 'forecasts', 'documentation']) },
          { name: 'class', label: 'Kind', placeholder: 'Any kind', data: words(['security', 'performance', 'drift', 'failure', 'capacity']) },
          { name: 'severity', label: 'Severity', placeholder: 'Any severity', data: words(['critical', 'warning', 'info']) },
          { name: 'state', label: 'State', placeholder: 'Open and closed', data: words(['open', 'closed']) },
        ]}
      />
      <ListTable
        caption="Findings"
        list={list}
        rowKey={(finding) => finding.id}
        onOpen={setOpen}
        columns={[
          {
            title: 'What',
            render: (finding) => (
              <Stack gap={2}>
                <Anchor component="button" type="button" ta="left" fw={500} onClick={() => setOpen(finding)} style={{ overflowWrap: 'anywhere' }}>
                  {finding.title}
                </Anchor>
                <Text size="sm" c="dimmed" lineClamp={2}>
                  {finding.text}
                </Text>
              </Stack>
            ),
          },
          {
            title: 'Severity',
            render: (finding) => (
              <Badge color={finding.state === 'closed' ? 'gray' : (colors[finding.severity] ?? 'gray')} variant="light">
                {finding.state === 'closed' ? 'closed' : finding.severity}
              </Badge>
            ),
          },
          { title: 'Kind', wide: true, render: (finding) => <Text size="sm">{finding.class}</Text> },
          { title: 'Times', wide: true, align: 'right', render: (finding) => <Text size="sm">{finding.occurrences}</Text> },
          { title: 'Last', wide: true, render: (finding) => <Time at={finding.lastAt} /> },
        ]}
        empty={<EmptyState title={list.filtered ? 'Nothing was found for this' : 'Nothing was found yet'}>The workflow Log analysis looks at the sources of the settings every five minutes.</EmptyState>}
      />
      <Drawer opened={open !== undefined} onClose={() => setOpen(undefined)} position="right" size="lg" title="Finding" closeButtonProps={{ 'aria-label': 'Close' }}>
        {open && (
          <Stack>
            <Title order={2} size="h4" style={{ overflowWrap: 'anywhere' }}>
              {open.title}
            </Title>
            <Text style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>{open.text}</Text>
            <Text size="sm" c="dimmed">
              {open.occurrences} times, first <Time at={open.firstAt} />, last <Time at={open.lastAt} />; {open.service} ({open.source})
            </Text>
            {open.evidence.length > 0 && <Code block>{open.evidence.join('\n')}</Code>}
            {open.issueUrl ? (
              <Anchor href={open.issueUrl} rel="noreferrer">
                {open.issue}
              </Anchor>
            ) : (
              open.issue && <Text size="sm">{open.issue}</Text>
            )}
            {may.operate && (
              <Group>
                <Button
                  variant="default"
                  onClick={() => {
                    set.mutate({ finding: open, state: open.state === 'open' ? 'closed' : 'open' });
                    setOpen(undefined);
                  }}
                >
                  {open.state === 'open' ? 'Close it' : 'Open it again'}
                </Button>
              </Group>
            )}
          </Stack>
        )}
      </Drawer>
    </>
  );
}

function tell(filter: FindingListing['understood']): string {
  const parts = [
    filter.area,
    filter.class,
    filter.severity,
    filter.state,
    filter.level != null && (Number(filter.level) <= 3 ? 'errors' : 'warnings and errors'),
    filter.since && `since ${new Date(filter.since).toLocaleString()}`,
    filter.until && `until ${new Date(filter.until).toLocaleString()}`,
    ...(filter.words ?? []).map((group) => group.map((word) => word.trim()).join(' or ')),
  ].filter(Boolean);
  return parts.length === 0 ? 'everything' : parts.join('; ');
}
