import { expect, test } from 'vitest';
import { scheduleWords, spanWords, triggerWords } from './schedule';

test.each([
  ['every 00:01:00', 'every 1 min'],
  ['0 30 4 * * *', 'every day at 04:30 UTC'],
  ['30 */15 * * * *', 'every 15 minutes'],
  ['0 0 * * * *', 'every hour'],
  ['0 20 * * * *', 'every hour, 20 minutes past'],
  ['0 0 6 * * 1', 'every Monday at 06:00 UTC'],
  ['0 0 6 * * 1 Europe/Berlin', 'every Monday at 06:00 Europe/Berlin'],
  ['0 0 6 1 * *', '0 0 6 1 * *'],
  ['0 0 6 * * MON-FRI', '0 0 6 * * MON-FRI'],
  ['at 2026-01-01', 'at 2026-01-01'],
])('%s reads %s', (schedule, words) => expect(scheduleWords(schedule)).toBe(words));

test('a span is said in its largest units', () => expect([spanWords('01:00:00'), spanWords('1.00:00:00'), spanWords('soon')]).toEqual(['1 h', '1 d', 'soon']));

test('a trigger by the clock is said in words, another as it is', () => expect([triggerWords('cron 0 30 4 * * *'), triggerWords('http deploy')]).toEqual(['every day at 04:30 UTC', 'http deploy']));
