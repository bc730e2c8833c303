import { Alert, Anchor, Badge, Button, Code, Group, Paper, Stack, Tabs, Text, Textarea, TextInput, Title } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useParams } from 'react-router';
import { api } from '../api/client';
import type { PlaybookCheck, PlaybookDetail, TrialResult } from '../api/types';
import { JsonView } from '../parts/JsonView';
import { Markdown } from '../parts/Markdown';
import { PageHeader } from '../parts/PageHeader';
import { ProblemAlert } from '../parts/ProblemAlert';
import { spanWords } from '../parts/schedule';
import { useSend } from '../parts/useSend';
import { useMay } from '../session/Session';
import { Helped, Problems, words } from './PlaybooksPage';

export default function PlaybookPage() {
  const { id = '' } = useParams();
  const may = useMay();
  const { data, error } = useQuery({ queryKey: ['playbooks', id], queryFn: ({ signal }) => api.get<PlaybookDetail>(`/api/playbooks/${encodeURIComponent(id)}`, {}, signal) });
  return (
    <>
      <PageHeader title={data?.playbook.name ?? id}>{data?.playbook.description}</PageHeader>
      <ProblemAlert error={error} />
      {data && (
        <Tabs defaultValue="about" keepMounted={false}>
          <Tabs.List mb="md">
            <Tabs.Tab value="about">About</Tabs.Tab>
            <Tabs.Tab value="text">Text</Tabs.Tab>
            {may.operate && <Tabs.Tab value="try">Try it</Tabs.Tab>}
          </Tabs.List>
          <Tabs.Panel value="about">
            <About detail={data} />
          </Tabs.Panel>
          <Tabs.Panel value="text">
            <Editor key={data.text} id={id} detail={data} editable={may.administer} />
          </Tabs.Panel>
          <Tabs.Panel value="try">
            <Trial id={id} kinds={data.playbook.kinds} />
          </Tabs.Panel>
        </Tabs>
      )}
    </>
  );
}

function About({ detail }: { detail: PlaybookDetail }) {
  const { playbook } = detail;
  return (
    <Stack>
      <Group gap="xs">
        {playbook.kinds.map((kind) => (
          <Badge key={kind} variant="light">
            {words(kind)}
          </Badge>
        ))}
        {playbook.causes.map((cause) => (
          <Badge key={cause} variant="outline">
            because of {words(cause)}
          </Badge>
        ))}
        {!playbook.enabled && <Badge color="gray">Off</Badge>}
      </Group>
      <Text size="sm">
        Does <Code>{playbook.actions.join(', ')}</Code>. Not again on the same target for {spanWords(playbook.cooldown)}. Owner: {playbook.owner}.
      </Text>
      <Group gap={6}>
        <Text size="sm">Helped:</Text> <Helped playbook={playbook} />
      </Group>
      <Markdown text={detail.docs} />
      <Anchor href={`/studio/workflows/definitions/${encodeURIComponent(playbook.definitionId)}/edit`} size="sm">
        Look at it as a workflow in Studio
      </Anchor>
    </Stack>
  );
}

