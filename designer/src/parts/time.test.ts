import { expect, it } from 'vitest';
import { ago, duration } from './time';

it.each([
  [0, '0 ms'],
  [850, '850 ms'],
  [4200, '4.2 s'],
  [59_600, '1 min'],
  [185_000, '3 min 5 s'],
  [7_800_000, '2 h 10 min'],
  [273_600_000, '3 d 4 h'],
])('duration(%i) is %s', (milliseconds, expected) => expect(duration(milliseconds)).toBe(expected));

it('ago says it as people do', () => {
  const now = new Date('2026-03-01T12:00:00Z');
  expect(ago(new Date('2026-03-01T11:55:00Z'), now)).toBe('5 minutes ago');
  expect(ago(new Date('2026-03-01T14:00:00Z'), now)).toBe('in 2 hours');
  expect(ago(new Date('2026-02-28T12:00:00Z'), now)).toBe('yesterday');
  expect(ago(new Date('2026-03-01T11:59:50Z'), now)).toBe('just now');
});
