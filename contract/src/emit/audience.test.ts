import { expect, it } from 'vitest';
import { load } from '../load/load.ts';
import { offeredTo } from './audience.ts';
import { emitDocs } from './docs/site.ts';

const text = `openapi: 3.1.0
info: { title: Bikes, version: 1.0.0 }
x-plinth: { capability: bikes, audience: [staff] }
paths:
  /bikes:
    get:
      operationId: listBikes
      security: []
      x-plinth: { audience: [customer], problems: [bikes.none] }
      responses: { '200': { description: They., content: { application/json: { schema: { type: array, items: { $ref: '#/components/schemas/Bike' } } } } } }
    post:
      operationId: buyBike
      security: []
      x-plinth: { effect: write, problems: [bikes.secret] }
      requestBody: { content: { application/json: { schema: { $ref: '#/components/schemas/Purchase' } } } }
      responses: { '201': { description: Bought. } }
components:
  schemas:
    Bike: { type: object, properties: { id: { type: string }, frame: { $ref: '#/components/schemas/Frame' }, dealerCost: { type: integer, x-plinth: { audience: [staff] } } } }
    Frame: { type: string }
    Purchase: { type: object, properties: { supplier: { type: string } } }
`;
const problems =
  'problems:\n  bikes.none: { status: 404, title: None }\n  bikes.secret: { status: 409, title: Secret }\n';

it('tells an audience nothing of what is for others: operations, properties, problems, schemas', async () => {
  const files: Record<string, string> = { 'contract.yaml': text, 'problems.yaml': problems };
  const { contract } = await load('contract.yaml', {
    read: (file) => Promise.resolve(files[file] ?? ''),
    companions: { problems: 'problems.yaml' },
  });
  if (!contract) throw new Error('it does not load');
  const offered = offeredTo(contract, 'customer');
  expect(offered.operations.map(({ id }) => id)).toEqual(['listBikes']);
  expect([...offered.schemas.keys()]).toEqual(['Bike', 'Frame']);
  expect(offered.problems.map(({ code }) => code)).toEqual(['bikes.none']);
  const site = JSON.stringify(emitDocs([offered], { now: Temporal.Instant.from('2026-01-01T00:00:00Z') }));
  for (const word of ['buyBike', 'Purchase', 'supplier', 'dealerCost', 'bikes.secret'])
    expect(site).not.toContain(word);
  expect(site).toContain('bikes.none');
});
