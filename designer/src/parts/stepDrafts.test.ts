import { describe, expect, it } from 'vitest';
import { editsOf, moved, toEdits } from './stepDrafts';

describe('stepDrafts', () => {
  const step = { id: 's1', title: 'Start it', activity: 'docker.start_container', input: { container: 'web' }, state: 'pending', withinSeconds: 0 } as const;

  it('sends back what it was given', () => {
    expect(toEdits(editsOf([{ ...step, notBefore: '2030-01-01T10:30:00.000Z' }])).edits).toEqual([
      { id: 's1', title: 'Start it', activity: 'docker.start_container', input: { container: 'web' }, expect: null, withinSeconds: 0, notBefore: '2030-01-01T10:30:00.000Z' },
    ]);
  });

  it('makes a step without an activity one for a person', () => {
    const [draft] = editsOf([step]);
    expect(toEdits([{ ...draft!, activity: ' ' }]).edits).toEqual([{ id: 's1', title: 'Start it', activity: null, input: null, expect: null, withinSeconds: 0, notBefore: null }]);
  });

  it.each([
    [{ input: '{"container": ' }, 'Step 1: the input is no JSON.'],
    [{ input: '[1]' }, 'Step 1: the input must be a JSON object'],
    [{ half: true }, 'Step 1: this is no whole date and time.'],
    [{ withinSeconds: '' }, 'Step 1: the seconds must be a number.'],
  ])('says what is wrong with %j', (change, problem) => {
    const [draft] = editsOf([step]);
    expect(toEdits([{ ...draft!, ...change }]).problem).toContain(problem);
  });

  it('moves a step among the others', () => {
    const drafts = editsOf([{ id: 'a' }, { id: 'b' }, { id: 'c' }]);
    expect(moved(drafts, 2, -1).map((one) => one.id)).toEqual(['a', 'c', 'b']);
  });
});
