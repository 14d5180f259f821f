import { type Contract, load } from '@plinth/contract';
import { seededRandom, servicePrincipal } from '@plinth/runtime/kernel';
import { createLogger, Metrics, Tracer } from '@plinth/runtime/pipeline';
import { expect, it } from 'vitest';
import { fulfil } from './fulfil.ts';
import { LineBook } from './lines.ts';
import type { Manifest } from './manifest.ts';

const text = `openapi: 3.1.0
info: { title: Till, version: 1.0.0 }
security: []
paths:
  /sales/{number}:
    get:
      operationId: getSale
      parameters: [{ name: number, in: path, required: true, schema: { type: string } }]
      responses: { '200': { description: It., content: { application/json: { schema: { type: object } } } } }
`;

const nothing = (): undefined => undefined;

async function contractOf(): Promise<Contract> {
  const { contract, findings } = await load('till.yaml', {
    read: () => Promise.resolve(text),
    companions: {},
    foreign: true,
  });
  if (contract === undefined) throw new Error(JSON.stringify(findings));
  return contract;
}

it('a call that cannot be written leaves no span open, and reaches nobody', async () => {
  const contract = await contractOf();
  const tracer = new Tracer({ take: () => undefined, close: () => Promise.resolve() });
  const logger = createLogger('silent');
  const book = new LineBook({
    metrics: new Metrics(),
    logger,
    tracer,
    random: seededRandom(1),
    address: nothing,
    secret: nothing,
  });
  const manifest: Manifest = {
    upstream: 'till',
    contract: 'till@1',
    baseUrl: 'http://127.0.0.1:9',
    operations: {
      getSale: { target: 'getSale', request: { path: { number: { from: '/input/number', as: 'integer' } } } },
    },
  };
  const { handlers } = fulfil({ manifest, contract, target: contract, book, owners: {} });
  const trace = { traceId: '1'.repeat(32), spanId: '2'.repeat(16), isSampled: true, traceState: undefined };
  const ctx = { principal: servicePrincipal('test'), trace, traceId: trace.traceId, log: logger };
  const run = handlers['getSale']?.run as (input: object, context: object) => Promise<unknown>;
  await expect(Promise.try(run, { number: 'seven' }, ctx)).rejects.toThrow('whole number');
  expect(tracer.open).toBe(0);
  await book.close();
});
