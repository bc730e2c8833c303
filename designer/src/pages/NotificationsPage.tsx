import { Alert, Button, Card, Checkbox, Group, Select, SimpleGrid, Stack, Switch, Text, TextInput, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../api/client';
import type { NotificationChoice, NotificationChoices } from '../api/types';
import { PageHeader } from '../parts/PageHeader';
import { faultAt, ProblemAlert } from '../parts/ProblemAlert';
import { useSend } from '../parts/useSend';

const wishes = [
  { value: 'each', label: 'Each one' },
  { value: 'critical', label: 'Critical only' },
  { value: 'summary', label: 'In the daily summary' },
  { value: 'none', label: 'Nothing' },
];

const events = [
  { name: 'questions', label: 'Questions', description: 'What waits for your answer', choices: wishes.filter((wish) => wish.value !== 'summary') },
  { name: 'before', label: 'Before', description: 'About to be done', choices: wishes },
  { name: 'after', label: 'After', description: 'Was done', choices: wishes },
  { name: 'alerts', label: 'Alerts', description: 'Incidents, refusals, failures', choices: wishes },
] as const;

const channels: Record<string, { title: string; address?: string; description?: string }> = {
  telegram: { title: 'Telegram' },
  email: { title: 'E-mail', address: 'Address', description: 'Sent by the connection that the settings name' },
  discord: { title: 'Discord', address: 'Connection', description: 'Name of the connection; default where it is empty' },
  ntfy: { title: 'ntfy', address: 'Topic', description: 'Whoever knows a topic of a public server can read it' },
};

const everything = { questions: 'each', before: 'each', after: 'each', alerts: 'each', daily: true, weekly: false, monthly: false };
const nothing = { questions: 'none', before: 'none', after: 'none', alerts: 'none', daily: false, weekly: false, monthly: false };

const isOn = (choice: NotificationChoice) => events.some((event) => choice[event.name] !== 'none') || !!(choice.daily || choice.weekly || choice.monthly);

export default function NotificationsPage() {
  const { data, error } = useQuery({ queryKey: ['notifications'], queryFn: ({ signal }) => api.get<NotificationChoices>('/api/notifications/choices', {}, signal), staleTime: Infinity });
  return (
    <>
      <PageHeader title="Notifications">What you are told, and how. Everybody chooses for themselves; questions and answers are always in the console, too.</PageHeader>
      <ProblemAlert error={error} />
      {data && <Choices key={JSON.stringify(data)} saved={data} />}
    </>
  );
}

function Choices({ saved }: { saved: NotificationChoices }) {
  const [choices, setChoices] = useState(saved.choices);
  const change = (channel: string, changes: Partial<NotificationChoice>) => setChoices(choices.map((choice) => (choice.channel === channel ? { ...choice, ...changes, saved: true } : choice)));
  const sent = choices.filter((choice) => choice.saved && (isOn(choice) || choice.channel === 'telegram'));
  const addressOf = (choice: NotificationChoice) => `choices[${sent.indexOf(choice)}].address`;
  const save = useSend(() => api.put('/api/notifications/choices', { choices: sent }), {
    done: 'Saved.',
    refresh: ['notifications'],
    quiet: true,
  });
  const changed = JSON.stringify(choices) !== JSON.stringify(saved.choices);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate(undefined);
      }}
    >
      <ProblemAlert error={save.error} fields={sent.map(addressOf)} />
      <SimpleGrid cols={{ base: 1, lg: 2 }}>
        {choices.map((choice) => (
          <Channel key={choice.channel} choice={choice} known={saved.knownToTelegram} canTest={!changed && isOn(choice)} wrong={faultAt(save.error, addressOf(choice))} change={(changes) => change(choice.channel, changes)} />
        ))}
      </SimpleGrid>
      <Group mt="md">
        <Button type="submit" disabled={!changed} loading={save.isPending}>
          Save
        </Button>
        <Button variant="default" disabled={!changed} onClick={() => setChoices(saved.choices)}>
          Back to what is saved
        </Button>
      </Group>
    </form>
  );
}

function Channel({ choice, known, canTest, wrong, change }: { choice: NotificationChoice; known: boolean; canTest: boolean; wrong?: string; change: (changes: Partial<NotificationChoice>) => void }) {
  const { title, address, description } = channels[choice.channel] ?? { title: choice.channel };
  const test = useSend(() => api.post(`/api/notifications/choices/${choice.channel}/test`), { done: `A test was sent by ${title}.` });
  const on = isOn(choice);
  const unknown = choice.channel === 'telegram' && !known;
  return (
    <Card withBorder padding="lg" component="section" aria-label={title}>
      <Group justify="space-between" mb="sm">
        <Title order={2} size="h4">
          {title}
        </Title>
        <Switch label={`Tell me by ${title}`} checked={on} disabled={unknown} onChange={(event) => change(event.currentTarget.checked ? everything : nothing)} />
      </Group>
      {unknown && (
        <Alert color="gray" variant="light">
          <Text size="sm">The settings do not say who you are in Telegram. An administrator sets Telegram:Users:NUMBER to your name, where NUMBER is yours in Telegram.</Text>
        </Alert>
      )}
      {on && (
        <Stack gap="sm">
          {address && <TextInput label={address} aria-label={`${title}: ${address}`} description={description} value={choice.address} error={wrong} onChange={(event) => change({ address: event.currentTarget.value })} />}
          <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
            {events.map((event) => (
              <Select
                key={event.name}
                label={event.label}
                aria-label={`${title}: ${event.label}`}
                description={event.description}
                data={[...event.choices]}
                value={choice[event.name]}
                allowDeselect={false}
                onChange={(value) => change({ [event.name]: value ?? 'none' })}
              />
            ))}
          </SimpleGrid>
          <Group gap="md" role="group" aria-label={`${title}: reports`}>
            <Checkbox label="Daily report" checked={choice.daily} onChange={(event) => change({ daily: event.currentTarget.checked })} />
            <Checkbox label="Weekly" checked={choice.weekly} onChange={(event) => change({ weekly: event.currentTarget.checked })} />
            <Checkbox label="Monthly" checked={choice.monthly} onChange={(event) => change({ monthly: event.currentTarget.checked })} />
          </Group>
          <Group>
            <Button size="xs" variant="default" disabled={!canTest} loading={test.isPending} onClick={() => test.mutate(undefined)}>
              Send a test by {title}
            </Button>
          </Group>
        </Stack>
      )}
    </Card>
  );
}
