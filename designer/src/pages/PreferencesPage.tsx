import { Alert, Button, Group, Stack, Text, Textarea } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../api/client';
import { PageHeader } from '../parts/PageHeader';
import { JsonView } from '../parts/JsonView';
import { ProblemAlert } from '../parts/ProblemAlert';
import { useSend } from '../parts/useSend';
import { useMay } from '../session/Session';

export default function PreferencesPage() {
  const may = useMay();
  const { data, error } = useQuery({ queryKey: ['preferences'], queryFn: ({ signal }) => api.get<unknown>('/api/preferences', {}, signal), staleTime: Infinity });
  return (
    <>
      <PageHeader title="Preferences">
        What your household wants: windows, quiet hours, budgets, what always needs a person, what hangs on what. A text with a mistake changes nothing.
      </PageHeader>
      <ProblemAlert error={error} />
      {data !== undefined && (may.administer ? <Editor key={JSON.stringify(data)} saved={JSON.stringify(data, null, 2)} /> : <ReadOnly value={data} />)}
    </>
  );
}

function ReadOnly({ value }: { value: unknown }) {
  return (
    <Stack>
      <Alert color="gray">An administrator changes these.</Alert>
      <JsonView value={value} label="Preferences" />
    </Stack>
  );
}

function Editor({ saved }: { saved: string }) {
  const [text, setText] = useState(saved);
  const [unread, setUnread] = useState<string>();
  const save = useSend((preferences: unknown) => api.put('/api/preferences', preferences), { done: 'Saved, and in force.', refresh: ['preferences', 'controls'], quiet: true });
  const submit = () => {
    setUnread(undefined);
    let parsed: unknown;
    try {
      parsed = JSON.parse(text);
    } catch (error) {
      setUnread((error as Error).message);
      return;
    }
    save.mutate(parsed);
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      {unread && (
        <Alert color="red" variant="light" mb="md" role="alert" title="This is no JSON.">
          <Text size="sm">{unread} Correct it and save again.</Text>
        </Alert>
      )}
      {!unread && <ProblemAlert error={save.error} />}
      <Textarea
        label="Preferences"
        description="JSON. {} stands for the careful defaults."
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        error={!!unread || !!save.error}
        autosize
        minRows={14}
        maxRows={40}
        spellCheck={false}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 13 } }}
      />
      <Group mt="md">
        <Button type="submit" loading={save.isPending}>
          Check and save
        </Button>
        <Button
          variant="default"
          disabled={text === saved}
          onClick={() => {
            setText(saved);
            setUnread(undefined);
            save.reset();
          }}
        >
          Back to what is saved
        </Button>
      </Group>
      <details>
        <summary>
          <Text span size="sm">
            An example
          </Text>
        </summary>
        <JsonView value={example} label="An example" />
      </details>
    </form>
  );
}

const example = {
  timeZone: 'Europe/Berlin',
  autonomy: 'conservative',
  actionsPerDay: 20,
  cooldown: '10m',
  quietHours: '22:00-07:00',
  maintenanceWindows: ['* 02:00-05:00', 'Saturday *'],
  needsApproval: ['updates', 'docker.remove_*'],
  criticalServices: ['dns', 'router'],
  services: { media: { cooldown: '30m', actionsPerDay: 3 } },
  dependencies: { media: ['nas'], nas: ['router'] },
  approvals: { timeout: '5m', remindEvery: '2m' },
};
