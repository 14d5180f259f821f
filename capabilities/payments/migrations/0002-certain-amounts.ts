import { type Kysely, sql } from 'kysely';

/** Amounts of a payment are what is certain; what is asked and not answered stands in its attempts. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table payments.attempts add column declined_because text;
    update payments.payments p set
      refunded_minor = p.refunded_minor - open.refunds,
      captured_minor = p.captured_minor - open.captures,
      state = case
        when p.captured_minor = open.captures then 'authorized'
        when p.captured_minor - open.captures = p.refunded_minor - open.refunds then 'refunded'
        else 'captured' end
    from (
      select payment_id,
        coalesce(sum(amount_minor) filter (where kind = 'capture'), 0) as captures,
        coalesce(sum(amount_minor) filter (where kind = 'refund'), 0) as refunds
      from payments.attempts where state = 'started' and kind in ('capture', 'refund') group by payment_id) open
    where p.id = open.payment_id;
  `.execute(db);
}
