import { Badge, Button, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { api } from '../api/client';
import { ConnectionSnippet } from '../parts/ConnectionSnippet';
import { EmptyState } from '../parts/EmptyState';
import { ListTable } from '../parts/ListTable';
import { PageHeader } from '../parts/PageHeader';
import { Time } from '../parts/Time';
import { useListing } from '../parts/useListing';
import { useSend } from '../parts/useSend';
import { useMay } from '../session/Session';

/** A configured connection and its last test, as `/api/connections` answers. */
interface ConnectionInfo {
  tool: string;
  name: string;
  kind: string;
  state: 'untested' | 'reachable' | 'unreachable';
  testedAt?: string | null;
  version?: string | null;
  milliseconds?: number | null;
  problem?: string | null;
}

const colors: Record<ConnectionInfo['state'], string> = { untested: 'gray', reachable: 'teal', unreachable: 'red' };

export default function ConnectionsPage() {
  const list = useListing<ConnectionInfo>('connections', '/api/connections', ['search'], 50);
  const search = useDebouncedCallback((text: string) => list.set('search', text), 250);
  const may = useMay();
  const test = useSend((connection: ConnectionInfo) => api.post(`/api/connections/${encodeURIComponent(connection.tool)}/${encodeURIComponent(connection.name)}/test`), { refresh: ['connections'] });
  return (
    <>
      <PageHeader title="Connections">The services your tools speak to. Each is tested every few minutes by reading its version; a test changes nothing.</PageHeader>
      <TextInput aria-label="Search" maxLength={200} placeholder="Tool or name" mb="md" maw={400} defaultValue={list.search.get('search') ?? ''} onChange={(event) => search(event.currentTarget.value)} />
      <ListTable
        caption="Connections"
        list={list}
        rowKey={(connection) => `${connection.tool}/${connection.name}`}
        columns={[
          {
            title: 'Connection',
            render: (connection) => (
              <Stack gap={0}>
                <Text fw={500}>
                  {connection.tool} {connection.name}
                </Text>
                {connection.problem && (
                  <Text size="sm" c="red" style={{ overflowWrap: 'anywhere' }}>
                    {connection.problem}
                  </Text>
                )}
              </Stack>
            ),
          },
          {
            title: 'State',
            render: (connection) => (
              <Badge color={colors[connection.state]} variant="light">
                {connection.state}
              </Badge>
            ),
          },
          { title: 'Version', wide: true, render: (connection) => connection.version ?? '' },
          { title: 'Took', wide: true, render: (connection) => (connection.milliseconds == null ? '' : `${Math.round(connection.milliseconds)} ms`) },
          { title: 'Tested', wide: true, render: (connection) => <Time at={connection.testedAt} empty="never" /> },
          {
            title: 'Test',
            align: 'right',
            render: (connection) =>
              may.operate && (
                <Button size="xs" variant="default" loading={test.isPending && test.variables === connection} onClick={() => test.mutate(connection)} aria-label={`Test: ${connection.tool} ${connection.name}`}>
                  Test
                </Button>
              ),
          },
        ]}
        empty={
          <EmptyState title={list.filtered ? 'No connection fits this search' : 'No connections are configured'}>
            Choose a tool below: what to write into the settings is made for you.
          </EmptyState>
        }
      />
      {may.administer && <ConnectionSnippet />}
    </>
  );
}
