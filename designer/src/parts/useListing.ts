import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useSearchParams } from 'react-router';
import { api, type Query } from '../api/client';
import type { Listing } from '../api/types';

/** One page of a list that the server filters and pages; filter and page are in the address, so that back and reload keep them. */
export function useListing<T>(key: string, path: string, filters: string[] = [], pageSize = 25) {
  const [search, setSearch] = useSearchParams();
  const page = Math.max(1, Number(search.get('page')) || 1);
  const query: Query = { page, pageSize };
  for (const name of filters) query[name] = sent(name, search.get(name));
  const result = useQuery({
    queryKey: [key, query],
    queryFn: ({ signal }) => api.get<Listing<T>>(path, query, signal),
    placeholderData: keepPreviousData,
  });
  const set = (name: string, value: string | null) =>
    setSearch(
      (old) => {
        const next = new URLSearchParams(old);
        if (value) next.set(name, value);
        else next.delete(name);
        if (name !== 'page') next.delete('page');
        return next;
      },
      { replace: name !== 'page' },
    );
  const filtered = filters.some((name) => search.get(name));
  return { ...result, page, pageSize, search, set, filtered };
}

/** A day in the address is a day of the reader; the server is told the moment it begins, or the one it ends. */
export function sent(name: string, value: string | null): string | null {
  if (!value || (name !== 'since' && name !== 'until')) return value;
  const day = new Date(`${value}T00:00`);
  if (Number.isNaN(day.getTime())) return null;
  if (name === 'until') day.setDate(day.getDate() + 1);
  return day.toISOString();
}
