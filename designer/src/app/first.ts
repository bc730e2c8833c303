import { queryOptions, type QueryClient } from '@tanstack/react-query';
import { api } from '../api/client';
import type { Overview } from '../api/types';
import { waitingQuery } from '../controls/useApprovals';
import { controlsQuery } from '../controls/useControls';
import { sessionQuery } from '../session/Session';

export const overviewQuery = queryOptions({ queryKey: ['overview'], queryFn: ({ signal }) => api.get<Overview>('/api/overview', {}, signal) });

/** Asks for what the first page needs while it is still being drawn, rather than one after the other. What fails here is asked for again by who shows it. */
export async function fetchFirst(client: QueryClient, pathname: string) {
  const session = await client.fetchQuery(sessionQuery).catch(() => undefined);
  if (!session?.signedIn || session.mustChangePassword) return;
  const has = (area: string) => session.areas?.includes(area);
  if (has('controls')) void client.prefetchQuery(controlsQuery);
  if (has('approvals')) void client.prefetchQuery(waitingQuery);
  if (pathname === '/') void client.prefetchQuery(overviewQuery);
}
