import type { Invariant } from '@plinth/runtime';
import { ledgerInvariants } from '../ledger/index.ts';

export const invariants: readonly Invariant[] = [
  ...ledgerInvariants('accounts', 'accounts'),
  {
    name: 'accounts.every-line-of-an-account-is-a-transaction',
    sql: `select coalesce(l.account, t.account) as account, coalesce(l.seq, t.seq) as seq
          from (
            select m.src as account, m.src_seq as seq, -m.amount as amount, m.src_after as after, m.posting
            from accounts.ledger_move m join accounts.accounts a on a.id = m.src
            union all
            select m.dst, m.dst_seq, m.amount, m.dst_after, m.posting
            from accounts.ledger_move m join accounts.accounts a on a.id = m.dst
          ) l full join accounts.transactions t on t.account = l.account and t.seq = l.seq
          where l.amount is distinct from t.amount_minor or l.after is distinct from t.after_minor
            or l.posting is distinct from t.posting`,
  },
  {
    name: 'accounts.account-and-book-agree-on-state-and-floor',
    sql: `select a.id from accounts.accounts a join accounts.ledger_account l on l.id = a.id
          where l.unit <> a.currency or l.floor is distinct from -a.overdraft_minor or l.status <> replace(a.state, 'active', 'open')`,
  },
  {
    name: 'accounts.a-transfer-moves-what-it-says',
    sql: `select t.id from accounts.transfers t where not exists (
            select from accounts.ledger_move m where m.posting = t.posting and m.src = t.from_account
              and m.dst = t.to_account and m.amount = t.amount_minor)`,
  },
  {
    name: 'accounts.a-card-booking-moves-what-it-says',
    sql: `select b.moved_id from accounts.card_bookings b where not exists (
            select from accounts.ledger_move m where m.posting = b.posting and m.amount = abs(b.amount_minor)
              and b.account = case when b.amount_minor < 0 then m.src else m.dst end)`,
  },
  {
    name: 'accounts.no-more-comes-back-than-a-card-paid',
    sql: 'select payment_id from accounts.card_bookings group by payment_id having sum(amount_minor) > 0',
  },
  {
    name: 'accounts.a-closed-account-is-empty',
    sql: `select a.id from accounts.accounts a join accounts.ledger_account l on l.id = a.id
          where a.state = 'closed' and (l.posted <> 0 or l.held <> 0)`,
  },
];
