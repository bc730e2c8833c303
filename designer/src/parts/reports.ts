const words: Record<string, string> = { daily: 'Daily report', weekly: 'Weekly report', monthly: 'Monthly report', now: 'Report on demand' };

export const reportWord = (kind: string) => words[kind] ?? kind;

/** As the server writes whole numbers; it leaves out what is nothing. */
export type Figure = number | string | undefined;

export const scoreColor = (score: Figure) => (Number(score ?? 0) >= 80 ? 'teal' : Number(score ?? 0) >= 50 ? 'yellow' : 'red');

/** A part of a whole in percent, as people read it. */
export const rate = (some: Figure, all: Figure) => (Number(all ?? 0) === 0 ? '–' : `${Math.round((100 * Number(some ?? 0)) / Number(all))} %`);

export function span(given: Figure | null | undefined): string {
  if (given === null || given === undefined) return '–';
  const seconds = Number(given);
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
