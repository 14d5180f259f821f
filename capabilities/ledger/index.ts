export {
  type Balance,
  type Book,
  type BookContext,
  createBook,
  type NewAccount,
  type Posted,
  type Posting,
} from './book.ts';
export type { HoldFailure, HoldOrder, HoldPart } from './holds.ts';
export { ledgerInvariants } from './invariants.ts';
export { createLoad, type LedgerLoad, load } from './load.ts';
export type { LedgerAccount, LedgerFailure, Move } from './posting.ts';
export { type HoldRow, type HoldState, ledgerTables } from './tables.ts';
