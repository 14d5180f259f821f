import type { Invariant } from '@plinth/runtime';
import { ledgerInvariants } from '../ledger/index.ts';

const sumOf = (kind: string): string =>
  `(select coalesce(sum(a.amount_minor), 0) from payments.attempts a
    where a.payment_id = p.id and a.kind = '${kind}' and a.state <> 'declined')`;

export const invariants: readonly Invariant[] = [
  ...ledgerInvariants('payments', 'payments'),
  {
    name: 'payments.taken-and-given-back-are-the-fold-of-attempts',
    sql: `select p.id from payments.payments p
          where p.captured_minor <> ${sumOf('capture')} or p.refunded_minor <> ${sumOf('refund')}`,
  },
  {
    name: 'payments.every-success-is-posted-once',
    sql: `select a.provider_key from payments.attempts a
          left join payments.ledger_posting l on l.kind = a.kind and l.reference = a.provider_key
          left join payments.ledger_move m on m.posting = l.id
          where a.kind in ('capture', 'refund') and a.state = 'succeeded' and m.amount is distinct from a.amount_minor`,
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
