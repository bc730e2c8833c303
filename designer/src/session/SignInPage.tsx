import { Button, Card, Center, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { api } from '../api/client';
import type { SessionInfo } from '../api/types';
import { ProblemAlert } from '../parts/ProblemAlert';
import { changePerson } from './Session';

export function SignInPage() {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const client = useQueryClient();
  const signIn = useMutation({
    mutationFn: () => api.post<SessionInfo>('/api/session', { name, password }),
    onSuccess: (session) => changePerson(client, session),
    onError: () => setPassword(''),
  });
  useEffect(() => {
    document.title = 'Sign in · Homelab.Workflows';
  }, []);
  return (
    <Center component="main" mih="100dvh" p="md">
      <Card withBorder shadow="sm" padding="xl" w="100%" maw={400}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            signIn.mutate();
          }}
        >
          <Stack>
            <img src="/icon.svg" alt="" width={40} height={40} />
            <div>
              <Title order={1} size="h3">
                Homelab.Workflows
              </Title>
              <Text size="sm" c="dimmed">
                At the first start the engine printed the name and the password where it was started.
              </Text>
            </div>
            <ProblemAlert error={signIn.error} />
            <TextInput label="Name" name="username" autoComplete="username" autoCapitalize="none" required autoFocus value={name} onChange={(event) => setName(event.currentTarget.value)} />
            <PasswordInput
              label="Password"
              name="password"
              autoComplete="current-password"
              required
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
              visibilityToggleButtonProps={{ 'aria-label': 'Show the password' }}
            />
            <Button type="submit" loading={signIn.isPending} fullWidth>
              Sign in
            </Button>
          </Stack>
        </form>
      </Card>
    </Center>
  );
}
