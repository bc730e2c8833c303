import { Badge, Button, Group, Modal, Select, Stack, TagsInput, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { api } from '../api/client';
import type { ApiKeyInfo, NewApiKey } from '../api/types';
import { Confirm } from '../parts/Confirm';
import { EmptyState } from '../parts/EmptyState';
import { ListTable } from '../parts/ListTable';
import { PageHeader } from '../parts/PageHeader';
import { faultAt, ProblemAlert } from '../parts/ProblemAlert';
import { SecretOnce } from '../parts/SecretOnce';
import { Time } from '../parts/Time';
import { useListing } from '../parts/useListing';
import { useSend } from '../parts/useSend';
import { useSession } from '../session/Session';
import { roles } from './UsersPage';

const ends = [
  { value: '', label: 'No end' },
  { value: '30', label: 'In 30 days' },
  { value: '90', label: 'In 90 days' },
  { value: '365', label: 'In a year' },
];

export default function ApiKeysPage() {
  const list = useListing<ApiKeyInfo>('api-keys', '/api/api-keys');
  const [adding, setAdding] = useState(false);
  const [made, setMade] = useState<NewApiKey>();
  const revoke = useSend((key: ApiKeyInfo) => api.delete(`/api/api-keys/${key.id}`), { done: (key) => `${key.name} is revoked.`, refresh: ['api-keys'] });
  const add = <Button onClick={() => setAdding(true)}>Make a key</Button>;
  return (
    <>
      <PageHeader title="API keys" actions={add}>
        For scripts and other machines: sent in the header <span className="mono">Authorization: ApiKey …</span>
      </PageHeader>
      <ListTable
        caption="API keys"
        list={list}
        rowKey={(key) => key.id}
        empty={
          <EmptyState title="No keys yet" action={<Button onClick={() => setAdding(true)}>Make the first key</Button>}>
            A script that starts workflows or reads runs needs one. People sign in instead.
          </EmptyState>
        }
        columns={[
          {
            title: 'Name',
            render: (key) => (
              <Stack gap={0}>
                <Text fw={500}>{key.name}</Text>
                <Text size="xs" c="dimmed" className="mono">
                  {key.hint}…
                </Text>
              </Stack>
            ),
          },
          { title: 'May', render: (key) => (key.scopes.length ? `${key.role}: ${key.scopes.join(', ')}` : key.role) },
          { title: 'Last used', wide: true, render: (key) => <Time at={key.lastUsedAt} empty="never" /> },
          { title: 'Ends', wide: true, render: (key) => <Time at={key.expiresAt} empty="never" /> },
          {
            title: 'Revoke',
            align: 'right',
            render: (key) =>
              key.revokedAt ? (
                <Badge color="gray">revoked</Badge>
              ) : (
                <Confirm label="Revoke" size="xs" variant="default" question={`Revoke ${key.name}?`} onConfirm={() => revoke.mutate(key)}>
                  Whoever uses it gets no answer any more, at once.
                </Confirm>
              ),
          },
        ]}
      />
      <AddKey opened={adding} onClose={() => setAdding(false)} onAdded={setMade} />
      <SecretOnce title={`Key ${made?.info.name}`} secret={made?.key} onClose={() => setMade(undefined)} />
    </>
  );
}

function AddKey({ opened, onClose, onAdded }: { opened: boolean; onClose: () => void; onAdded: (made: NewApiKey) => void }) {
  const { areas } = useSession();
  const [name, setName] = useState('');
  const [role, setRole] = useState('operator');
  const [scopes, setScopes] = useState<string[]>([]);
  const [days, setDays] = useState('365');
  const add = useSend(
    () => api.post<NewApiKey>('/api/api-keys', { name, role, scopes, expiresAt: days ? new Date(Date.now() + Number(days) * 86_400_000).toISOString() : null }),
    {
      quiet: true,
      refresh: ['api-keys'],
      onDone: (made) => {
        onClose();
        setName('');
        onAdded(made);
      },
    },
  );
  const scopeFields = scopes.map((_, index) => `scopes[${index}]`);
  const badScope = scopeFields.find((field) => faultAt(add.error, field));
  return (
    <Modal opened={opened} onClose={onClose} title="Make a key" centered closeButtonProps={{ 'aria-label': 'Close' }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          add.mutate(undefined);
        }}
      >
        <Stack>
          <ProblemAlert error={add.error} fields={['name', ...scopeFields]} />
          <TextInput label="Name" description="The machine or script that will hold it" required value={name} onChange={(event) => setName(event.currentTarget.value)} error={faultAt(add.error, 'name')} data-autofocus />
          <Select label="Role" data={roles} value={role} onChange={(value) => value && setRole(value)} allowDeselect={false} />
          <TagsInput label="Only for" description="Parts of the API, such as runs or runs:read. Empty: all that the role may." data={[...(areas ?? []), 'elsa']} value={scopes} onChange={setScopes} error={badScope && faultAt(add.error, badScope)} />
          <Select label="Ends" data={ends} value={days} onChange={(value) => setDays(value ?? '')} allowDeselect={false} />
          <Group justify="flex-end">
            <Button type="submit" loading={add.isPending}>
              Make the key
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
