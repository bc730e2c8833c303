import { useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query';
import { createContext, useContext, useEffect, type ReactNode } from 'react';
import { api, setCsrfToken, setOnSignedOut } from '../api/client';
import type { SessionInfo } from '../api/types';

const Context = createContext<SessionInfo | undefined>(undefined);

export const sessionKey = ['session'];

/** Asks once who is signed in; renders nothing until it is known. */
export function SessionProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const { data } = useQuery({
    queryKey: sessionKey,
    queryFn: async () => accept(await api.get<SessionInfo>('/api/session')),
    staleTime: Infinity,
    retry: 3,
  });
  useEffect(() => setOnSignedOut(() => client.setQueryData(sessionKey, { signedIn: false })), [client]);
  return data && <Context.Provider value={data}>{children}</Context.Provider>;
}

/** Another person sees nothing of the one before. The session's own query stays: its observer would not notice a new one of the same name. */
export function changePerson(client: QueryClient, session: SessionInfo) {
  client.removeQueries({ predicate: (query) => query.queryKey[0] !== sessionKey[0] });
  client.setQueryData(sessionKey, accept(session));
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
