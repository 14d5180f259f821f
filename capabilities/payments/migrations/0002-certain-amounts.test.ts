import { aDatabase } from '@plinth/testing';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import * as payments0001 from './0001-payments.ts';
import { up } from './0002-certain-amounts.ts';

/** As it was written before: amounts that were only asked counted as moved. */
const before = [
  { n: 1, captured: 1000, refunded: 0, state: 'captured', open: [['capture', 1000]] },
  { n: 2, captured: 1000, refunded: 300, state: 'captured', open: [['capture', 700]] },
  { n: 3, captured: 1000, refunded: 1000, state: 'refunded', open: [['refund', 400]] },
  { n: 4, captured: 1000, refunded: 0, state: 'captured', open: [] },
] as const;

it('takes what is only asked out of the amounts, and the state follows', async () => {
  await using database = await disposable();
  const { db } = database;
  for (const { n, captured, refunded, state, open } of before) {
    await sql`insert into payments.payments
      (id, customer_id, amount_minor, captured_minor, refunded_minor, currency, method, reference, state, created_at)
      values (${idOf(n)}, 'cus_1', 1000, ${captured}, ${refunded}, 'EUR', 'card_ok', 'r', ${state}, now())`.execute(db);
    for (const [kind, amount] of open) {
      await sql`insert into payments.attempts (provider_key, id, payment_id, kind, amount_minor, state, at)
        values (${`${kind}/${n}`}, ${idOf(n)}, ${idOf(n)}, ${kind}, ${amount}, 'started', now())`.execute(db);
    }
  }
  await up(db);
  const { rows } = await sql<{ line: string }>`
    select captured_minor || ' ' || refunded_minor || ' ' || state as line from payments.payments order by id`.execute(
    db,
  );
  expect(rows.map(({ line }) => line)).toEqual([
    '0 0 authorized',
    '300 300 refunded',
    '1000 600 captured',
    '1000 0 captured',
  ]);
});

async function disposable() {
  const database = await aDatabase([{ schema: 'payments', migrations: { '0001-payments': payments0001 } }]);
  return { db: database.db, [Symbol.asyncDispose]: () => database.close() };
}

function idOf(n: number): string {
  return `00000000-0000-7000-8000-00000000000${n}`;
}
