import { useQuery } from '@tanstack/react-query';
import { api } from '../api/client';
import type { Approval, Listing } from '../api/types';
import { useMay } from '../session/Session';

/** How many approvals wait for a person; zero where the server asks nobody. */
export function useWaitingApprovals(): number {
  const may = useMay();
  const { data } = useQuery({
    queryKey: ['approvals', 'waiting'],
    queryFn: ({ signal }) => api.get<Listing<Approval>>('/api/approvals', { state: 'pending', pageSize: 1 }, signal),
    enabled: may.has('approvals'),
  });
  return data?.total ?? 0;
}
