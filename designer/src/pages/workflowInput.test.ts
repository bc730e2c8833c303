import { describe, expect, it } from 'vitest';
import { initialValue, toInput } from './workflowInput';

const field = (name: string, kind: string, required = false, value?: unknown) => ({ name, kind, required, default: value });

describe('toInput', () => {
  it('reads each kind', () => {
    const inputs = [field('who', 'string'), field('times', 'number'), field('loud', 'boolean'), field('tags', 'json')];
    expect(toInput(inputs, { who: 'Ada', times: '3', loud: true, tags: '["a"]' })).toEqual({ input: { who: 'Ada', times: 3, loud: true, tags: ['a'] }, errors: {} });
  });

  it('leaves out what is empty, and says what is needed', () => {
    expect(toInput([field('a', 'string'), field('b', 'string', true)], { a: ' ', b: '' })).toEqual({ input: {}, errors: { b: 'A value is needed.' } });
  });

  it('reports everything that is wrong at once', () => {
    expect(Object.keys(toInput([field('n', 'number'), field('j', 'json')], { n: 'three', j: '{' }).errors)).toEqual(['n', 'j']);
  });

  it('begins with the default', () => {
    expect(initialValue(field('n', 'number', false, 5))).toBe('5');
    expect(initialValue(field('b', 'boolean', false, 'true'))).toBe(true);
    expect(initialValue(field('s', 'string'))).toBe('');
  });
});
