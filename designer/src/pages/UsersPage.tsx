import { Badge, Button, Group, Modal, Select, Stack, Switch, Table, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { api } from '../api/client';
import type { NewPassword, UserInfo } from '../api/types';
import { Confirm } from '../parts/Confirm';
import { ListTable } from '../parts/ListTable';
import { PageHeader } from '../parts/PageHeader';
import { faultAt, ProblemAlert } from '../parts/ProblemAlert';
import { SecretOnce } from '../parts/SecretOnce';
import { Time } from '../parts/Time';
import { useListing } from '../parts/useListing';
import { useSend } from '../parts/useSend';
import { useSession } from '../session/Session';

export const roles = [
  { value: 'viewer', label: 'Viewer: looks' },
  { value: 'operator', label: 'Operator: runs, approves, stops' },
  { value: 'admin', label: 'Admin: everything' },
];

export default function UsersPage() {
  const list = useListing<UserInfo>('users', '/api/users');
  const { user: me } = useSession();
  const [adding, setAdding] = useState(false);
  const [editing, setEditing] = useState<UserInfo>();
  const [secret, setSecret] = useState<NewPassword>();
  const reset = useSend((user: UserInfo) => api.post<NewPassword>(`/api/users/${user.id}/password`), { onDone: setSecret });
  const remove = useSend((user: UserInfo) => api.delete(`/api/users/${user.id}`), { done: (user) => `${user.name} is deleted.`, refresh: ['users'] });
  return (
    <>
      <PageHeader title="Users" actions={<Button onClick={() => setAdding(true)}>Add a user</Button>}>
        Who may sign in, and what they may do.
      </PageHeader>
      <ListTable
        caption="Users"
        list={list}
        rowKey={(user) => user.id}
        empty={null}
        columns={[
          {
            title: 'Name',
            render: (user) => (
              <Group gap="xs">
                <Text fw={500}>{user.name}</Text>
                {user.id === me?.id && <Badge variant="outline">you</Badge>}
                {user.disabled && <Badge color="gray">disabled</Badge>}
              </Group>
            ),
          },
          { title: 'Role', render: (user) => user.role },
          { title: 'Last sign-in', wide: true, render: (user) => <Time at={user.lastSignInAt} empty="never" /> },
          {
            title: 'Change',
            align: 'right',
            render: (user) => (
              <Button size="xs" variant="default" onClick={() => setEditing(user)} aria-label={`Change ${user.name}`}>
                Change
              </Button>
            ),
          },
        ]}
      />
      <RoleTable />
      <AddUser opened={adding} onClose={() => setAdding(false)} onAdded={setSecret} />
      {editing && (
        <EditUser
          user={editing}
          onClose={() => setEditing(undefined)}
          onReset={() => {
            setEditing(undefined);
            reset.mutate(editing);
          }}
          onDelete={() => {
            setEditing(undefined);
            remove.mutate(editing);
          }}
        />
      )}
      <SecretOnce title={`Password of ${secret?.name}`} secret={secret?.password} onClose={() => setSecret(undefined)} />
    </>
  );
}

function AddUser({ opened, onClose, onAdded }: { opened: boolean; onClose: () => void; onAdded: (made: NewPassword) => void }) {
  const [name, setName] = useState('');
  const [role, setRole] = useState('operator');
  const add = useSend(() => api.post<NewPassword>('/api/users', { name, role }), {
    quiet: true,
    refresh: ['users'],
    onDone: (made) => {
      onClose();
      setName('');
      onAdded(made);
    },
  });
  return (
    <Modal opened={opened} onClose={onClose} title="Add a user" centered closeButtonProps={{ 'aria-label': 'Close' }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          add.mutate(undefined);
        }}
      >
        <Stack>
          <ProblemAlert error={add.error} fields={['name']} />
          <TextInput label="Name" required autoCapitalize="none" value={name} onChange={(event) => setName(event.currentTarget.value)} error={faultAt(add.error, 'name')} data-autofocus />
          <Select label="Role" data={roles} value={role} onChange={(value) => value && setRole(value)} allowDeselect={false} />
          <Text size="sm" c="dimmed">
            A first password is made and shown once. The user is asked to change it.
          </Text>
          <Button type="submit" loading={add.isPending}>
            Add
          </Button>
        </Stack>
      </form>
    </Modal>
  );
}

function EditUser({ user, onClose, onReset, onDelete }: { user: UserInfo; onClose: () => void; onReset: () => void; onDelete: () => void }) {
  const [role, setRole] = useState(user.role);
  const [disabled, setDisabled] = useState(user.disabled);
  const change = useSend(() => api.put(`/api/users/${user.id}`, { role, disabled }), { quiet: true, done: `${user.name} is changed and signed out everywhere.`, refresh: ['users', 'session'], onDone: onClose });
  return (
    <Modal opened onClose={onClose} title={`Change ${user.name}`} centered closeButtonProps={{ 'aria-label': 'Close' }}>
      <Stack>
        <ProblemAlert error={change.error} />
        <Select label="Role" data={roles} value={role} onChange={(value) => value && setRole(value)} allowDeselect={false} />
        <Switch label="May not sign in" checked={disabled} onChange={(event) => setDisabled(event.currentTarget.checked)} />
        <Button onClick={() => change.mutate(undefined)} loading={change.isPending}>
          Save
        </Button>
        <Group grow>
          <Confirm label="New password" question={`Make a new password for ${user.name}?`} variant="default" onConfirm={onReset}>
            The old one stops working and the user is signed out everywhere.
          </Confirm>
          <Confirm label="Delete" question={`Delete ${user.name}?`} variant="light" color="red" onConfirm={onDelete}>
            What they did stays in the audit.
          </Confirm>
        </Group>
      </Stack>
    </Modal>
  );
}

function RoleTable() {
  return (
    <Table.ScrollContainer minWidth={0} type="native" mt="xl">
      <Table aria-label="What each role may do" withTableBorder>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Role</Table.Th>
            <Table.Th scope="col">May</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          <Table.Tr>
            <Table.Td>viewer</Table.Td>
            <Table.Td>look at everything but users and keys</Table.Td>
          </Table.Tr>
          <Table.Tr>
            <Table.Td>operator</Table.Td>
            <Table.Td>also run and cancel workflows, answer approvals, pause, resume and stop</Table.Td>
          </Table.Tr>
          <Table.Tr>
            <Table.Td>admin</Table.Td>
            <Table.Td>also change workflows, rules, users, keys and settings</Table.Td>
          </Table.Tr>
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
