import { expect, it } from 'vitest';
import { layOut } from './graphLayout';

it('what hangs on something is drawn below it, and nothing on top of another', () => {
  const { places } = layOut([
    { name: 'media', dependsOn: ['nas', 'Router'] },
    { name: 'nas', dependsOn: ['router'] },
    { name: 'router', dependsOn: [] },
    { name: 'photos', dependsOn: ['nas'] },
  ]);
  expect(places.get('router')!.y).toBeLessThan(places.get('nas')!.y);
  expect(places.get('nas')!.y).toBeLessThan(places.get('media')!.y);
  expect(places.get('media')!.y).toBe(places.get('photos')!.y);
  expect(new Set([...places.values()].map((place) => `${place.x} ${place.y}`)).size).toBe(4);
});

it('a circle ends', () => {
  const { places } = layOut([
    { name: 'a', dependsOn: ['b'] },
    { name: 'b', dependsOn: ['a'] },
  ]);
  expect(places.size).toBe(2);
});
