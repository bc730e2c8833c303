import { Button, Card, PasswordInput, Stack } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { api } from '../api/client';
import { PageHeader } from '../parts/PageHeader';
import { faultAt, ProblemAlert } from '../parts/ProblemAlert';
import { useSend } from '../parts/useSend';
import { sessionKey } from './Session';

/** @param first Whoever signed in with a password that was printed or given chooses another before anything else. */
export default function PasswordPage({ first }: { first?: boolean }) {
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [again, setAgain] = useState('');
  const client = useQueryClient();
  const navigate = useNavigate();
  const change = useSend(() => api.post('/api/session/password', { current, new: next }), {
    quiet: true,
    done: 'The password is changed. Other devices were signed out.',
    onDone: () => {
      void client.invalidateQueries({ queryKey: sessionKey });
      void navigate('/');
    },
  });
  const differs = again.length > 0 && again !== next;
  const toggle = { 'aria-label': 'Show the password' };
  return (
    <>
      <PageHeader title={first ? 'Choose your password' : 'Change password'}>{first && 'The one you signed in with was made for you and is not kept. '}At least 12 characters; a few words are easy to keep in mind.</PageHeader>
      <Card withBorder maw={480} padding="lg">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (!differs) change.mutate(undefined);
          }}
        >
          <Stack>
            <ProblemAlert error={change.error} fields={['current', 'new']} />
            <PasswordInput label="Current password" autoComplete="current-password" required value={current} onChange={(event) => setCurrent(event.currentTarget.value)} error={faultAt(change.error, 'current')} visibilityToggleButtonProps={toggle} />
            <PasswordInput label="New password" autoComplete="new-password" required value={next} onChange={(event) => setNext(event.currentTarget.value)} error={faultAt(change.error, 'new')} visibilityToggleButtonProps={toggle} />
            <PasswordInput
              label="New password again"
              autoComplete="new-password"
              required
              value={again}
              onChange={(event) => setAgain(event.currentTarget.value)}
              error={differs && 'It is not the same as above.'}
              visibilityToggleButtonProps={toggle}
            />
            <Button type="submit" loading={change.isPending}>
              Change password
            </Button>
          </Stack>
        </form>
      </Card>
    </>
  );
}
