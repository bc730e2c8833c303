import { ActionIcon, Button, Group, Menu, Modal, SegmentedControl, Stack, Text, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconHandStop, IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react';
import { useState } from 'react';
import { api } from '../api/client';
import { useSend } from '../parts/useSend';
import { useMay } from '../session/Session';
import { useControls } from './useControls';

const levels = [
  { value: 'conservative', label: 'Careful', help: 'Asks before nearly everything that changes something.' },
  { value: 'moderate', label: 'Moderate', help: 'Does what is proven and of low risk, asks for the rest.' },
  { value: 'aggressive', label: 'Bold', help: 'Asks only for what is risky or unproven.' },
];

/** Always in sight: how much it may do by itself, and the emergency stop. */
export function Controls() {
  const may = useMay();
  const data = useControls();
  const [asking, ask] = useDisclosure();
  const [reason, setReason] = useState('');
  const send = useSend(({ action, body }: { action: string; body?: object; done: string }) => (action === 'autonomy' ? api.put('/api/controls/autonomy', body) : api.post(`/api/controls/${action}`, body ?? {})), {
    done: ({ done }) => done,
    refresh: ['controls', 'overview', 'audit', 'approvals'],
  });
  if (!data) return null;
  const halted = !!(data.stop ?? data.pause);
  const mark = data.stop ?? data.pause ?? data.breaker;
  const level = levels.find((entry) => entry.value === data.autonomy);
  const state = data.stop ? 'Stopped' : data.pause ? 'Paused' : data.breaker ? 'Breaker open' : (level?.label ?? data.autonomy);
  const color = data.stop ? 'red' : data.pause || data.breaker ? 'orange' : 'teal';
  return (
    <Group gap={6} wrap="nowrap">
      <Menu position="bottom-end" width={300} disabled={!may.operate}>
        <Menu.Target>
          <Button size="xs" variant="light" color={color} aria-label={`Autonomy: ${state}`}>
            {state}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>What it may do by itself</Menu.Label>
          {mark && (
            <Text size="xs" px="sm" pb="xs">
              {mark.reason} ({mark.by})
            </Text>
          )}
          <Stack gap={4} px="sm" pb="xs">
            <SegmentedControl
              size="xs"
              fullWidth
              aria-label="Autonomy"
              value={data.autonomy}
              disabled={!may.administer}
              data={levels.map(({ value, label }) => ({ value, label }))}
              onChange={(autonomy) => send.mutate({ action: 'autonomy', body: { level: autonomy, reason: 'Set in the console' }, done: 'The autonomy level is changed, on every node.' })}
            />
            <Text size="xs" c="dimmed">
              {level?.help} {!may.administer && 'An administrator sets this.'}
            </Text>
          </Stack>
          <Menu.Divider />
          {halted ? (
            <Menu.Item leftSection={<IconPlayerPlay size={16} />} onClick={() => send.mutate({ action: 'resume', body: { reason: 'Resumed in the console' }, done: 'It may act again.' })}>
              Resume
            </Menu.Item>
          ) : (
            <Menu.Item leftSection={<IconPlayerPause size={16} />} onClick={() => send.mutate({ action: 'pause', body: { reason: 'Paused in the console' }, done: 'Paused: it observes and does not act.' })}>
              Pause: observe, do not act
            </Menu.Item>
          )}
          {data.breaker && (
            <Menu.Item onClick={() => send.mutate({ action: 'breaker/reset', body: { reason: 'Reset in the console' }, done: 'The breaker is reset.' })}>Reset the breaker</Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      {may.operate && !data.stop && (
        <>
          <Button size="xs" color="red" leftSection={<IconHandStop size={16} />} onClick={ask.open} visibleFrom="sm">
            Emergency stop
          </Button>
          <ActionIcon size={30} color="red" variant="filled" aria-label="Emergency stop" onClick={ask.open} hiddenFrom="sm">
            <IconHandStop size={18} />
          </ActionIcon>
        </>
      )}
      {may.operate && data.stop && (
        <Button size="xs" variant="default" onClick={() => send.mutate({ action: 'resume', body: { reason: 'Resumed in the console' }, done: 'It may act again.' })}>
          Resume
        </Button>
      )}
      <Modal opened={asking} onClose={ask.close} title="Stop everything now?" centered closeButtonProps={{ 'aria-label': 'Close' }}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            ask.close();
            send.mutate({ action: 'stop', body: { reason: reason || 'Stopped in the console' }, done: 'Stopped. Nothing with an effect begins until you resume.' });
          }}
        >
          <Text size="sm" mb="sm">
            What runs is halted, and no step with an effect begins on any node until somebody resumes. Watching and alerts go on.
          </Text>
          <TextInput label="Why (for the audit)" maxLength={500} value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
          <Group justify="flex-end" mt="lg">
            <Button variant="default" onClick={ask.close}>
              Not now
            </Button>
            <Button color="red" type="submit" data-autofocus>
              Stop now
            </Button>
          </Group>
        </form>
      </Modal>
    </Group>
  );
}
