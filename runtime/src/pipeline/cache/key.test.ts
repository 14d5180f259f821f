import type { CachePolicy } from '@plinth/contract';
import { expect, it } from 'vitest';
import type { Principal } from '../../kernel/index.ts';
import type { Exchange } from '../exchange.ts';
import type { CompiledOperation } from '../operation.ts';
import { staff } from '../test-edge.ts';
import { compileKey } from './key.ts';

interface Asked {
  who?: Partial<Principal>;
  input?: Record<string, unknown>;
  fields?: Record<string, string>;
}

function keyOf(
  { who, input = {}, fields = {} }: Asked = {},
  more: object = {},
  scope: CachePolicy['scope'] = 'private',
) {
  const operation = { key: 'shop.getThing', contract: { major: 1 }, ...more } as unknown as CompiledOperation;
  const cache = { scope, vary: ['x-region', 'x-shop'] } as unknown as CachePolicy;
  const principal = { ...staff(), ...who };
  const header = (name: string): string | undefined => fields[name];
  return compileKey(operation, cache)({ principal, input, header } as unknown as Exchange);
}

const others: Partial<Principal>[] = [
  { issuer: 'https://other.test' },
  { subject: 'sam' },
  { audience: 'customer' },
  { customerId: 'cus_ada' },
  { partnerId: 'ptn_1' },
  { applicationId: 'app_1' },
  { actor: ['assistant'] },
  { acr: 'gold' },
  { channel: 'kiosk' },
  { sessionId: 's' },
  { scopes: new Set(['a']) },
];

it.each(others)('a private answer is another one for who differs by %o', (who) => {
  expect(keyOf({ who })).not.toBe(keyOf());
});

it('ids do not slip from one place into the next, and the order of scopes does not matter', () => {
  expect(keyOf({ who: { customerId: 'a' } })).not.toBe(keyOf({ who: { partnerId: 'a' } }));
  expect(keyOf({ who: { scopes: new Set(['a', 'b']) } })).toBe(keyOf({ who: { scopes: new Set(['b', 'a']) } }));
});

it('a public answer is another one for audiences alone', () => {
  for (const who of others)
    expect(keyOf({ who }, {}, 'public') === keyOf({}, {}, 'public')).toBe(who.audience === undefined);
});

it('operation, major version, parameters and the fields of vary count', () => {
  for (const more of [{ key: 'shop.getPrice' }, { contract: { major: 2 } }]) expect(keyOf({}, more)).not.toBe(keyOf());
  expect(keyOf({ input: { a: 1 } })).not.toBe(keyOf({ input: { a: '1' } }));
  expect(keyOf({ input: { a: 1, b: 2 } })).toBe(keyOf({ input: { b: 2, a: 1 } }));
  expect(keyOf({ fields: { 'x-region': '' } })).not.toBe(keyOf());
  expect(keyOf({ fields: { 'x-region': 'north' } })).not.toBe(keyOf({ fields: { 'x-shop': 'north' } }));
  expect(keyOf({ fields: { 'x-region': ' north ' } })).toBe(keyOf({ fields: { 'x-region': 'north' } }));
});
