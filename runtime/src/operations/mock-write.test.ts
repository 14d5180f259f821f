import { afterAll, beforeAll, expect, it } from 'vitest';
import type { MockCall } from '../pipeline/edge.ts';
import { startTestEdge, type TestEdge } from '../pipeline/test-edge.ts';
import { consents } from '../store/consents.ts';
import { openTestDatabase, type TestDatabase } from '../store/test-database.ts';
import { beginWrite } from '../work.ts';

let store: TestDatabase;
let world: TestEdge;
const asked: MockCall[] = [];

beforeAll(async () => {
  store = await openTestDatabase();
  world = await startTestEdge({
    services: { database: store, beginWrite: (base, tx) => beginWrite({ consents }, base, tx) },
    binding: {
      owners: {},
      mock: {
        answer: (call) => {
          asked.push(call);
          return Promise.resolve({ status: 201, headers: {}, body: { id: 'note_ada9', text: 'mocked', version: 1 } });
        },
        owners: { note: (ids) => new Map(ids.map((id) => [id, ['cus_ada']])) },
      },
    },
  });
  const operation = world.edge.operations.get('notes.createNote')?.operation;
  operation?.policy.emits.push({ event: 'note.created' });
});
afterAll(async () => {
  await world.close();
  await store.close();
});

it('a mocked write is one effect per key and one fact on the timeline', async () => {
  const token = await world.token();
  const post = () =>
    fetch(`${world.url}/notes/v1/notes`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': 'mocked-1' },
      body: '{"text":"a"}',
    });
  const [first, again] = [await post(), await post()];
  expect([first.status, again.status, again.headers.get('idempotent-replayed')]).toEqual([201, 201, 'true']);
  expect(asked).toHaveLength(1);
  expect(asked[0]).toMatchObject({ owner: 'cus_ada', input: { body: { text: 'a' } } });
  const facts = await store.rows('select type, source, subject, customer_id, data from runtime.outbox');
  expect(facts).toEqual([
    {
      type: 'note.created',
      source: '/notes',
      subject: 'note_ada9',
      customer_id: 'cus_ada',
      data: { id: 'note_ada9', text: 'mocked', version: 1 },
    },
  ]);
});

it('the mock’s owners guard its things', async () => {
  const eve = await world.token({ sub: 'eve', customer_id: 'cus_eve' });
  const answer = await fetch(`${world.url}/notes/v1/notes/note_ada9`, { headers: { authorization: `Bearer ${eve}` } });
  expect(answer.status).toBe(404);
});
