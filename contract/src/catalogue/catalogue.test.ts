// Small contracts of two houses, so that every finding is one that was put there.

import { describe, expect, it } from 'vitest';
import { load } from '../load/load.ts';
import type { Contract } from '../model/contract.ts';
import { Forms } from './canonical.ts';
import { catalogue } from './catalogue.ts';
import { jaccard, likeSets } from './likeness.ts';
import { catalogueReport } from './report.ts';
import { pathWords, wordsOf } from './words.ts';

async function read(name: string, text: string): Promise<Contract> {
  const { contract, findings } = await load(name, { read: () => Promise.resolve(text) });
  // Names that the standard does not allow are told too: no name may break out of a report.
  expect(findings.filter(({ severity, rule }) => severity === 'error' && rule !== 'spec-structure')).toEqual([]);
  if (!contract) throw new Error('it must load');
  return contract;
}

const shop = (version: string, more = ''): string => `openapi: 3.1.0
info: { title: Shop, version: ${version}, contact: { name: Shop team } }
servers: [{ url: https://shop.example/v${version.split('.')[0] ?? ''} }]
paths:
  /orders:
    get:
      operationId: listOrders
      parameters: [{ name: cursor, in: query, schema: { type: string } }]
      responses: { '200': { description: It., content: { application/json: { schema: { type: object, properties: { items: { type: array, items: { $ref: '#/components/schemas/Order' } }, next: { type: string } } } } } } }
    post:
      operationId: placeOrder
      requestBody: { content: { application/json: { schema: { $ref: '#/components/schemas/Order' } } } }
      responses: { '201': { description: It., content: { application/json: { schema: { $ref: '#/components/schemas/Order' } } } } }
  /orders/{orderId}:
    get:
      operationId: getOrder
      parameters: [{ name: orderId, in: path, required: true, schema: { type: string } }]
      responses: { '200': { description: It., content: { application/json: { schema: { $ref: '#/components/schemas/Order' } } } } }
${more}
components:
  schemas:
    Order:
      type: object
      required: [id, createdAt]
      properties:
        id: { type: string }
        createdAt: { type: string, format: date-time }
        shippingAddress: { $ref: '#/components/schemas/Address' }
        total: { $ref: '#/components/schemas/Money' }
    Address: { type: object, properties: { street: { type: string }, postalCode: { type: string }, city: { type: string }, country: { type: string } } }
    Money: { type: object, description: An amount., required: [currency, value], properties: { currency: { type: string }, value: { type: integer } } }
`;

const billing = `openapi: 3.0.3
info: { title: Billing, version: 1.0.0 }
paths:
  /invoices:
    get:
      operationId: list_invoices
      parameters: [{ name: order_id, in: query, schema: { type: string } }, { name: offset, in: query, schema: { type: integer } }]
      responses: { '200': { description: It., content: { application/json: { schema: { type: array, items: { $ref: '#/components/schemas/Invoice' } } } } } }
  /invoices/{invoice_id}:
    get:
      operationId: get_invoice
      parameters: [{ name: invoice_id, in: path, required: true, schema: { type: string } }]
      responses: { '200': { description: It., content: { application/json: { schema: { $ref: '#/components/schemas/Invoice' } } } } }
components:
  schemas:
    Invoice:
      type: object
      properties:
        id: { type: string }
        created_at: { type: integer }
        order_id: { type: string }
        amount: { allOf: [{ $ref: '#/components/schemas/Amount' }], description: What is owed. }
    Amount: { type: object, title: Amount, properties: { value: { type: integer }, currency: { type: string } }, required: [value, currency] }
    PostalAddress: { type: object, properties: { street: { type: string }, postal_code: { type: string }, city: { type: string }, country: { type: string, maxLength: 2 }, state: { type: string } } }
`;

const both = async (): Promise<Contract[]> => [
  await read('shop.yaml', shop('2.0.0')),
  await read('billing.yaml', billing),
];

