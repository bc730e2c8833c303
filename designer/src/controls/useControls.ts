import { useQuery } from '@tanstack/react-query';
import { api } from '../api/client';
import type { ControlsInfo } from '../api/types';

/** What holds the engine back now; asked for again when the server says that it changed. */
export function useControls(): ControlsInfo | undefined {
  return useQuery({ queryKey: ['controls'], queryFn: ({ signal }) => api.get<ControlsInfo>('/api/controls', {}, signal) }).data;
}
