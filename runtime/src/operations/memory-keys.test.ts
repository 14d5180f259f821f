import { expect, it } from 'vitest';
import { MemoryKeys } from './memory-keys.ts';
import { seal, sealingKey, unseal } from './seal.ts';

const placeOf = (key: string, { who = 'ada', operation = 'o' } = {}) => ({
  principalHash: Buffer.from(who),
  operation,
  keyHash: Buffer.from(key),
  fingerprint: Buffer.from('f'),
});
const answer = { status: 201, headers: ['Location', '/n/1'], type: 'text/plain', body: 'a' };

it('an answer is kept as it was given, for its caller, operation and key', () => {
  const keys = new MemoryKeys();
  keys.put(placeOf('k'), answer);
  expect(keys.get(placeOf('k'))).toMatchObject({
    state: 'done',
    status: 201,
    headers: ['Content-Type', 'text/plain', 'Location', '/n/1'],
    body: Buffer.from('a'),
  });
  for (const other of [placeOf('l'), placeOf('k', { who: 'eve' }), placeOf('k', { operation: 'p' })])
    expect(keys.get(other)).toBe(undefined);
});

it('a secret is kept sealed', () => {
  const keys = new MemoryKeys();
  const place = { ...placeOf('k'), seal: sealingKey('k', Buffer.from('ada'), '') };
  keys.put(place, answer);
  const body = keys.get(place)?.body ?? Buffer.alloc(0);
  expect(body.length).toBe(seal(place.seal, Buffer.from('a')).length);
  expect(unseal(place.seal, body)?.toString()).toBe('a');
});

it('the last ten thousand are kept, and of those before at most ten thousand', () => {
  const keys = new MemoryKeys();
  for (let n = 0; n < 30_000; n++) keys.put(placeOf(`k${n}`), answer);
  const kept = Array.from({ length: 30_000 }, (_, n) => keys.get(placeOf(`k${n}`)) !== undefined);
  expect(kept.lastIndexOf(false)).toBe(9_999);
});