describe('a catalogue', () => {
  it('takes versions of one API as one capability, the newest first by number', async () => {
    const versions = [
      await read('9.yaml', shop('9.0.0')),
      await read('10.yaml', shop('10.0.0')),
      await read('2.yaml', shop('2.1.0')),
    ];
    const made = catalogue(versions);
    expect(made.capabilities).toHaveLength(1);
    expect(made.capabilities[0]).toMatchObject({ id: 'shop', file: '10.yaml', owner: 'Shop team', operations: 3 });
    expect(made.capabilities[0]?.versions.map(({ version }) => version)).toEqual(['10.0.0', '9.0.0', '2.1.0']);
    expect(made.duplicates).toEqual({ copies: [], similar: [], operations: [] });
  });

  it('keeps two APIs apart that only share a title', async () => {
    const other = billing.replace('title: Billing', 'title: Shop');
    const made = catalogue([await read('a.yaml', shop('1.0.0')), await read('b.yaml', other)]);
    expect(made.capabilities.map(({ id }) => id)).toEqual(['shop', 'shop-2']);
  });

  it('finds what is the same under another name, order and description', async () => {
    const { duplicates } = catalogue(await both());
    expect(
      duplicates.copies.map(({ schemas }) => schemas.map(({ capability, name }) => `${capability}.${name}`)),
    ).toEqual([['billing.Amount', 'shop.Money']]);
  });

  it('finds what is nearly the same, and tells the difference', async () => {
    const { duplicates } = catalogue(await both());
    expect(duplicates.similar).toMatchObject([
      {
        centre: { capability: 'billing', name: 'PostalAddress' },
        members: [{ name: 'Address', similarity: 0.8, missing: ['state'], extra: [], differing: ['country'] }],
      },
    ]);
    expect(catalogue(await both(), { minSimilarity: 0.85 }).duplicates.similar).toEqual([]);
  });

  it('finds operations about the same, and not those that only sound alike', async () => {
    const archive = shop('1.0.0').replace('title: Shop', 'title: Archive').replaceAll('/orders', '/archive/orders');
    const { duplicates } = catalogue([await read('a.yaml', shop('1.0.0')), await read('b.yaml', archive)]);
    const pairs = duplicates.operations.map(({ centre, members }) => [centre.key, ...members.map(({ key }) => key)]);
    expect(pairs).toEqual([
      ['GET /v1/archive/orders', 'GET /v1/orders'],
      ['POST /v1/archive/orders', 'POST /v1/orders'],
      ['GET /v1/archive/orders/{orderId}', 'GET /v1/orders/{orderId}'],
    ]);
  });

  it('tells the usual style of each matter and the odd ones with their places', async () => {
    const { consistency } = catalogue(await both());
    const of = (matter: string): (typeof consistency)[number] | undefined =>
      consistency.find((one) => one.matter === matter);
    expect(of('operation ids')).toMatchObject({ usual: 'camelCase', share: 0.6 });
    expect(of('operation ids')?.capabilities).toEqual([
      { capability: 'billing', style: 'snake_case', share: 1 },
      { capability: 'shop', style: 'camelCase', share: 1 },
    ]);
    expect(of('paging')?.styles.map(({ style }) => style)).toEqual(['cursor', 'offset']);
    expect(of('dates')?.styles.map(({ style }) => style)).toEqual(['Unix time', 'date-time']);
    expect(of('money')?.styles[0]?.style).toBe('{currency, value: integer}');
    const slip = shop('1.0.0').replace('city: {', 'house_number: {');
    const line = slip.split('\n').findIndex((text) => text.includes('house_number')) + 1;
    const [odd] = catalogue([await read('slip.yaml', slip)]).consistency.flatMap((one) => one.odd);
    expect(odd).toMatchObject({ style: 'snake_case', usual: 'camelCase', count: 1 });
    expect(odd?.places[0]).toMatchObject({ what: 'house_number', at: { file: 'slip.yaml', line } });
  });

  it('never takes what is not settled for the usual style', async () => {
    const { consistency } = catalogue([await read('billing.yaml', billing)]);
    const errors = consistency.find(({ matter }) => matter === 'errors');
    expect(errors).toMatchObject({ share: 0, styles: [{ style: 'not declared', share: 1 }] });
    expect(errors?.usual).toBeUndefined();
  });

  it('sees who knows ids of whom, and which names have several homes', async () => {
    const made = catalogue(await both());
    expect(made.dependencies).toMatchObject([{ from: 'billing', to: ['shop'], by: 'id', what: 'order_id' }]);
    const twice = catalogue([
      await read('a.yaml', shop('1.0.0')),
      await read('b.yaml', shop('1.0.0').replace('title: Shop', 'title: Store')),
    ]);
    expect(twice.resources[0]).toMatchObject({
      name: 'order',
      homes: [{ capability: 'shop' }, { capability: 'store' }],
    });
  });

  it('is the same for the same contracts in another order', async () => {
    const [a, b] = await both();
    if (!a || !b) throw new Error('both must load');
    expect(catalogue([b, a])).toEqual(catalogue([a, b]));
  });

  it('scores by its parts', async () => {
    const { score } = catalogue(await both());
    // .5 property names, .6 operation ids, 1 query names, .5 paging, 0 errors, .5 dates, 1 ids, 1 money, 0 authentication,
    // .5 versions: 5.6 of 10. One of six schemas is a copy; one of two capabilities names its team.
    expect(score.parts.map(({ part, score: own }) => [part, own])).toEqual([
      ['consistency', 56],
      ['reuse', 83],
      ['ownership', 50],
    ]);
    expect(score.total).toBe(Math.round(0.6 * 56 + 0.2 * 83 + 0.2 * 50));
  });

  it('of nothing is empty', () => {
    expect(catalogue([])).toMatchObject({ score: { total: 100 }, capabilities: [], consistency: [] });
  });

  it('is told in text and in Markdown that no name can break out of', async () => {
    const hostile = await read(
      'h.yaml',
      billing.replace('title: Billing', "title: 'A | <b>x</b>'").replaceAll('Invoice', 'In|<i>`*'),
    );
    const unread = [{ file: 'x.yaml', line: 3, column: 1, whole: true, message: 'Not valid YAML: a | b' }];
    const markdown = catalogueReport(catalogue([hostile]), { format: 'markdown', unread });
    expect(markdown).toContain('x.yaml:3:1 | the file | Not valid YAML: a \\| b |');
    expect(markdown).not.toMatch(/<[ib]>/);
    const text = catalogueReport(catalogue(await both()), { format: 'text', rows: 1 });
    expect(text).toContain('billing.Amount  shop.Money');
    expect(text).toMatch(/\d+ more in catalogue\.json/);
  });
});

