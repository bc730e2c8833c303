import { Alert, Anchor, Button, Card, Group, List, Select, Stack, Table, Text, Textarea, TextInput, Title } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useSearchParams } from 'react-router';
import { api } from '../api/client';
import type { FileProblem, RulesCheck, RulesInfo, RulesTrial } from '../api/types';
import { PageHeader } from '../parts/PageHeader';
import { ProblemAlert } from '../parts/ProblemAlert';
import { VerdictBadge } from '../parts/badges';
import { Time } from '../parts/Time';
import { useSend } from '../parts/useSend';
import { useMay } from '../session/Session';

export default function RulesPage() {
  const { data, error } = useQuery({ queryKey: ['rules'], queryFn: ({ signal }) => api.get<RulesInfo>('/api/rules', {}, signal), staleTime: Infinity });
  const [search, setSearch] = useSearchParams();
  const name = search.get('file') ?? data?.files[0]?.name;
  const file = data?.files.find((one) => one.name === name);
  return (
    <>
      <PageHeader title="Rules">How confidence and risk are scored, and what follows from them. A text with a mistake changes nothing; what holds is {data?.version ? `version ${data.version.slice(0, 8)}` : 'nothing'}.</PageHeader>
      <ProblemAlert error={error} />
      {data && (
        <Stack>
          <ProblemList problems={data.problems} title="The files as they are have mistakes; what was good before holds." />
          <Select label="File" data={data.files.map((one) => one.name)} value={name ?? null} allowDeselect={false} onChange={(value) => setSearch(value ? { file: value } : {}, { replace: true })} maw={320} />
          {file && <Editor key={file.name + file.text} name={file.name} saved={file.text} decision={search.get('decision')} />}
        </Stack>
      )}
    </>
  );
}

function Editor({ name, saved, decision }: { name: string; saved: string; decision: string | null }) {
  const may = useMay();
  const [text, setText] = useState(saved);
  const check = useMutation({ mutationFn: () => api.post<RulesCheck>('/api/rules/check', { name, text }) });
  const save = useSend(() => api.put(`/api/rules/${encodeURIComponent(name)}`, { text }), { done: 'Saved, and in force.', refresh: ['rules', 'controls', 'audit'], quiet: true });
  return (
    <Stack>
      <Textarea
        label={name}
        description={may.administer ? 'JSON' : 'JSON. An administrator changes it; you may try changes here.'}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          check.reset();
          save.reset();
        }}
        readOnly={!may.operate}
        error={!!save.error || (check.data?.problems.length ?? 0) > 0}
        autosize
        minRows={12}
        maxRows={36}
        spellCheck={false}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 13 } }}
      />
      <ProblemAlert error={check.error ?? save.error} />
      {check.data && (check.data.problems.length > 0 ? <ProblemList problems={check.data.problems} title="It has mistakes." /> : <Alert color="teal" variant="light" role="status" title="Nothing is wrong with it." />)}
      {may.operate && (
        <Group>
          <Button variant="default" loading={check.isPending} onClick={() => check.mutate()}>
            Check
          </Button>
          {may.administer && (
            <Button disabled={text === saved} loading={save.isPending} onClick={() => save.mutate(undefined)}>
              Check and save
            </Button>
          )}
          <Button variant="default" disabled={text === saved} onClick={() => setText(saved)}>
            Back to what is saved
          </Button>
        </Group>
      )}
      {may.operate && <Trial name={name} text={text} first={decision ?? ''} />}
    </Stack>
  );
}

function Trial({ name, text, first }: { name: string; text: string; first: string }) {
  const [decision, setDecision] = useState(first);
  const attempt = useMutation({ mutationFn: () => api.post<RulesTrial>('/api/rules/try', { file: { name, text }, decisionId: decision.trim() || undefined }) });
  const result = attempt.data;
  return (
    <Card withBorder padding="lg">
      <Title order={2} size="h4" mb={4}>
        Try it
      </Title>
      <Text size="sm" mb="sm">
        Decides the stored facts of the last 500 decisions again, or those of one, with the text above. Nothing is changed or done.
      </Text>
      <Group align="flex-end" mb="md">
        <TextInput label="Decision" placeholder="All of the last 500" value={decision} onChange={(event) => setDecision(event.currentTarget.value)} style={{ flex: '1 1 260px', maxWidth: 420 }} />
        <Button variant="default" loading={attempt.isPending} onClick={() => attempt.mutate()}>
          Try
        </Button>
      </Group>
      <ProblemAlert error={attempt.error} />
      {result?.backtest && (
        <Stack gap="sm" role="status">
          <Text fw={500}>
            {result.backtest.differences.length === 0 ? `All ${result.backtest.decisions} would be decided the same.` : `${result.backtest.differences.length} of ${result.backtest.decisions} would be decided otherwise.`}
          </Text>
          {result.backtest.differences.length > 0 && (
            <Table.ScrollContainer minWidth={0} type="native">
              <Table aria-label="What would be decided otherwise">
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th scope="col">What</Table.Th>
                    <Table.Th scope="col">Was</Table.Th>
                    <Table.Th scope="col">Would be</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {result.backtest.differences.map((difference) => (
                    <Table.Tr key={difference.decisionId}>
                      <Table.Td style={{ overflowWrap: 'anywhere' }}>
                        <Anchor component={Link} to={`/decisions/${difference.decisionId}`} size="sm">
                          {difference.action} on {difference.target}
                        </Anchor>
                        <Text size="xs" c="dimmed">
                          <Time at={difference.at} />. {difference.why}
                        </Text>
                      </Table.Td>
                      <Table.Td>
                        <VerdictBadge verdict={difference.was} />
                      </Table.Td>
                      <Table.Td>
                        <VerdictBadge verdict={difference.would} />
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          )}
          <Text size="xs" c="dimmed">
            {result.backtest.caveat}
          </Text>
        </Stack>
      )}
      {result?.would && (
        <Stack gap="sm" role="status">
          <Group gap="xs">
            <VerdictBadge verdict={result.was ?? ''} />
            <Text size="sm">would be</Text>
            <VerdictBadge verdict={result.would} />
          </Group>
          <Text size="sm">{result.sentence}</Text>
          <Table aria-label="How it would be decided">
            <Table.Tbody>
              {result.table.map((row, index) => (
                <Table.Tr key={index}>
                  <Table.Th scope="row" fw={400}>
                    {row.name}
                  </Table.Th>
                  <Table.Td>{row.value}</Table.Td>
                  <Table.Td visibleFrom="sm">{row.comparedWith}</Table.Td>
                  <Table.Td>{row.effect}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Stack>
      )}
    </Card>
  );
}

function ProblemList({ problems, title }: { problems: FileProblem[]; title: string }) {
  if (problems.length === 0) return null;
  return (
    <Alert color="red" variant="light" role="alert" title={title}>
      <List size="sm">
        {problems.map((problem, index) => (
          <List.Item key={index}>
            <b>
              {problem.file}, line {problem.line}, {problem.path}
            </b>
            : {problem.message}
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}
