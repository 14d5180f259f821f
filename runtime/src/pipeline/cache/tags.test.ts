import { expect, it } from 'vitest';
import type { Answer } from '../exchange.ts';
import { notesContract } from '../test-edge.ts';
import { compileTags, unknownPlaces } from './tags.ts';

const answer = (value: unknown) => ({ value }) as Answer;
const tagOf = (template: string, input: Record<string, unknown>, value?: unknown) =>
  compileTags([template])({ input }, value === undefined ? undefined : answer(value))[0];

it.each<[template: string, input: Record<string, unknown>, value: unknown, tag: string]>([
  ['things', {}, undefined, 'things'],
  ['thing:{path.id}', { id: 'a' }, undefined, 'thing:a'],
  ['a:{path.id}:b:{query.n}:c', { id: 'x', n: 7 }, undefined, 'a:x:b:7:c'],
  ['on:{query.on}', { on: false }, undefined, 'on:false'],
  ['from:{body#/from/id}', { body: { from: { id: 'f' } } }, undefined, 'from:f'],
  ['made:{response.body#/id}', {}, { id: 'm' }, 'made:m'],
  ['made:{response.body#/id}', {}, undefined, 'made:'],
  ['none:{query.n}', {}, undefined, 'none:'],
  ['list:{query.n}', { n: ['a', 'b'] }, undefined, 'list:'],
])('%s of %o and %o is one tag', (template, input, value, tag) => {
  expect(tagOf(template, input, value)).toBe(tag);
});

it('no value looks like two, and none is too odd', () => {
  expect(tagOf('{path.a}:{path.b}', { a: 'x:y', b: 'z' })).not.toBe(tagOf('{path.a}:{path.b}', { a: 'x', b: 'y:z' }));
  expect(tagOf('{path.a}', { a: 'half \uD800' })).toBe('half%20%EF%BF%BD');
});

it('places are those of declared parameters, of a body where there is one, and of answers for purges', async () => {
  const { operations } = await notesContract();
  const get = operations.find(({ id }) => id === 'getNote') as (typeof operations)[0];
  const replace = operations.find(({ id }) => id === 'replaceNote') as (typeof operations)[0];
  const all = '{path.noteId}{query.noteId}{query.depth}{body#/text}{response.body#/id}';
  expect(unknownPlaces(all, get, false)).toEqual(['query.noteId', 'body#/text', 'response.body#/id']);
  expect(unknownPlaces(all, replace, true)).toEqual(['query.noteId', 'query.depth']);
});
