import { Alert, Anchor, Badge, Code, Group, List, Text, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { api } from '../api/client';
import type { PlaybookInfo, PlaybookProblem } from '../api/types';
import { EmptyState } from '../parts/EmptyState';
import { ListTable } from '../parts/ListTable';
import { PageHeader } from '../parts/PageHeader';
import { useListing } from '../parts/useListing';

export default function PlaybooksPage() {
  const list = useListing<PlaybookInfo>('playbooks', '/api/playbooks', ['search'], 50);
  const search = useDebouncedCallback((text: string) => list.set('search', text), 250);
  return (
    <>
      <PageHeader title="Playbooks">What is done against each kind of incident, and how well it worked. They are files in workflows/playbooks; each is a workflow in Studio too.</PageHeader>
      <Refused />
      <TextInput aria-label="Search" maxLength={200} placeholder="Name or kind of incident" mb="md" maw={400} defaultValue={list.search.get('search') ?? ''} onChange={(event) => search(event.currentTarget.value)} />
      <ListTable
        caption="Playbooks"
        list={list}
        rowKey={(playbook) => playbook.id}
        columns={[
          {
            title: 'Playbook',
            render: (playbook) => (
              <>
                <Anchor component={Link} to={`/playbooks/${playbook.id}`} fw={500}>
                  {playbook.name}
                </Anchor>
                <Text size="sm" c="dimmed">
                  {playbook.description}
                </Text>
                <Group gap={4} mt={2}>
                  {!playbook.enabled && <Badge color="gray">Off</Badge>}
                  {playbook.hasProblems && <Badge color="red">Its file has a mistake</Badge>}
                </Group>
              </>
            ),
          },
          {
            title: 'Against',
            render: (playbook) => (
              <Text size="sm">
                {playbook.kinds.map(words).join(', ')}
                {playbook.target && (
                  <Text span size="xs" c="dimmed" className="mono">
                    {' '}
                    {playbook.target}
                  </Text>
                )}
              </Text>
            ),
          },
          {
            title: 'Does',
            wide: true,
            render: (playbook) => (
              <Text size="xs" className="mono">
                {playbook.actions.join(', ')}
              </Text>
            ),
          },
          { title: 'Helped', render: (playbook) => <Helped playbook={playbook} /> },
        ]}
        empty={<EmptyState title={list.filtered ? 'No playbook fits this search' : 'There are no playbooks'}>Put one into workflows/playbooks.</EmptyState>}
      />
    </>
  );
}

/** "container_down" as a person says it. */
export function words(kind: string) {
  return kind.replaceAll('_', ' ');
}

export function Helped({ playbook }: { playbook: PlaybookInfo }) {
  const times = Number(playbook.times);
  return times === 0 ? (
    <Text size="sm" c="dimmed">
      not tried
    </Text>
  ) : (
    <Text size="sm">
      {Number(playbook.helped)} of {times}
    </Text>
  );
}

function Refused() {
  const { data } = useQuery({ queryKey: ['playbooks', 'problems'], queryFn: ({ signal }) => api.get<PlaybookProblem[]>('/api/playbooks/problems', {}, signal), refetchInterval: 10_000 });
  if (!data || data.length === 0) return null;
  return (
    <Alert color="orange" variant="light" mb="md" title="Some files could not be taken. What was read from them before stays in use.">
      <Problems problems={data} withFile />
    </Alert>
  );
}

export function Problems({ problems, withFile = false }: { problems: PlaybookProblem[]; withFile?: boolean }) {
  return (
    <List size="sm">
      {problems.map((problem, index) => (
        <List.Item key={index}>
          {withFile && `${problem.file}, `}line {Number(problem.line)} {problem.path && <Code>{problem.path}</Code>} {problem.message}
        </List.Item>
      ))}
    </List>
  );
}
