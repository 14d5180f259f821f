import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestEdge, type TestEdge } from './test-edge.ts';

let world: TestEdge;
beforeAll(async () => {
  world = await startTestEdge();
});
afterAll(() => world.close());

/** As a listener gives it: nothing has been resolved or decoded. */
const kindOf = (target: string): unknown => world.edge.find('GET', target).kind;

describe('a target', () => {
  it.each([
    '/notes/v1/notes/.',
    '/notes/v1/notes/..',
    '/notes/v1/../v1/notes',
    '/notes/v1/notes/%2e%2E',
    '/notes/v1/notes/.%2e?q=1',
    '/notes/v1/notes/%00',
    '/notes/v1/notes/%ff',
    '/notes/v1/notes/%E0%A4%A',
    '/notes/v1/notes/%',
    '/notes/v1/notes/%c0%80',
  ])('%s is malformed', (target) => {
    expect(world.edge.find('GET', target)).toMatchObject({ kind: 'refused', code: 'malformed-request' });
  });

  it.each(['/notes/v1//notes', '/notes/v1/notes/', '/notes/v1/notes//', '/Notes/v1/notes', '/notes/v1/NOTES'])(
    '%s is another one, and nobody is sent elsewhere',
    (target) => {
      expect(kindOf(target)).toBe('none');
    },
  );

  it('of 8 KiB is read, of one byte more not', () => {
    const most = `/notes/v1/notes?q=${'x'.repeat(8192)}`.slice(0, 8192);
    expect(kindOf(most)).toBe('match');
    expect(world.edge.find('GET', `${most}x`)).toMatchObject({ kind: 'refused', code: 'target-too-long' });
  });

  it.each(['/notes/v1/notes/...', '/notes/v1/notes/.a', '/notes/v1/notes/%2e%2e%2F', '/notes/v1/notes?q=/../'])(
    'is no step where dots are part of it: %s',
    (target) => {
      expect(kindOf(target)).toBe('match');
    },
  );

  it('is decoded once, after it was split', () => {
    const found = world.edge.find('GET', '/notes/v1/notes/a%2Fb%252F');
    expect(found).toMatchObject({ kind: 'match', path: { noteId: 'a/b%2F' } });
  });
});
