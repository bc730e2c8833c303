import { expect, it } from 'vitest';
import { safeReturn } from './safeReturn';

it.each([
  ['/runs?status=Faulted', '/runs?status=Faulted'],
  ['/studio/workflows/definitions', '/studio/workflows/definitions'],
  [null, '/'],
  ['', '/'],
  ['runs', '/'],
  ['//evil.example', '/'],
  ['/\\evil.example', '/'],
  ['https://evil.example', '/'],
  ['javascript:alert(1)', '/'],
  ['/sign-in?return=/', '/'],
])('safeReturn(%j) is %j', (target, expected) => expect(safeReturn(target)).toBe(expected));
