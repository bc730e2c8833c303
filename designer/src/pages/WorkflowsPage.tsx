import { Alert, Anchor, Badge, Button, FileButton, Group, List, Modal, Text, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useNavigate } from 'react-router';
import { api } from '../api/client';
import type { WorkflowFileProblem, WorkflowImported, WorkflowInfo } from '../api/types';
import { EmptyState } from '../parts/EmptyState';
import { ListTable } from '../parts/ListTable';
import { PageHeader } from '../parts/PageHeader';
import { tellProblem } from '../parts/ProblemAlert';
import { triggerWords } from '../parts/schedule';
import { useListing } from '../parts/useListing';
import { useSend } from '../parts/useSend';
import { useMay } from '../session/Session';

export default function WorkflowsPage() {
  const list = useListing<WorkflowInfo>('workflows', '/api/workflows', ['search']);
  const navigate = useNavigate();
  const may = useMay();
  const search = useDebouncedCallback((text: string) => list.set('search', text), 250);
  const [imported, setImported] = useState<WorkflowImported>();
  const send = useSend((definition: unknown) => api.post<WorkflowImported>('/api/workflows/import', definition), {
    refresh: ['workflows', 'overview'],
    onDone: (result) => (result.problems.length > 0 ? setImported(result) : void navigate(`/definitions/${encodeURIComponent(result.definitionId)}`)),
  });
  const read = async (file: File | null) => {
    if (!file) return;
    try {
      send.mutate(JSON.parse(await file.text()));
    } catch (error) {
      tellProblem(`${file.name} is not JSON: ${error instanceof Error ? error.message : error}. Choose a workflow exported from Elsa Studio.`);
    }
  };
  const importButton = may.administer && (
    <FileButton accept="application/json,.json" onChange={(file) => void read(file)} inputProps={{ 'aria-label': 'Workflow file' }}>
      {(props) => (
        <Button {...props} variant="default" loading={send.isPending}>
          Import a file
        </Button>
      )}
    </FileButton>
  );
  return (
    <>
      <PageHeader
        title="Workflows"
        actions={
          <>
            {importButton}
            <Button component="a" href="/studio/workflows/definitions">
              Draw in Studio
            </Button>
          </>
        }
      >
        What it can do, step by step. Files put into the workflows folder appear here too.
      </PageHeader>
      <FileProblems />
      <TextInput aria-label="Search" maxLength={200} placeholder="Name, description or id" mb="md" defaultValue={list.search.get('search') ?? ''} onChange={(event) => search(event.currentTarget.value)} maw={400} />
      <ListTable
        caption="Workflows"
        list={list}
        rowKey={(workflow) => workflow.definitionId}
        onOpen={(workflow) => void navigate(`/definitions/${encodeURIComponent(workflow.definitionId)}`)}
        columns={[
          {
            title: 'Name',
            render: (workflow) => (
              <>
                <Anchor component={Link} to={`/definitions/${encodeURIComponent(workflow.definitionId)}`} fw={500}>
                  {workflow.name ?? workflow.definitionId}
                </Anchor>
                {workflow.description && (
                  <Text size="sm" c="dimmed" lineClamp={2}>
                    {workflow.description}
                  </Text>
                )}
              </>
            ),
          },
          {
            title: 'Started by',
            wide: true,
            render: (workflow) => (
              <Text size="sm" title={workflow.triggers.join(', ')}>
                {workflow.triggers.length > 0 ? workflow.triggers.map(triggerWords).join(', ') : 'hand'}
              </Text>
            ),
          },
          { title: 'State', render: (workflow) => <VersionBadge workflow={workflow} /> },
        ]}
        empty={
          list.filtered ? (
            <EmptyState title="No workflow fits this search" />
          ) : (
            <EmptyState title="No workflows yet" action={<Group>{importButton}</Group>}>
              Draw one in Studio, import a file, or put Elsa 3 JSON files into the workflows folder.
            </EmptyState>
          )
        }
      />
      <Modal opened={imported !== undefined} onClose={() => setImported(undefined)} title="Imported as a draft" centered closeButtonProps={{ 'aria-label': 'Close' }}>
        <Text size="sm" mb="sm">
          {imported?.name ?? imported?.definitionId} is stored and not published, because:
        </Text>
        <List size="sm">
          {imported?.problems.map((problem) => (
            <List.Item key={problem}>{problem}</List.Item>
          ))}
        </List>
        <Group justify="flex-end" mt="lg">
          <Button component="a" href={`/studio/workflows/definitions/${imported?.definitionId}/edit`}>
            Correct it in Studio
          </Button>
        </Group>
      </Modal>
    </>
  );
}

/** Files of the workflows folder that could not be taken; what was taken from them before still runs. */
function FileProblems() {
  const { data } = useQuery({ queryKey: ['workflows', 'files'], queryFn: ({ signal }) => api.get<WorkflowFileProblem[]>('/api/workflows/problems', {}, signal), refetchInterval: 15_000 });
  if (!data || data.length === 0) return null;
  return (
    <Alert color="orange" variant="light" mb="md" title={data.length === 1 ? 'A file of the workflows folder was not taken' : `${data.length} files of the workflows folder were not taken`}>
      <List size="sm">
        {data.map((problem) => (
          <List.Item key={problem.file}>
            <span className="mono">{problem.file}</span>: {problem.message}
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}

export function VersionBadge({ workflow }: { workflow: { isPublished: boolean; publishedVersion?: number | string | null; version: number | string } }) {
  if (workflow.isPublished)
    return (
      <Badge color="teal" variant="light">
        Published
      </Badge>
    );
  return (
    <Badge color={workflow.publishedVersion == null ? 'gray' : 'yellow'} variant="light">
      {workflow.publishedVersion == null ? 'Draft' : 'Newer draft'}
    </Badge>
  );
}
