import { expect, test } from 'vitest';
import type { ForecastDetail } from '../api/types';
import { points, shown } from './forecastCurve';

test('numbers have as many digits as one reads', () => {
  expect(shown(1234.5, '%')).toBe('1235 %');
  expect(shown(12.34, '%')).toBe('12.3 %');
  expect(shown(0.0123, 's')).toBe('0.012 s');
  expect(shown(0, '')).toBe('0');
});

test('history and forecast meet where it was made, gaps left out', () => {
  const detail = {
    forecast: { madeAt: '2026-11-20T12:00:00Z' },
    curve: { history: [1, 2, null, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13], ahead: [{ hours: 6, value: 14, low: 12, high: 16 }] },
    patterns: [],
  } as unknown as ForecastDetail;
  const curve = points(detail);
  expect(curve.map((point) => point.was)).toEqual([1, 7, 13, undefined]);
  expect(curve[2]?.expected).toBe(13);
  expect(curve[3]).toMatchObject({ expected: 14, low: 12, high: 16 });
});
