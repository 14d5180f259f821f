import type { Invariant } from '@plinth/runtime';
import { ledgerInvariants } from '../ledger/index.ts';

const sumOf = (kind: string, states = "'succeeded'"): string =>
  `(select coalesce(sum(a.amount_minor), 0) from payments.attempts a
    where a.payment_id = p.id and a.kind = '${kind}' and a.state in (${states}))`;

export const invariants: readonly Invariant[] = [
  ...ledgerInvariants('payments', 'payments'),
  {
    name: 'payments.taken-and-given-back-are-the-fold-of-attempts',
    sql: `select p.id from payments.payments p
          where p.captured_minor <> ${sumOf('capture')} or p.refunded_minor <> ${sumOf('refund')}`,
  },
  {
    name: 'payments.never-more-asked-than-there-is',
    sql: `select p.id from payments.payments p
          where ${sumOf('capture', "'succeeded', 'started'")} > p.amount_minor
            or ${sumOf('refund', "'succeeded', 'started'")} > p.captured_minor`,
  },
  {
    name: 'payments.the-state-follows-from-the-amounts',
    sql: `select id from payments.payments
          where (state in ('captured', 'refunded')) <> (captured_minor > 0)
            or (state = 'refunded') <> (captured_minor > 0 and refunded_minor = captured_minor)`,
  },
  {
    name: 'payments.every-success-is-posted-once',
    sql: `select a.provider_key from payments.attempts a
          left join payments.ledger_posting l on l.kind = a.kind and l.reference = a.provider_key
          left join payments.ledger_move m on m.posting = l.id
          where a.kind in ('capture', 'refund') and a.state = 'succeeded' and m.amount is distinct from a.amount_minor`,
  },
  {
    name: 'payments.every-late-failure-is-posted-back-once',
    sql: `select a.provider_key from payments.attempts a
          left join payments.ledger_posting l on l.kind = a.kind and l.reference = a.provider_key
          left join payments.ledger_posting r on r.reverses = l.id
          where a.kind in ('capture', 'refund') and a.state = 'failed' and r.id is null`,
  },
  {
    name: 'payments.a-cancelled-payment-keeps-nothing-reserved',
    sql: `select p.id from payments.payments p
          join payments.attempts a on a.payment_id = p.id and a.kind = 'authorize' and a.state = 'succeeded'
          where p.state = 'cancelled' and not exists (
            select from payments.attempts v where v.payment_id = p.id and v.kind = 'void')`,
  },
  {
    name: 'payments.no-outcome-stays-unknown',
    sql: `select provider_key from payments.attempts where state = 'started' and at < now() - interval '1 hour'`,
  },
];
