import { Alert, Anchor, Button, Card, Checkbox, Group, List, Stack, Switch, Text, TextInput, Textarea, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useNavigate, useParams } from 'react-router';
import { api } from '../api/client';
import type { RunStarted, WorkflowDetail, WorkflowInput } from '../api/types';
import { Confirm } from '../parts/Confirm';
import { PageHeader } from '../parts/PageHeader';
import { faultAt, ProblemAlert } from '../parts/ProblemAlert';
import { Time } from '../parts/Time';
import { triggerWords } from '../parts/schedule';
import { useSend } from '../parts/useSend';
import { useMay } from '../session/Session';
import { initialValue, toInput, type Draft } from './workflowInput';
import { VersionBadge } from './WorkflowsPage';

export default function WorkflowPage() {
  const { id = '' } = useParams();
  const may = useMay();
  const navigate = useNavigate();
  const path = `/api/workflows/${encodeURIComponent(id)}`;
  const { data, error } = useQuery({ queryKey: ['workflow', id], queryFn: ({ signal }) => api.get<WorkflowDetail>(path, {}, signal) });
  const publish = useSend(() => api.post(`${path}/publish`), { done: 'Published.', refresh: ['workflow', 'workflows'] });
  const remove = useSend(() => api.delete(path), { done: 'Deleted.', refresh: ['workflows', 'overview'], onDone: () => void navigate('/definitions') });
  if (error) return <ProblemAlert error={error} />;
  if (!data) return null;
  return (
    <>
      <PageHeader
        title={data.name ?? data.definitionId}
        actions={
          <>
            <Button component="a" href={`/studio/workflows/definitions/${encodeURIComponent(id)}/edit`}>
              Open in Studio
            </Button>
            <Button variant="default" component="a" href={`${path}/export`} download>
              Export
            </Button>
            {may.administer && !data.isReadonly && (
              <Confirm label="Delete" question={`Delete ${data.name ?? 'this workflow'}?`} variant="default" onConfirm={() => remove.mutate(undefined)}>
                All its versions go. Runs that are under way go on.
              </Confirm>
            )}
          </>
        }
      >
        <Stack gap={4}>
          {data.description && <Text c="dimmed">{data.description}</Text>}
          <Group gap="xs">
            <VersionBadge workflow={data} />
            <span>
              version {data.version}, changed <Time at={data.updatedAt} />
              {data.sourceFile && `, from ${data.sourceFile}`}
            </span>
          </Group>
        </Stack>
      </PageHeader>
      <Stack>
        {data.problems.length > 0 ? (
          <Alert color={data.isPublished ? 'orange' : 'yellow'} variant="light" title="What keeps it from being published">
            <List size="sm">
              {data.problems.map((problem) => (
                <List.Item key={problem}>{problem}</List.Item>
              ))}
            </List>
          </Alert>
        ) : (
          !data.isPublished &&
          may.administer && (
            <Alert color="yellow" variant="light" title="This version is a draft">
              <Text size="sm" mb="sm">
                {data.publishedVersion == null ? 'Its triggers are off.' : `Triggers start version ${data.publishedVersion}.`}
              </Text>
              <Button size="xs" onClick={() => publish.mutate(undefined)} loading={publish.isPending}>
                Publish it
              </Button>
            </Alert>
          )
        )}
        {data.warnings.length > 0 && (
          <Alert color="gray" variant="light" title="Probably not as it was meant">
            <List size="sm">
              {data.warnings.map((warning) => (
                <List.Item key={warning}>{warning}</List.Item>
              ))}
            </List>
          </Alert>
        )}
        <Card withBorder padding="lg">
          <Title order={2} size="h4" mb="xs">
            Started by
          </Title>
          {data.triggers.length === 0 ? (
            <Text size="sm" c="dimmed">
              Only by hand, by the API, or by another workflow.
            </Text>
          ) : (
            <List size="sm">
              {data.triggers.map((trigger) => (
                <List.Item key={trigger}>
                  <span title={trigger}>{triggerWords(trigger)}</span>
                </List.Item>
              ))}
            </List>
          )}
          <Anchor component={Link} to={`/runs?workflow=${encodeURIComponent(id)}`} size="sm" mt="sm" display="block">
            Its runs
          </Anchor>
        </Card>
        {may.operate && <RunForm key={data.version} workflow={data} path={path} />}
      </Stack>
    </>
  );
}

/** A field for each input that the workflow declares. */
function RunForm({ workflow, path }: { workflow: WorkflowDetail; path: string }) {
  const navigate = useNavigate();
  const [values, setValues] = useState<Draft>(() => Object.fromEntries(workflow.inputs.map((input) => [input.name, initialValue(input)])));
  const [dryRun, setDryRun] = useState(false);
  const { input, errors } = toInput(workflow.inputs, values);
  const [tried, setTried] = useState(false);
  const run = useSend(() => api.post<RunStarted>(`${path}/run`, { input, dryRun }), {
    quiet: true,
    refresh: ['runs', 'overview'],
    onDone: (started) => void navigate(`/runs/${started.runId}`),
  });
  return (
    <Card withBorder padding="lg">
      <Title order={2} size="h4" mb="sm">
        Run it now
      </Title>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          setTried(true);
          if (Object.keys(errors).length === 0) run.mutate(undefined);
        }}
        noValidate
      >
        <Stack maw={560}>
          <ProblemAlert error={run.error} fields={workflow.inputs.map((declared) => `input.${declared.name}`)} />
          {workflow.inputs.length === 0 && (
            <Text size="sm" c="dimmed">
              It needs no input.
            </Text>
          )}
          {workflow.inputs.map((declared) => (
            <Field
              key={declared.name}
              input={declared}
              value={values[declared.name] ?? ''}
              error={(tried && errors[declared.name]) || faultAt(run.error, `input.${declared.name}`)}
              onChange={(value) => setValues((old) => ({ ...old, [declared.name]: value }))}
            />
          ))}
          <Checkbox label="Dry run: go the same way and stop before anything is changed" checked={dryRun} onChange={(event) => setDryRun(event.currentTarget.checked)} />
          <Group>
            <Button type="submit" loading={run.isPending}>
              Run
            </Button>
          </Group>
        </Stack>
      </form>
    </Card>
  );
}

function Field({ input, value, error, onChange }: { input: WorkflowInput; value: string | boolean; error?: string; onChange: (value: string | boolean) => void }) {
  const common = { label: input.displayName || input.name, description: input.description || undefined, required: input.required, error };
  switch (input.kind) {
    case 'boolean':
      return <Switch label={common.label} description={common.description} checked={value === true} onChange={(event) => onChange(event.currentTarget.checked)} />;
    case 'number':
      return <TextInput {...common} inputMode="decimal" value={String(value)} onChange={(event) => onChange(event.currentTarget.value)} />;
    case 'json':
      return (
        <Textarea
          {...common}
          description={common.description ?? 'As JSON, such as { "name": "value" }'}
          autosize
          minRows={3}
          maxRows={20}
          spellCheck={false}
          value={String(value)}
          onChange={(event) => onChange(event.currentTarget.value)}
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 13 } }}
        />
      );
    default:
      return <TextInput {...common} value={String(value)} onChange={(event) => onChange(event.currentTarget.value)} />;
  }
}
