import { expect, test } from 'vitest';
import { byteWords, detailWords, eventWords } from './words';

test.each([
  ['plan.notDone', 'Plan: not done'],
  ['approval.timedOut', 'Approval: timed out'],
  ['asked', 'Asked'],
])('the event %s reads %s', (event, words) => expect(eventWords(event)).toBe(words));

test('a detail is named values, hashes cut and nothing empty', () =>
  expect(detailWords({ why: 'Nobody answered.', dryRun: false, planHash: 'a'.repeat(64), note: null })).toEqual(['why: Nobody answered.', 'dry run: no', `plan hash: ${'a'.repeat(10)}…`]));

test.each([
  [512, '512 bytes'],
  [1_342_177_280, '1.25 GiB'],
  [1_000_000, '976.56 KiB'],
])('%d bytes are %s', (bytes, words) => expect(byteWords(bytes)).toBe(words));
