export const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

/** "notVerified" and "not_verified" as people write it. */
const plain = (name: string): string => name.replaceAll('_', ' ').replace(/([a-z])([A-Z])/g, (_, end: string, begin: string) => `${end} ${begin.toLowerCase()}`);

/** "plan.notDone" as "Plan: not done". */
export const eventWords = (event: string): string => capital(event.split('.').map(plain).join(': '));

/** What an entry holds beside its subject, one "name: value" each. Hashes are cut to what tells them apart; the whole is in the export. */
export function detailWords(detail: unknown): string[] {
  if (detail === null || typeof detail !== 'object') return detail === null || detail === undefined || detail === '' ? [] : [String(detail)];
  return Object.entries(detail)
    .filter(([, value]) => value !== null && value !== '')
    .map(([name, value]) => `${plain(name)}: ${valueWords(name, value)}`);
}

function valueWords(name: string, value: unknown): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number' && name.endsWith('At')) return new Date(value).toLocaleString();
  if (typeof value === 'string') return /^[0-9a-f]{40,}$/.test(value) ? `${value.slice(0, 10)}…` : value;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** "1.25 GiB"; what has no round number of a unit keeps two places. */
export function byteWords(bytes: number): string {
  const unit = bytes < 1024 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** unit;
  return `${Number.isInteger(value) ? value : Number(value.toFixed(2))} ${units[unit]}`;
}