describe('forms', () => {
  const document = {
    Node: { type: 'object', properties: { next: { $ref: '#/Node' }, name: { type: 'string' } } },
    Same: { properties: { name: { title: 'Name', type: 'string' }, next: { $ref: '#/Node' } }, type: 'object' },
  };
  it('are one number for the same, also through cycles', () => {
    const forms = new Forms();
    expect(forms.of({ $ref: '#/Node' }, document)).toBe(forms.of({ allOf: [{ $ref: '#/Node' }] }, document));
    expect(forms.of({ enum: ['a', 'b'] }, document)).toBe(forms.of({ enum: ['b', 'a'] }, document));
    expect(forms.of({ properties: { title: true } }, document)).not.toBe(forms.of({ properties: {} }, document));
    expect(forms.of({ enum: [1] }, document)).not.toBe(forms.of({ enum: ['1'] }, document));
    expect(forms.of(document.Same, document)).not.toBe(forms.of({ type: 'object' }, document));
  });
});

describe('likeness', () => {
  it('finds exactly the pairs that comparing each with each finds', () => {
    // A fixed linear congruence: many overlapping sets without chance.
    let seed = 7;
    const next = (bound: number): number => (seed = (seed * 48_271) % 2_147_483_647) % bound;
    const sets = Array.from({ length: 120 }, () => new Set(Array.from({ length: 1 + next(8) }, () => `p${next(12)}`)));
    for (const least of [0.3, 0.5, 0.8, 1]) {
      const found = likeSets(sets, least).map((list) => list.map(({ other }) => other).toSorted((a, b) => a - b));
      const expected = sets.map((set, index) =>
        [...sets.keys()].filter((other) => other !== index && jaccard(set, sets[other] ?? new Set()) >= least),
      );
      expect(found).toEqual(expected);
    }
  });
});

describe('words', () => {
  it.each([
    ['unitPriceURL', ['unit', 'price', 'url']],
    ['HTTPServer', ['http', 'server']],
    ['line_items-v2', ['line', 'items', 'v2']],
    ['größe', ['größe']],
  ])('%s', (name, words) => expect(wordsOf(name)).toEqual(words));

  it('of a path leave versions and names of variables out', () => {
    expect(pathWords('/v2/store/lineItems/{id}?beta=true')).toEqual(['store', 'line-item', '{}']);
  });
});
