import { type Contract, load } from '@plinth/contract';
import type { Sent } from '@plinth/runtime';
import { UpstreamIds } from '@plinth/runtime/pipeline';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Manifest } from './manifest.ts';
import { compilePlan, isWritten, type Written } from './plan.ts';

const text = `openapi: 3.1.0
info: { title: Till, version: 1.0.0 }
security: []
paths:
  /sales/{till}:
    parameters: [{ name: till, in: path, required: true, schema: { type: string } }]
    post:
      operationId: sell
      parameters:
        - { name: Shelf.Id, in: query, schema: { type: string } }
        - { name: where, in: query, explode: true, schema: { type: object, properties: { row: { type: string } } } }
        - { name: X-Store, in: header, schema: { type: string } }
        - { name: basket, in: cookie, schema: { type: string } }
      requestBody:
        content:
          application/x-www-form-urlencoded: { schema: { type: object } }
          application/merge-patch+json: { schema: { type: object } }
      responses: { '200': { description: Sold. } }
components:
  securitySchemes:
    key: { type: apiKey, in: header, name: X-Key }
    old: { type: apiKey, in: query, name: token }
`;
let contract: Contract;
beforeAll(async () => {
  const loaded = await load('till.yaml', { read: () => Promise.resolve(text), companions: {}, foreign: true });
  if (loaded.contract === undefined) throw new Error(JSON.stringify(loaded.findings));
  ({ contract } = loaded);
});

const manifest: Manifest = {
  upstream: 'till',
  contract: 'till@1',
  pass: 'all',
  credential: { header: 'X-Till', secret: 'till' },
};

type Unknown = Contract['operations'][number]['policy']['unknown'];

/** A call as the other side gets it. */
function written(input: object, sent?: Partial<Sent>, unknown: Unknown = 'pass'): Written {
  const [declared] = contract.operations;
  if (declared === undefined) throw new Error('the contract has no operation');
  const operation = { ...declared, policy: { ...declared.policy, unknown } };
  const ids = new UpstreamIds('till', new Map());
  const parts = { manifest, contract, operation, theirs: operation, ids, errors: [] };
  const plan = compilePlan({ ...parts, request: undefined, response: undefined });
  const came = sent && { query: '', fields: [], body: undefined, ...sent };
  const facts = { input: { till: 't1', ...input }, ctx: {} as never, reference: '', sent: came };
  const call = plan.write(facts, '/api');
  if (call instanceof Promise || !isWritten(call)) throw new Error('it was not written');
  return call;
}

describe('beside what the contract names', () => {
  it.each<[Unknown, string, string]>([
    ['pass', 'b=2&a=%C3%A9&a=+', '?Shelf.Id=s&row=r&b=2&a=%C3%A9&a=+'],
    ['pass', 'shelf_id=x&SHELF.ID=x&Shelf.Id%5B%5D=x&row=x&%72ow=y&token=t', '?Shelf.Id=s&row=r'],
    ['pass', '_method=PUT&=x&&b=1;row=x#y', '?Shelf.Id=s&row=r&b=1%3Brow=x%23y'],
    ['drop', 'b=2', '?Shelf.Id=s&row=r'],
  ])('under unknown: %s the query %s adds to ours: %s', (unknown, query, whole) => {
    const { target } = written({ 'Shelf.Id': 's', where: { row: 'r' } }, { query }, unknown);
    expect(target).toBe(`/api/sales/t1${whole}`);
  });

  it('fields and cookies go along, but none that the contract or the manifest speaks for', () => {
    const fields = ['X-Wish', 'w', 'X-Store', '9', 'X-Key', 'k', 'X-Till', 'me', 'Idempotency-Key', 'i', 'Cookie'];
    const { headers } = written({ 'X-Store': '7' }, { fields: [...fields, 'basket=b1; theme=dark; basket =b2'] });
    expect(headers).toEqual(['x-store', '7', 'x-wish', 'w', 'cookie', 'theme=dark']);
    const named = written({ basket: 'b7' }, { fields: ['Cookie', 'basket=b1; theme=dark'] });
    expect(named.headers).toEqual(['cookie', 'basket=b7; theme=dark']);
  });
});

describe('a body that is passed on', () => {
  it('is the bytes that came, with what was said of them', () => {
    const fields = ['Content-Type', 'application/x-www-form-urlencoded', 'Content-Digest', 'sha-256=:x:'];
    const body = Buffer.from('a=%31');
    const call = written({ body: { a: '1' } }, { fields, body });
    expect(call).toMatchObject({
      type: 'application/x-www-form-urlencoded',
      headers: ['content-digest', 'sha-256=:x:'],
    });
    expect(call.body).toBe(body);
  });

  it('is written anew when it is JSON, under its own type and without a digest of other bytes', () => {
    const fields = ['Content-Type', 'application/merge-patch+json', 'Content-Digest', 'sha-256=:x:', 'Digest', 'x'];
    const call = written({ body: { a: 1 } }, { fields, body: Buffer.from('{ "a": 1, "a": 1 }') });
    expect(call).toMatchObject({ type: 'application/merge-patch+json', headers: [], body: '{"a":1}' });
  });

  it('of a call from within is written as the contract has it', () => {
    expect(written({ body: { a: '1' } })).toMatchObject({
      type: 'application/merge-patch+json',
      body: '{"a":"1"}',
      headers: ['accept', 'application/json'],
    });
  });
});