function Editor({ id, detail, editable }: { id: string; detail: PlaybookDetail; editable: boolean }) {
  const [text, setText] = useState(detail.text);
  const [checked] = useDebouncedValue(text, 500);
  const check = useQuery({
    queryKey: ['playbook-check', id, checked],
    queryFn: () => api.post<PlaybookCheck>('/api/playbooks/validate', { text: checked, file: detail.playbook.file }),
  });
  const save = useSend((next: string) => api.put(`/api/playbooks/${encodeURIComponent(id)}`, { text: next }), { done: 'Saved, and in use.', refresh: ['playbooks'], quiet: true });
  const problems = check.data?.problems ?? [];
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate(text);
      }}
    >
      {problems.length > 0 ? (
        <Alert color="red" variant="light" mb="md" title="This cannot be used as it is." role="alert">
          <Problems problems={problems} />
        </Alert>
      ) : (
        <ProblemAlert error={save.error ?? check.error} />
      )}
      <Textarea
        label="Playbook"
        description={editable ? 'YAML. It is checked while you write; what is saved is used at once.' : 'An administrator changes it.'}
        value={text}
        readOnly={!editable}
        onChange={(event) => setText(event.currentTarget.value)}
        autosize
        error={problems.length > 0 || !!save.error}
        minRows={16}
        maxRows={44}
        spellCheck={false}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 13, whiteSpace: 'pre', overflowX: 'auto' } }}
      />
      {editable && (
        <Group mt="md">
          <Button type="submit" loading={save.isPending} disabled={problems.length > 0 || text === detail.text}>
            Save
          </Button>
          <Button variant="default" disabled={text === detail.text} onClick={() => setText(detail.text)}>
            Back to what is saved
          </Button>
          {problems.length === 0 && check.data && (
            <Text size="sm" c="dimmed">
              No problem found.
            </Text>
          )}
        </Group>
      )}
    </form>
  );
}

function Trial({ id, kinds }: { id: string; kinds: string[] }) {
  const [target, setTarget] = useState('');
  const [labels, setLabels] = useState('');
  const pairs = labels.split(/[\n,]/).map((pair) => pair.trim()).filter((pair) => pair !== '');
  const noPair = pairs.find((pair) => pair.indexOf('=') < 1);
  const trial = useSend(
    (incident: unknown) => api.post<TrialResult>(`/api/playbooks/${encodeURIComponent(id)}/dry-run`, { incident }),
    { quiet: true },
  );
  return (
    <Stack>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const cut = (pair: string) => [pair.slice(0, pair.indexOf('=')).trim(), pair.slice(pair.indexOf('=') + 1).trim()];
          if (!noPair) trial.mutate({ kind: kinds[0], target, part: null, labels: Object.fromEntries(pairs.map(cut)) });
        }}
      >
        <Stack gap="sm" maw={520}>
          <Text size="sm">What must hold is looked at for real. Nothing is done.</Text>
          <TextInput label="Target" placeholder="docker:default/container/web" value={target} onChange={(event) => setTarget(event.currentTarget.value)} required />
          <TextInput label="Labels" placeholder="instance=http://127.0.0.1:8080, seconds=300" value={labels} onChange={(event) => setLabels(event.currentTarget.value)} error={noPair && <><bdi>{noPair}</bdi> is no label. Write name=value, with commas between them.</>} />
          <Group>
            <Button type="submit" loading={trial.isPending}>
              Try it
            </Button>
          </Group>
        </Stack>
      </form>
      <ProblemAlert error={trial.error} />
      {trial.data && <Outcome result={trial.data} />}
    </Stack>
  );
}

function Outcome({ result }: { result: TrialResult }) {
  return (
    <Stack gap="sm">
      {!result.matches && <Alert color="yellow">It would not be proposed: {result.whyNotMatching}.</Alert>}
      {result.preconditions.map((asked, index) => (
        <Paper key={index} withBorder p="sm">
          <Group gap="xs">
            <Badge color={asked.holds ? 'teal' : 'red'}>{asked.holds ? 'Holds' : 'Does not hold'}</Badge>
            <Code>{asked.activity}</Code>
            <Text size="sm">{asked.holds ? asked.expression : asked.why}</Text>
          </Group>
        </Paper>
      ))}
      {result.problems.length > 0 && <Alert color="red">{result.problems.join(' ')}</Alert>}
      {result.plan ? (
        <>
          <Title order={3} size="h5">
            Exactly this would be done
          </Title>
          <JsonView value={result.plan} label="The plan" />
        </>
      ) : (
        <Alert color="yellow">Nothing would be done: {result.whyNoPlan}</Alert>
      )}
      {result.runId && (
        <Anchor component={Link} to={`/runs/${result.runId}`} size="sm">
          The dry run, with what the gate says
        </Anchor>
      )}
    </Stack>
  );
}
