import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { open, read, type BoundHandler } from '../../capability.ts';
import { reply } from '../../context.ts';
import { notesContract } from '../test-edge.ts';
import { cached, Shop } from './test-shop.ts';

let shop: Shop;

afterEach(() => shop.close());

describe('a contract is not installed', () => {
  const refused: [why: string, policy: string, security: string | undefined, words: string][] = [
    ['with a public answer behind a sign-in', '{ ttl: PT1M, scope: public }', undefined, 'security: []'],
    ['with a time that is none', '{ scope: private }', undefined, 'has a cache without a time'],
    ['with a read that purges', '{ ttl: PT1M, purges: [a] }', undefined, 'changes nothing, so it cannot purge'],
    ['with a tag from nowhere', "{ ttl: PT1M, tags: ['a:{path.id}'] }", undefined, 'has no path.id'],
    [
      'with a tag of a read from its answer',
      "{ ttl: PT1M, tags: ['a:{response.body#/id}'] }",
      undefined,
      'has no response.body#/id',
    ],
    [
      'with a public answer and an owner check',
      '{ ttl: PT1M, scope: public }, ownerCheck: { object: note, id: path.thingId }',
      '[]',
      'has an ownerCheck and is cached for everybody. Write  scope: private',
    ],
  ];
  /** A place in the text of the contract, and what stands there instead. */
  const rewritten: [why: string, from: string, to: string, words: string][] = [
    ['with a time of nothing', 'ttl: PT1M', 'ttl: PT0S', 'getThing has a cache without a time'],
    [
      'with a kept answer that a cookie is part of',
      '- { name: size, in: query',
      '- { name: size, in: cookie',
      'takes a body or a cookie',
    ],
    [
      'with a kept answer that a body is part of',
      'summary: See a thing',
      'requestBody: { content: { application/json: { schema: { type: object } } } }\n      summary: See a thing',
      'takes a body or a cookie',
    ],
    [
      'with a write whose cache does nothing',
      "cache: { purges: ['thing:{path.thingId}', 'thing:{response.body#/also}'] }",
      'cache: {}',
      'has a cache that does nothing',
    ],
    ['with a read that is no GET and kept', '    get:\n', '    post:\n', 'getThing is no GET that reads'],
  ];
  it.each(rewritten)('%s', async (_, from, to, words) => {
    const text = cached('{ ttl: PT1M }').replace(from, to);
    const contract = await notesContract(text.replace('ownerCheck: [], cache', 'effect: read, ownerCheck: [], cache'));
    expect(() => shop.world.edge.install([{ contract, handlers: {}, owners: {} }])).toThrow(words);
  });

  beforeEach(async () => {
    shop = await Shop.open('{ ttl: PT1M }');
  });

  it.each(refused)('%s', async (_, policy, security, words) => {
    const text = cached(policy, security).replace(/ownerCheck: \[\], (.*ownerCheck)/, '$1');
    const contract = await notesContract(text);
    const owners = { note: async () => new Map() };
    expect(() => shop.world.edge.install([{ contract, handlers: { getThing: shop.getThing }, owners }])).toThrow(words);
  });

  it('with a write that is kept, or whose handler is of another kind than its cache needs', async () => {
    const contract = await notesContract(
      cached('{ ttl: PT1M }').replace('cache: { purges', 'cache: { ttl: PT1M, purges'),
    );
    const install = (handlers: Record<string, BoundHandler>) => () =>
      shop.world.edge.install([{ contract, handlers, owners: {} }]);
    expect(install({})).toThrow('changeThing is no GET that reads');
    expect(install({ changeThing: read(async () => reply(200, {})) })).toThrow(
      'changeThing purges, and its handler is of kind read',
    );
    expect(install({ getThing: open(async () => reply(200, {})) })).toThrow(
      'getThing is cached, and its handler is not of kind read',
    );
  });
});
