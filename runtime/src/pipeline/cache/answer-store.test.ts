import { expect, it } from 'vitest';
import { AnswerStore, type Kept } from './answer-store.ts';
import { Purges } from './purges.ts';

const kept = (bytes: number): Kept => ({
  headers: [],
  type: 'application/json',
  body: Buffer.alloc(bytes),
  etag: '"1"',
  value: undefined,
  storedMs: 0,
  asOf: 0,
  tags: [],
});

it('the store holds no more bytes than it may, whatever is put into it', () => {
  const store = new AnswerStore(100_000);
  let most = 0;
  for (let index = 0; index < 1_000; index++) {
    store.put(`key ${index}`, kept((index * 37) % 20_000));
    most = Math.max(most, store.bytes);
  }
  expect(most).toBeLessThanOrEqual(100_000);
  expect(most).toBeGreaterThan(50_000);
});

it('what is asked for stays, and what nobody asks for goes', () => {
  const store = new AnswerStore(100_000);
  store.put('asked', kept(1_000));
  store.put('forgotten', kept(1_000));
  for (let index = 0; index < 100; index++) {
    store.put(`other ${index}`, kept(5_000));
    expect(store.get('asked')).toBeDefined();
  }
  expect(store.get('forgotten')).toBeUndefined();
});

it('counts nothing twice when an answer is replaced, looked at and deleted', () => {
  const store = new AnswerStore(100_000);
  store.put('a', kept(10_000));
  const bytes = store.bytes;
  store.put('a', kept(10_000));
  store.get('a');
  expect(store.bytes).toBe(bytes);
  store.delete('a');
  expect(store.bytes).toBe(0);
});

it('has 64 MiB, of keys and parsed values as well', () => {
  const store = new AnswerStore();
  const body = Buffer.alloc(1_000_000);
  let most = 0;
  for (let index = 0; index < 100; index++) {
    store.put(`key ${index}`, { ...kept(0), body });
    most = Math.max(most, store.bytes);
  }
  expect(most).toBeLessThanOrEqual(64 * 1_048_576);
  expect(most).toBeGreaterThan(60 * 1_048_576);
  store.clear();
  expect([store.bytes, store.get('key 99')]).toEqual([0, undefined]);
  store.put('k', kept(100));
  const bare = store.bytes;
  store.put('k', { ...kept(100), value: {} });
  expect(store.bytes - bare).toBe(400);
  store.delete('k');
  store.put('k'.repeat(1_001), kept(100));
  expect(store.bytes - bare).toBe(2_000);
});

it('an answer of the elder generation that is deleted leaves its bytes', () => {
  const store = new AnswerStore(10_000);
  store.put('elder', kept(3_000));
  store.put('younger', kept(3_000));
  const both = store.bytes;
  store.delete('elder');
  expect(store.bytes).toBeLessThan(both - 3_000);
  expect(store.get('elder')).toBe(undefined);
});

it('a purge ends what was read before it, and nothing read after it', () => {
  const purges = new Purges();
  const before = purges.now;
  purges.purge('a');
  expect(purges.isGood(before, ['a'])).toBe(false);
  expect(purges.isGood(before, ['b'])).toBe(true);
  expect(purges.isGood(purges.now, ['a', 'b'])).toBe(true);
});

it('when the purge of a tag is forgotten, everything older ends with it', () => {
  const purges = new Purges(3);
  const before = purges.now;
  for (const tag of ['a', 'b', 'c']) purges.purge(tag);
  expect(purges.isGood(before, ['other'])).toBe(true);
  const between = purges.now;
  purges.purge('d');
  expect(purges.isGood(before, ['other'])).toBe(false);
  expect(purges.isGood(before, ['a'])).toBe(false);
  expect(purges.isGood(between, ['other'])).toBe(true);
});

it('the purge that is forgotten is the one longest ago', () => {
  const purges = new Purges(3);
  for (const tag of ['a', 'b', 'c', 'a']) purges.purge(tag);
  const asOf = purges.now;
  purges.purge('b');
  purges.purge('d');
  expect(purges.isGood(asOf, ['other'])).toBe(true);
  expect(purges.isGood(asOf, ['b', 'other'])).toBe(false);
  expect(purges.isGood(asOf - 2, ['other'])).toBe(false);
});

it('purging all ends everything that began before', () => {
  const purges = new Purges();
  const before = purges.now;
  purges.purgeAll();
  expect([purges.isGood(before, []), purges.isGood(purges.now, [])]).toEqual([false, true]);
});
