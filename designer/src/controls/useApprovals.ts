import { queryOptions, useQuery } from '@tanstack/react-query';
import { api } from '../api/client';
import type { Approval, Listing } from '../api/types';
import { useMay } from '../session/Session';

export const waitingQuery = queryOptions({
  queryKey: ['approvals', 'waiting'],
  queryFn: ({ signal }) => api.get<Listing<Approval>>('/api/approvals', { state: 'pending', pageSize: 1 }, signal),
});

/** How many approvals wait for a person; zero where the server asks nobody. */
export function useWaitingApprovals(): number {
  const may = useMay();
  const { data } = useQuery({ ...waitingQuery, enabled: may.has('approvals') });
  return data?.total ?? 0;
}
