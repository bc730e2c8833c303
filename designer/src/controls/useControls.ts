import { queryOptions, useQuery } from '@tanstack/react-query';
import { api } from '../api/client';
import type { ControlsInfo } from '../api/types';

export const controlsQuery = queryOptions({ queryKey: ['controls'], queryFn: ({ signal }) => api.get<ControlsInfo>('/api/controls', {}, signal) });

/** What holds the engine back now; asked for again when the server says that it changed. */
export function useControls(): ControlsInfo | undefined {
  return useQuery(controlsQuery).data;
}
