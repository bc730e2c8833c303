import { Container } from '@mantine/core';
import { queryOptions, useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query';
import { createContext, useContext, useEffect, type ReactNode } from 'react';
import { api, setCsrfToken, setOnSignedOut } from '../api/client';
import type { SessionInfo } from '../api/types';
import { ProblemAlert } from '../parts/ProblemAlert';

const Context = createContext<SessionInfo | undefined>(undefined);

export const sessionKey = ['session'];

export const sessionQuery = queryOptions({ queryKey: sessionKey, queryFn: async () => accept(await api.get<SessionInfo>('/api/session')), staleTime: Infinity });

/** Asks who is signed in; renders nothing until it is known, and why where it cannot be. */
export function SessionProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const { data, error } = useQuery({ ...sessionQuery, retry: 3, refetchInterval: (query) => (query.state.data ? false : 5_000) });
  useEffect(() => setOnSignedOut(() => signedOut(client)), [client]);
  if (data) return <Context.Provider value={data}>{children}</Context.Provider>;
  return error ? (
    <Container size="sm" py="xl">
      <ProblemAlert error={error} />
    </Container>
  ) : null;
}

/** Another person sees nothing of the one before. The session's own query stays: its observer would not notice a new one of the same name. */
export function changePerson(client: QueryClient, session: SessionInfo) {
  client.removeQueries({ predicate: (query) => query.queryKey[0] !== sessionKey[0] });
  client.setQueryData(sessionKey, accept(session));
}

/** At once; how one signs in again is asked for, since only who is signed out is told. */
export function signedOut(client: QueryClient) {
  changePerson(client, { signedIn: false, mustChangePassword: false, areas: [] });
  void client.invalidateQueries({ queryKey: sessionKey });
}

/** Every answer that holds a session brings the token that writes need. */
export function accept(session: SessionInfo): SessionInfo {
  setCsrfToken(session.csrfToken);
  return session;
}

export function useSession(): SessionInfo {
  const session = useContext(Context);
  if (!session) throw new Error('useSession is used outside SessionProvider');
  return session;
}

const ranks = { viewer: 0, operator: 1, admin: 2 };

/** What the signed-in person may do. The server decides; this only hides what it would refuse. */
export function useMay() {
  const { user, areas } = useSession();
  const rank = ranks[(user?.role ?? 'viewer') as keyof typeof ranks] ?? 0;
  return {
    operate: rank >= ranks.operator,
    administer: rank >= ranks.admin,
    has: (area: string) => areas?.includes(area) ?? false,
  };
}
