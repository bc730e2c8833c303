/** What a form field needs to know of an input. */
interface Declared {
  name: string;
  kind: string;
  required: boolean;
  default?: unknown;
}

/** What the fields hold: text, or a switch's state. */
export type Draft = Record<string, string | boolean>;

export function initialValue(input: Declared): string | boolean {
  const value = input.default ?? null;
  if (input.kind === 'boolean') return value === true || value === 'true';
  if (value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
}

/** The fields as the workflow's input, and what is wrong with each that cannot be. An empty field is left out. */
export function toInput(inputs: Declared[], draft: Draft): { input: Record<string, unknown>; errors: Record<string, string> } {
  const input: Record<string, unknown> = {};
  const errors: Record<string, string> = {};
  for (const declared of inputs) {
    const raw = draft[declared.name] ?? '';
    if (declared.kind === 'boolean') {
      input[declared.name] = raw === true;
      continue;
    }
    const text = String(raw);
    if (text.trim() === '') {
      if (declared.required) errors[declared.name] = 'A value is needed.';
      continue;
    }
    if (declared.kind === 'number') {
      const number = Number(text);
      if (Number.isFinite(number)) input[declared.name] = number;
      else errors[declared.name] = 'This is not a number. Write it as 3 or 3.5.';
    } else if (declared.kind === 'json') {
      try {
        input[declared.name] = JSON.parse(text);
      } catch (error) {
        errors[declared.name] = `This is not JSON: ${error instanceof Error ? error.message : String(error)}`;
      }
    } else {
      input[declared.name] = text;
    }
  }
  return { input, errors };
}
