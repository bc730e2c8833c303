import { expect, test } from 'vitest';
import { rate, scoreColor, span } from './reports';

test('numbers are written as people read them', () => {
  expect([span(null), span(0), span(119), span(120), span(7200)]).toEqual(['–', '0 s', '119 s', '2 min', '2.0 h']);
  expect([rate(0, 0), rate(1, 3), rate(3, 3)]).toEqual(['–', '33 %', '100 %']);
  expect([scoreColor(100), scoreColor(80), scoreColor(79), scoreColor(49)]).toEqual(['teal', 'teal', 'yellow', 'red']);
});
