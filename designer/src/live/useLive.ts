import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';

/** Which lists an event of the server makes old. */
const refreshes: Record<string, string[]> = {
  run: ['runs', 'run', 'overview', 'changes'],
  job: ['jobs'],
  approval: ['approvals', 'approval', 'incident', 'overview'],
  audit: ['audit'],
  change: ['changes', 'controls', 'incident', 'overview'],
  control: ['controls', 'overview', 'rules'],
  decision: ['decisions', 'incident'],
  incident: ['incidents', 'incident', 'overview'],
  report: ['reports'],
  request: ['requests', 'overview'],
  workflow: ['workflows', 'workflow'],
  finding: ['findings'],
  forecast: ['forecasts'],
  document: ['documents'],
};

/** The first change is shown at once; while many happen the screen changes no more often than this, in milliseconds. */
const gather = 700;

/** Milliseconds until a closed line is tried again. */
const retry = 3_000;

/** One stream of events for the whole page; what an event touches is asked for again. */
export function useLive(): 'live' | 'lost' {
  const client = useQueryClient();
  const [state, setState] = useState<'live' | 'lost'>('live');
  useEffect(() => {
    let source: EventSource;
    const old = new Set<string>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let again: ReturnType<typeof setTimeout> | undefined;
    const flush = () => {
      timer = old.size > 0 ? setTimeout(flush, gather) : undefined;
      for (const key of old) void client.invalidateQueries({ queryKey: [key] });
      old.clear();
    };
    const listen = () => {
      source = new EventSource('/api/events');
      for (const [kind, keys] of Object.entries(refreshes)) {
        source.addEventListener(kind, () => {
          for (const key of keys) old.add(key);
          if (!timer) flush();
        });
      }
      // What happened before the line was up, or while it was down, is not told again.
      source.addEventListener('hello', () => {
        void client.invalidateQueries({ predicate: (query) => query.queryKey[0] !== 'session' });
        setState('live');
      });
      source.onerror = () => {
        setState('lost');
        // A browser goes on by itself after a broken line, but not after an answer such as a proxy's 502.
        if (source.readyState !== EventSource.CLOSED) return;
        source.close();
        again = setTimeout(listen, retry);
        // It may be that nobody is signed in any more: asking says so.
        void client.invalidateQueries({ queryKey: ['controls'] });
      };
    };
    listen();
    return () => {
      source.close();
      clearTimeout(timer);
      clearTimeout(again);
    };
  }, [client]);
  return state;
}
