import { describe, expect, it } from 'vitest';
import { load } from '../load/load.ts';
import type { Contract } from '../model/contract.ts';
import type { Send } from './exchange.ts';
import { reportAsText } from './format.ts';
import { plan, type PlanOptions } from './plan.ts';
import { run, type TestReport } from './run.ts';
import { mockSend } from './samples.ts';

const now = Temporal.Instant.from('2026-06-01T12:00:00Z');

const text = `
openapi: 3.1.0
info: { title: Shelf, version: 1.0.0 }
paths:
  /books:
    get:
      operationId: listBooks
      parameters: [{ name: limit, in: query, schema: { type: integer, minimum: 1, maximum: 50 } }]
      responses: { '200': { description: All., content: { application/json: { schema: { type: object, required: [items], properties: { items: { type: array, items: { $ref: '#/components/schemas/Book' } } } } } } }, '400': { description: No. } }
    post:
      operationId: addBook
      requestBody: { required: true, content: { application/json: { schema: { $ref: '#/components/schemas/NewBook' }, examples: { one: { value: { title: Emma, pages: 300 } } } } } }
      responses: { '201': { description: It., content: { application/json: { schema: { $ref: '#/components/schemas/Book' } } } }, '400': { description: No. } }
  /books/{bookId}:
    get:
      operationId: getBook
      parameters: [{ name: bookId, in: path, required: true, schema: { type: string, maxLength: 40 } }]
      responses: { '200': { description: It., content: { application/json: { schema: { $ref: '#/components/schemas/Book' } } } }, '400': { description: No. }, '404': { description: No. } }
components:
  schemas:
    NewBook: { type: object, additionalProperties: false, required: [title, pages], properties: { title: { type: string, minLength: 1, maxLength: 80 }, pages: { type: integer, minimum: 1, maximum: 5000 } } }
    Book: { type: object, required: [id, title, pages], properties: { id: { type: string }, title: { type: string, maxLength: 80 }, pages: { type: integer } } }
`;

async function contractOf(yaml: string): Promise<Contract> {
  const { contract } = await load('shelf.yaml', { read: async () => yaml });
  if (!contract) throw new Error('the test contract must load');
  return contract;
}

const contract = await contractOf(text);

async function reportOf(send: Send, options: PlanOptions = {}, seed = 7): Promise<TestReport> {
  for await (const event of run(plan(contract, { cases: 20, ...options }), { send, now, seed }))
    if (event.type === 'report') return event.report;
  throw new Error('a run ends with a report');
}

async function sentWith(seed: number): Promise<string> {
  const lines: string[] = [];
  const send = mockSend(contract, { seed: 1, now });
  const keep: Send = (request) => {
    lines.push(JSON.stringify(request));
    return send(request);
  };
  await reportOf(keep, {}, seed);
  return lines.join('\n');
}

describe('plinth test', () => {
  it('finds nothing wrong with the mock of the contract', async () => {
    const report = await reportOf(mockSend(contract, { seed: 1, now }));
    expect(reportAsText({ ...report, coverage: [] }, { baseUrl: 'http://t' })).toBe('');
    expect(report.requests).toBeGreaterThan(100);
    expect(report.coverage.map(({ statuses }) => Object.keys(statuses).join(' '))).toEqual([
      '200 400',
      '201 400 415',
      '200 400 404',
    ]);
  });

  it('sends the same requests for the same seed, and others for another', async () => {
    expect(await sentWith(1)).toBe(await sentWith(1));
    expect(await sentWith(1)).not.toBe(await sentWith(2));
  });

  it('shrinks a failure to what causes it and says how to repeat it', async () => {
    const good = mockSend(contract, { seed: 1, now });
    const report = await reportOf(async (request) => {
      const body = typeof request.body === 'string' ? request.body : '';
      const pages = /"pages":(\d+)/.exec(body)?.[1];
      return pages !== undefined && Number(pages) > 90
        ? { status: 500, headers: {}, body: new Uint8Array(), ms: 1 }
        : good(request);
    });
    const [failure, ...others] = report.failures;
    expect(others).toEqual([]);
    expect(failure).toMatchObject({ check: 'server-error', operation: 'addBook', position: { line: 11 } });
  });
});

it('an optional parameter that its style cannot carry keeps no operation from being called', async () => {
  const list =
    '{ type: array, minItems: 1, items: { type: object, required: [a], properties: { a: { type: integer } } } }';
  const names = ['and', 'or', 'not', 'any', 'all', 'none', 'some', 'one'];
  const parameters = names.map((name) => `{ name: ${name}, in: query, schema: ${list} }`).join(', ');
  const odd = await contractOf(`openapi: 3.1.0
info: { title: Odd, version: 1.0.0 }
paths:
  /things: { get: { operationId: findThings, parameters: [${parameters}], responses: { '200': { description: All., content: { application/json: { schema: { type: object } } } }, '400': { description: No. } } } }
`);
  const sent: string[] = [];
  const send = mockSend(odd, { seed: 1, now });
  const keep: Send = (request) => {
    sent.push(request.target);
    return send(request);
  };
  const failures: unknown[] = [];
  for await (const event of run(plan(odd, { cases: 10, phases: ['positive'] }), { send: keep, now, seed: 7 }))
    if (event.type === 'report') failures.push(...event.report.failures);
  expect(failures).toEqual([]);
  expect(sent.length).toBeGreaterThan(5);
});
