import type { RequestStep } from '../api/types';

/** A step as somebody edits it. */
export interface StepDraft {
  key: number;
  id?: string;
  title: string;
  activity: string;
  input: string;
  expect: string;
  withinSeconds: number | string;
  notBefore: string;
  /** Half a date is empty to a page. */
  half: boolean;
  /** It was begun: it is sent as it is. */
  fixed: boolean;
}

let keys = 0;

export function editsOf(steps: Partial<RequestStep>[]): StepDraft[] {
  return steps.map((step) => ({
    key: keys++,
    id: step.id,
    title: step.title ?? '',
    activity: step.activity ?? '',
    input: step.input && Object.keys(step.input).length > 0 ? JSON.stringify(step.input, null, 2) : '',
    expect: step.expect ?? '',
    withinSeconds: Number(step.withinSeconds ?? 0),
    notBefore: step.notBefore ? local(new Date(step.notBefore)) : '',
    half: false,
    fixed: step.state !== undefined && step.state !== 'pending' && step.state !== 'failed',
  }));
}

export function moved(steps: StepDraft[], index: number, by: number): StepDraft[] {
  const next = [...steps];
  const [step] = next.splice(index, 1);
  next.splice(index + by, 0, step!);
  return next;
}

/** What is sent, or what is wrong with the form itself; the server checks the rest. */
export function toEdits(steps: StepDraft[]): { edits?: object[]; problem?: string } {
  const edits: object[] = [];
  for (const [index, step] of steps.entries()) {
    if (step.half) return { problem: `Step ${index + 1}: this is no whole date and time. Complete it, or empty it.` };
    if (step.activity.trim() !== '' && typeof step.withinSeconds !== 'number') return { problem: `Step ${index + 1}: the seconds must be a number.` };
    let input: unknown;
    if (step.activity.trim() !== '' && step.input.trim() !== '') {
      try {
        input = JSON.parse(step.input);
      } catch {
        return { problem: `Step ${index + 1}: the input is no JSON.` };
      }
      if (typeof input !== 'object' || input === null || Array.isArray(input)) return { problem: `Step ${index + 1}: the input must be a JSON object, such as {"connection": "default"}.` };
    }
    const person = step.activity.trim() === '';
    edits.push({
      id: step.id ?? null,
      title: step.title,
      activity: person ? null : step.activity.trim(),
      input: person ? null : (input ?? {}),
      expect: person || step.expect.trim() === '' ? null : step.expect,
      withinSeconds: person ? 0 : step.withinSeconds,
      notBefore: step.notBefore ? new Date(step.notBefore).toISOString() : null,
    });
  }
  return { edits };
}

function local(at: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}
