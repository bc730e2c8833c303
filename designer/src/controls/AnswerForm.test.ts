import { expect, it } from 'vitest';
import { changed } from './AnswerForm';

const parameters = { name: 'web', tries: 3, labels: ['a'] };

it('only what differs is sent, with its own type', () => {
  expect(changed(parameters, { name: 'web', tries: 4, labels: '["a","b"]' })).toEqual({ tries: 4, labels: ['a', 'b'] });
  expect(changed(parameters, { labels: '[ "a" ]' })).toEqual({});
});

it('what is no JSON where JSON is needed is said by name', () => {
  expect(() => changed(parameters, { labels: 'a, b' })).toThrow('labels');
});
