// Callbacks of handlers that orchestrate, answered in the request: with a key or without one, only what took effect is told.

import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { open } from '../capability.ts';
import { reply } from '../context.ts';
import { rotateSecret } from '../events/webhooks/targets.ts';
import { problem, systemClock } from '../kernel/index.ts';
import { notesContract, startTestEdge, type TestEdge } from '../pipeline/test-edge.ts';
import { openTestDatabase, type TestDatabase } from '../store/test-database.ts';

const yaml = `
openapi: 3.1.0
info: { title: Prints, version: 1.0.0, description: Prints. }
servers: [{ url: /prints/v1 }]
x-plinth: { capability: prints, owner: { team: test, contact: test@example.org }, audience: [customer] }
security: [{ oidc: [notes.write] }]
paths:
  /prints:
    post:
      operationId: makePrint
      summary: Print something
      x-plinth: { effect: write, idempotency: optional }
      requestBody: { required: true, content: { application/json: { schema: { $ref: '#/components/schemas/Print' } } } }
      responses: { '201': { description: Made., content: { application/json: { schema: { $ref: '#/components/schemas/Print' } } } } }
      callbacks:
        made:
          '{$request.body#/callbackUrl}':
            post: { operationId: onMade, responses: { '204': { description: Heard. } } }
components:
  securitySchemes: { oidc: { type: openIdConnect, openIdConnectUrl: /oidc } }
  schemas: { Print: { type: object, properties: { name: { type: string }, callbackUrl: { type: string } } } }
`;

let store: TestDatabase;
let world: TestEdge;
beforeAll(async () => {
  store = await openTestDatabase();
  await store.transaction((tx) => rotateSecret(tx, 'app_a', systemClock.now()));
  const makePrint = open(async ({ body: { name } }: { body: { name: string } }) => {
    if (name === 'refused') return problem('conflicting-state');
    return reply(201, { name: name === 'large' ? 'x'.repeat(1_048_576) : name });
  });
  world = await startTestEdge({
    contract: await notesContract(yaml),
    handlers: { makePrint },
    services: { database: store },
    edge: { checkAddress: async () => undefined },
  });
});
afterAll(async () => {
  await world?.close();
  await store?.close();
});
beforeEach(async () => {
  await store.rows('truncate runtime.webhook_delivery, runtime.webhook_target');
});

const callbackUrl = 'http://hooks.test/made';

async function print(name: string, key: string | undefined): Promise<number> {
  const token = await world.token({ sub: 'ada', client_id: 'app_a' });
  const response = await fetch(`${world.url}/prints/v1/prints`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    },
    body: JSON.stringify({ name, callbackUrl }),
  });
  await response.arrayBuffer();
  return response.status;
}

const deliveries = () =>
  store.rows('select event_id as id, media_type as media, body::json as body from runtime.webhook_delivery');

it.each(['keyed', undefined])(
  '%s: a success is told, a refusal is not, and of what is too large that it is',
  async (key) => {
    expect(await print('refused', key && `${key}-1`)).toBe(409);
    expect(await deliveries()).toEqual([]);
    expect(await print('done', key && `${key}-2`)).toBe(201);
    expect(await deliveries()).toMatchObject([{ media: 'application/json', body: { name: 'done' } }]);
    await store.rows('truncate runtime.webhook_delivery');
    expect(await print('large', key && `${key}-3`)).toBe(201);
    expect(await deliveries()).toMatchObject([{ body: { code: 'answer-not-kept' } }]);
  },
);

it('a repetition is the message that was, and another call another one', async () => {
  await print('a', 'one');
  await print('a', 'one');
  await print('a', 'two');
  const ids = (await deliveries()).map(({ id }) => id);
  expect([ids.length, new Set(ids).size]).toEqual([2, 2]);
});
