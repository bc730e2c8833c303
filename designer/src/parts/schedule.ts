import { duration } from './time';

/** "01:30:00" or "1.00:00:00", as the server writes a span, in words; anything else as it is. */
export function spanWords(span: string): string {
  const match = /^(?:(\d+)\.)?(\d\d):(\d\d):(\d\d)(?:\.\d+)?$/.exec(span);
  if (!match) return span;
  const [days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0)) as [number, number, number, number];
  return duration((((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000);
}

const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const number = /^\d+$/;
const two = (text: string) => text.padStart(2, '0');

/** The usual schedules in words; one that has no short ones stays as it was written. */
export function scheduleWords(schedule: string): string {
  const every = /^every (.+)$/.exec(schedule);
  if (every) return `every ${spanWords(every[1]!)}`;
  const fields = schedule.trim().split(/\s+/);
  if (fields.length !== 6 && fields.length !== 7) return schedule;
  const [second, minute, hour, day, month, weekday, zone] = fields as [string, string, string, string, string, string, string?];
  if (!number.test(second) || day !== '*' && day !== '?' || month !== '*') return schedule;
  const anyDay = weekday === '*' || weekday === '?';
  const step = /^(?:\*|0)\/(\d+)$/;
  const clock = ` ${zone ?? 'UTC'}`;
  if (number.test(minute) && number.test(hour)) {
    const at = `${two(hour)}:${two(minute)}${clock}`;
    if (anyDay) return `every day at ${at}`;
    return number.test(weekday) && Number(weekday) <= 7 ? `every ${days[Number(weekday) % 7]} at ${at}` : schedule;
  }
  if (!anyDay) return schedule;
  if (number.test(minute) && hour === '*') return Number(minute) === 0 ? 'every hour' : `every hour, ${minute} minutes past`;
  const minutes = step.exec(minute)?.[1];
  if (minutes && hour === '*') return minutes === '1' ? 'every minute' : `every ${minutes} minutes`;
  const hours = step.exec(hour)?.[1];
  if (hours && number.test(minute)) return `every ${hours} hours`;
  return schedule;
}

/** What starts a workflow: "cron 0 30 4 * * *" and the like. */
export function triggerWords(trigger: string): string {
  const [kind, ...rest] = trigger.split(' ');
  return kind?.toLowerCase() === 'cron' ? scheduleWords(rest.join(' ')) : trigger;
}
