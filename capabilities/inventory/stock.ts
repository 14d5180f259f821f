import type { Db, WriteContext } from '@plinth/runtime';
import { createBook, type LedgerAccount, type NewAccount } from '../ledger/index.ts';
import type { Availability, StockLevel } from './generated.ts';

/** Units of goods: nothing is promised that is not there, nothing is shipped that is not there. */
export const book = createBook('inventory');

/** From this number on people are told how many are left. */
const fewLeft = 5;

export function stockOf(sku: string): string {
  return `stock:${sku}`;
}

export function skuOf(code: string): string {
  return code.slice(code.indexOf(':') + 1);
}

/** The three accounts of an article: where it comes from, the shelf, where it goes. Each article is a unit of its own. */
export function accountsOf(sku: string): NewAccount[] {
  const unit = `sku:${sku}`;
  return [
    { code: `supplier:${sku}`, unit, floor: null, rank: 1 },
    { code: stockOf(sku), unit, floor: 0n, bottom: 0n },
    { code: `customers:${sku}`, unit, floor: null, rank: 1 },
  ];
}

export function levelOf(row: Pick<LedgerAccount, 'code' | 'posted' | 'held'>): StockLevel {
  const onHand = Number(row.posted);
  const held = Number(row.held);
  return { sku: skuOf(row.code), onHand, held, available: onHand - held };
}

/** One entry an article, in the order asked; unknown articles are sold out. */
export async function availabilityOf(db: Db, skus: readonly string[]): Promise<Availability[]> {
  const balances = await book.balance(db, skus.map(stockOf));
  return skus.map((sku) => {
    const available = Number(balances.get(stockOf(sku))?.available ?? 0n);
    return { sku, available, words: wordsFor(available) };
  });
}

export function wordsFor(available: number): string {
  if (available <= 0) return 'Sold out';
  return available <= fewLeft ? `Only ${available} left` : 'In stock';
}

/** Tells the new level of every shelf among the accounts. */
export function emitLevels(ctx: WriteContext, accounts: readonly LedgerAccount[]): StockLevel[] {
  const levels = accounts.filter((row) => row.code.startsWith('stock:')).map(levelOf);
  for (const level of levels) ctx.emit('stock.changed', { subject: level.sku, data: level });
  return levels;
}
