import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import { write } from '../../capability.ts';
import { reply, type WriteContext } from '../../context.ts';
import { Pace } from '../../resilience/pace.ts';
import { openTestDatabase, type TestDatabase } from '../../store/test-database.ts';
import { gate, Shop } from '../cache/test-shop.ts';
import type { Exchange } from '../exchange.ts';
import type { CompiledOperation } from '../operation.ts';
import { notesContract, startTestEdge, type TestEdge } from '../test-edge.ts';
import { compileDeadline } from './deadline.ts';

function deadlineOf(sent: string | undefined, audience = 'service', medianMs = 0): number | string {
  const pace = new Pace();
  if (medianMs > 0) pace.note(medianMs);
  const operation = { operation: { policy: { audience: ['service', 'customer'] } }, timeoutMs: 10_000, pace };
  const startedMs = performance.now();
  const x = {
    operation: { ...operation, problems: { answer: (code: string) => ({ code }) } },
    principal: { audience },
    startedMs,
    deadlineMs: 0,
    header: () => sent,
  } as unknown as Exchange;
  const outcome = compileDeadline(operation as unknown as CompiledOperation)?.(x);
  if (outcome !== undefined) return (outcome as unknown as { code: string }).code;
  return x.deadlineMs === 0 ? 0 : Math.round(x.deadlineMs - startedMs);
}

describe('the time a caller still waits', () => {
  it('lowers that of the operation, and never raises it', () => {
    expect([deadlineOf('700'), deadlineOf('60000')]).toEqual([700, 10_000]);
  });

  it.each(['', '-1', '1.5', '1e3', '0x10', 'soon', '9'.repeat(10)])('is not what “%s” says', (sent) => {
    expect(deadlineOf(sent)).toBe(0);
  });

  it.each(['customer', 'partner', 'staff', 'agent', 'device'])('is not believed of a %s', (audience) => {
    expect(deadlineOf('1', audience)).toBe(0);
  });

  it('is not looked for where no service calls', () => {
    expect(compileDeadline({ operation: { policy: { audience: ['customer'] } } } as never)).toBeUndefined();
  });

  it('ends at once when the work usually takes longer', () => {
    expect([deadlineOf('50', 'service', 40), deadlineOf('50', 'service', 60)]).toEqual([50, 'deadline-exceeded']);
  });
});

it('an answer that is made for the cache is waited for no longer', { timeout: 20_000 }, async () => {
  const shop = await Shop.open('{ ttl: PT1M }', { replace: ['ownerCheck: []', 'ownerCheck: [], timeoutMs: 30000'] });
  const { opened, open } = gate();
  shop.held = opened;
  const claims = { plinth_audience: 'service', sub: 's', customer_id: undefined, scope: 'shop.read' };
  const response = await fetch(`${shop.world.url}/shop/v1/things/first`, {
    headers: { authorization: `Bearer ${await shop.world.token(claims)}`, 'plinth-deadline': '200' },
  });
  const { code } = (await response.json()) as { code: string };
  expect([response.status, code, shop.reads]).toEqual([504, 'deadline-exceeded', 1]);
  open();
  await shop.close();
});

let world: TestEdge | undefined;
let store: TestDatabase | undefined;
afterEach(async () => {
  await world?.close();
  await store?.close();
});

it('a statement is ended with the time of who waits for it', async () => {
  const database = (store = await openTestDatabase());
  const contract = await notesContract();
  const operation = contract.operations.find(({ id }) => id === 'createNote');
  Object.assign(operation?.policy ?? {}, { audience: ['service'] });
  const seen: string[] = [];
  world = await startTestEdge({
    contract,
    services: {
      database,
      beginWrite: (base, tx) => ({ context: { ...base, db: tx } as WriteContext, flush: async () => undefined }),
    },
    handlers: {
      createNote: write(async (_, ctx) => {
        const { rows } = await sql<{ t: string }>`select current_setting('statement_timeout') as t`.execute(ctx.db);
        seen.push(rows[0]?.t ?? '');
        await sql`select pg_sleep(3)`.execute(ctx.db);
        return reply(201, { id: 'n', text: 't', version: 1 });
      }),
    },
  });
  const token = await world.token({ plinth_audience: 'service', sub: 's', customer_id: undefined });
  const startMs = performance.now();
  const response = await fetch(`${world.url}/notes/v1/notes`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'idempotency-key': 'k',
      'plinth-deadline': '600',
    },
    body: '{"text":"a"}',
  });
  // The adapter makes a timeout of the driver's error; this package's own database does not.
  expect([500, 504]).toContain(response.status);
  expect(performance.now() - startMs).toBeLessThan(2_500);
  expect(seen[0]).toMatch(/^\d{1,3}ms$/);
  expect(await database.rows('select state from runtime.idempotency')).toEqual([]);
});
