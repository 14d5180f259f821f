import { type Db, fromWireId, toWireId, type Tx } from '@plinth/runtime';
import { sql } from 'kysely';
import type { Payment } from './generated.ts';
import { type PaymentRow, paymentsDb, type PaymentState } from './tables.ts';

/** What a payment is after so much was taken and given back. */
export function stateOf(amounts: Pick<PaymentRow, 'capturedMinor' | 'refundedMinor'>): PaymentState {
  const { capturedMinor, refundedMinor } = amounts;
  if (capturedMinor === 0n) return 'authorized';
  return refundedMinor === capturedMinor ? 'refunded' : 'captured';
}

/** What a refusal says where the provider says nothing. */
export const noReason = { en: 'no reason given', de: 'ohne Angabe von Gründen' };

/** States in which money may still be taken, given back, called off. */
export const capturable: readonly PaymentState[] = ['authorized', 'captured'];
export const refundable: readonly PaymentState[] = ['captured'];
export const cancellable: readonly PaymentState[] = ['processing', 'unknown', 'authorized'];

/** True for text that holds something like a card number (13..19 digits that pass Luhn): such text is not stored. */
export function hasCardNumber(text: string): boolean {
  const runs = text.replaceAll(/[\s-]/g, '').match(/\d{13,19}/g) ?? [];
  return runs.some(passesLuhn);
}

function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index++) {
    const digit = Number(digits[digits.length - 1 - index]);
    const doubled = index % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** An id that was given up before its payment arrived: kept to refuse the latecomer, shown to nobody. */
export function isMark(row: Pick<PaymentRow, 'customerId'>): boolean {
  return row.customerId === '';
}

export async function findPayment(db: Db, wireId: string): Promise<PaymentRow | undefined> {
  const id = fromWireId('pay', wireId);
  return id ? readPayment(db, id) : undefined;
}

export async function readPayment(db: Db, id: string): Promise<PaymentRow | undefined> {
  return paymentsDb(db).selectFrom('payments').selectAll().where('id', '=', id).executeTakeFirst();
}

/** Locked until the transaction ends. */
export async function lockPayment(tx: Tx, id: string): Promise<PaymentRow | undefined> {
  return paymentsDb(tx).selectFrom('payments').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
}

/** One conditional update; undefined when the payment was in none of the states. */
export async function movePayment(
  tx: Tx,
  id: string,
  move: { from: readonly PaymentState[]; to: PaymentState; declinedBecause?: string },
): Promise<PaymentRow | undefined> {
  return paymentsDb(tx)
    .updateTable('payments')
    .set({
      state: move.to,
      version: sql`version + 1`,
      ...(move.declinedBecause === undefined ? {} : { declinedBecause: move.declinedBecause }),
    })
    .where('id', '=', id)
    .where('state', 'in', [...move.from])
    .returningAll()
    .executeTakeFirst();
}

export function toPayment(row: PaymentRow): Payment {
  const { currency } = row;
  return {
    id: toWireId('pay', row.id),
    customerId: row.customerId,
    amount: { amount: Number(row.amountMinor), currency },
    authorized: { amount: isReserved(row.state) ? Number(row.amountMinor) : 0, currency },
    captured: { amount: Number(row.capturedMinor), currency },
    refunded: { amount: Number(row.refundedMinor), currency },
    method: row.method,
    reference: row.reference,
    state: row.state,
    ...(row.declinedBecause ? { declinedBecause: row.declinedBecause } : {}),
    createdAt: row.createdAt.toString(),
    version: Number(row.version),
  };
}

/** The bank said yes, and it has not been given up. */
function isReserved(state: PaymentState): boolean {
  return state === 'authorized' || state === 'captured' || state === 'refunded';
}
