import { defineCapability, reaction, read, write } from '@plinth/runtime';
import { ledgerInvariants } from '../ledger/index.ts';
import { accruePoints } from './handlers/accrue-points.ts';
import { captureRedemption } from './handlers/capture-redemption.ts';
import { getMember } from './handlers/get-member.ts';
import { listPointMovements } from './handlers/list-point-movements.ts';
import { redeemPoints } from './handlers/redeem-points.ts';
import { releaseRedemption } from './handlers/release-redemption.ts';
import * as points0001 from './migrations/0001-points.ts';
import * as points0002 from './migrations/0002-repaid.ts';
import { onOrderCancelled, onOrderPlaced } from './reactions/on-order.ts';
import { seed } from './seed.ts';

export const loyalty = defineCapability({
  name: 'loyalty',
  folder: import.meta.dirname,
  handlers: {
    getMember: read(getMember),
    listPointMovements: read(listPointMovements),
    accruePoints: write(accruePoints),
    redeemPoints: write(redeemPoints),
    captureRedemption: write(captureRedemption),
    releaseRedemption: write(releaseRedemption),
  },
  reactions: [
    reaction('loyalty.on-order-placed', 'order.placed', onOrderPlaced),
    reaction('loyalty.on-order-cancelled', 'order.cancelled', onOrderCancelled),
  ],
  // A member is the customer: what the path names is its own owner.
  owners: { customer: (ids) => Promise.resolve(new Map(ids.map((id) => [id, [id]]))) },
  migrations: { '0001-points': points0001, '0002-repaid': points0002 },
  invariants: [
    ...ledgerInvariants('loyalty', 'loyalty'),
    {
      name: 'loyalty.movements-are-the-balance',
      sql: `select a.code from loyalty.ledger_account a
            left join (select customer_id, sum(points) as sum from loyalty.movements group by customer_id) m on a.code = 'member:' || m.customer_id
            where a.code like 'member:%' and a.posted <> coalesce(m.sum, 0)`,
    },
    {
      name: 'loyalty.arrears-are-never-more-than-repaid',
      sql: `select code from loyalty.ledger_account where code like 'arrears:%' and posted > 0`,
    },
    {
      name: 'loyalty.what-an-order-earned-is-taken-back-exactly',
      sql: `select back.reference from loyalty.ledger_posting back
            left join loyalty.ledger_posting given on given.kind = 'accrual' and given.reference = back.reference
            where back.kind = 'accrual-reversal' and (
              select coalesce(sum(m.amount), 0) from loyalty.ledger_move m
              join loyalty.ledger_account a on a.id = m.dst and a.code = 'house:issued' where m.posting = back.id
            ) is distinct from (
              select sum(m.amount) from loyalty.ledger_move m
              join loyalty.ledger_account a on a.id = m.src and a.code = 'house:issued' where m.posting = given.id)`,
    },
  ],
  seed,
});
