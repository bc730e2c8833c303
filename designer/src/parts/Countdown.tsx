import { Text } from '@mantine/core';
import { useEffect, useState } from 'react';
import { duration } from './time';

/** How long until then, counted down each second; screen readers are not told each of them. */
export function Countdown({ until }: { until: string }) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const left = Date.parse(until) - now;
  return (
    <Text span inherit fw={600} role="timer" aria-live="off">
      {left <= 0 ? 'no time' : duration(Math.max(1, Math.round(left / 1000)) * 1000).replace('.0', '')}
    </Text>
  );
}
