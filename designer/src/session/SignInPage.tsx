import { Alert, Button, Card, Center, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { api } from '../api/client';
import type { SessionInfo } from '../api/types';
import { ProblemAlert } from '../parts/ProblemAlert';
import { safeReturn } from './safeReturn';
import { changePerson, useSession } from './Session';

/** Why the provider's word was not enough, as the server names it in the address. */
const problems: Record<string, string> = {
  denied: 'The provider did not let you in, or you went back there. Try again.',
  disabled: 'This user is disabled here. An administrator can let it in again under Users.',
  expired: 'It took too long, or began in another window. Try again.',
  group: 'None of your groups has a role here. An administrator gives one to a group in the settings, such as Oidc:ViewerGroups.',
  name: 'The provider gave no name that can be used. An administrator can choose another claim in Oidc:NameClaim.',
  provider: 'It did not answer, or did not prove who you are. The log of this server says why. Name and password go on working.',
  taken: 'Another user has your name here already. An administrator can rename or delete that one under Users.',
};

export function SignInPage() {
  const { provider } = useSession();
  const search = new URLSearchParams(window.location.search);
  const problem = problems[search.get('problem') ?? ''];
  const page = window.location.pathname === '/sign-in' ? safeReturn(search.get('return')) : window.location.pathname + window.location.search;
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
            {problem && !signIn.error && (
              <Alert color="red" variant="light" role="alert" title={`Not signed in with ${provider ?? 'the provider'}`}>
                {problem}
              </Alert>
            )}
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
            {provider && (
              <Button component="a" href={`/api/session/oidc/start?return=${encodeURIComponent(page)}`} variant="default" fullWidth h="auto" py={8} styles={{ label: { whiteSpace: 'normal', lineHeight: 1.3 } }}>
                Sign in with {provider}
              </Button>
            )}
          </Stack>
        </form>
      </Card>
    </Center>
  );
}
