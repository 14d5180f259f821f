import type { Invariant } from '@plinth/runtime';

/** What must hold in every book at every commit. `prefix` is the capability's name. */
export function ledgerInvariants(schema: string, prefix: string): Invariant[] {
  const lines = `(select src as account, src_seq as seq, -amount as change, src_after as after from ${schema}.ledger_move
    union all select dst, dst_seq, amount, dst_after from ${schema}.ledger_move)`;
  return [
    {
      name: `${prefix}.ledger-sums-to-zero`,
      sql: `select unit, sum(posted) as sum from ${schema}.ledger_account group by unit having sum(posted) <> 0`,
    },
    {
      name: `${prefix}.posted-is-the-fold-of-lines`,
      sql: `select a.code from ${schema}.ledger_account a left join
        (select account, sum(change) as sum, max(seq) as seq, count(*) as lines from ${lines} l group by account) f
        on f.account = a.id
        where a.posted <> coalesce(f.sum, 0) or a.seq <> coalesce(f.seq, 0) or a.seq <> coalesce(f.lines, 0)`,
    },
    {
      name: `${prefix}.held-is-the-fold-of-holds`,
      sql: `select a.code from ${schema}.ledger_account a left join
        (select account, sum(remaining) as sum from ${schema}.ledger_hold where state = 'open' group by account) h
        on h.account = a.id where a.held <> coalesce(h.sum, 0)`,
    },
    {
      name: `${prefix}.balances-are-chained`,
      sql: `select account, seq from (select account, seq, after, change,
          lag(after, 1, 0) over (partition by account order by seq) as before from ${lines} l) c
        where after <> before + change`,
    },
    {
      name: `${prefix}.no-hold-outlives-its-time`,
      sql: `select id from ${schema}.ledger_hold where state = 'open' and expires_at < now() - interval '60 seconds'`,
    },
    {
      name: `${prefix}.a-reversal-mirrors`,
      sql: `select p.id from ${schema}.ledger_posting p where p.reverses is not null and exists (
          select src, dst, unit, amount from ${schema}.ledger_move where posting = p.id
          except all select dst, src, unit, amount from ${schema}.ledger_move where posting = p.reverses)`,
    },
  ];
}
