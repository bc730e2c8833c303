import { Text } from '@mantine/core';
import { useEffect, useState } from 'react';
import { ago } from './time';

/** A moment as people say it; the exact one in the title, in the reader's own time zone. */
export function Time({ at, empty = '—' }: { at: string | null | undefined; empty?: string }) {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), 30_000);
    return () => clearInterval(timer);
  }, []);
  if (!at) return <Text span inherit c="dimmed">{empty}</Text>;
  const when = new Date(at);
  return (
    <time className="moment" dateTime={at} title={when.toLocaleString()}>
      {ago(when, now)}
    </time>
  );
}
