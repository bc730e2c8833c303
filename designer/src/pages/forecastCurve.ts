import type { Forecast, ForecastDetail } from '../api/types';

const hour = 3_600_000;

/** A number with as many digits as one reads. */
export function shown(value: number, unit: string): string {
  const size = Math.abs(value);
  const text = value.toFixed(size >= 100 ? 0 : size >= 1 ? 1 : size === 0 ? 0 : 3);
  return unit ? `${text} ${unit}` : text;
}

export function horizon(forecast: Forecast, hours: number) {
  return forecast.horizons.find((point) => Number(point.hours) === hours);
}

export interface CurvePoint {
  at: string;
  was?: number;
  expected?: number;
  low?: number;
  high?: number;
}

/** What was, every six hours, and what is expected; both meet where the forecast was made. */
export function points({ forecast, curve }: ForecastDetail): CurvePoint[] {
  const made = new Date(forecast.madeAt).getTime();
  const day = (at: number) => new Date(at).toLocaleDateString(undefined, { day: 'numeric', month: 'short' });
  const was = curve.history
    .map((value, index) => ({ at: made - (curve.history.length - 1 - index) * hour, value }))
    .filter((point, index) => point.value !== null && (curve.history.length - 1 - index) % 6 === 0)
    .map((point) => ({ at: day(point.at), was: Number(point.value) }) as CurvePoint);
  const last = was.at(-1);
  if (last) last.expected = last.was;
  return [
    ...was,
    ...curve.ahead.map((point) => ({ at: day(made + Number(point.hours) * hour), expected: Number(point.value), low: Number(point.low), high: Number(point.high) })),
  ];
}
