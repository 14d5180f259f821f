// What the audited client wishes for: transfers over accounts of which two are hot, points, payments with capture and
// refund, orders and reservations of limited stock. All ids are made here, so that each effect can be looked up.

import { newIds, type Ids, type Random, systemClock } from '@plinth/runtime';
import type { Attempted } from './journal.ts';

export interface WorkloadAccount {
  /** Wire id. */
  id: string;
  number: string;
  customerId: string;
}

export interface WorkloadWorld {
  accounts: readonly WorkloadAccount[];
  /** Who earns points, pays and orders. */
  customers: readonly string[];
  /** Goods on the shelf, few of some. */
  skus: readonly string[];
}

/** Acts of one subject at most: each is asked several times while something fails, and 30 in a minute are allowed. */
const actsOfSubject = 2;
const hotAccounts = 2;

/** One thread of a client: one wish after another, some of which follow from the answer to the last. */
export class Workload {
  readonly #world: WorkloadWorld;
  readonly #random: Random;
  readonly #ids: Ids = newIds(systemClock);
  readonly #name: string;
  #count = 0;
  #following: (() => Attempted)[] = [];

  constructor(world: WorkloadWorld, random: Random, name: string) {
    this.#world = world;
    this.#random = random;
    this.#name = name;
  }

  /** The next wish. `lastAcked` = the last one was acknowledged, so what follows from it makes sense. */
  next(lastAcked: boolean): Attempted {
    if (!lastAcked) this.#following = [];
    const follow = this.#following.shift();
    if (follow) return follow();
    const draw = this.#random.next();
    if (draw < 0.5) return this.#transfer();
    if (draw < 0.7) return this.#accrual();
    if (draw < 0.86) return this.#payment();
    if (draw < 0.95) return this.#reservation();
    return this.#order();
  }

  #wish(
    kind: Attempted['kind'],
    path: string,
    wish: Pick<Attempted, 'body' | 'other' | 'about'> & { id: string; customerId?: string },
  ): Attempted {
    const place = Math.floor(this.#count++ / actsOfSubject);
    return {
      state: 'attempted',
      kind,
      method: 'POST',
      path,
      key: `${kind}-${wish.id}`,
      subject: wish.customerId ?? `${this.#name}-${place}`,
      ...wish,
    };
  }

  #transfer(): Attempted {
    const { accounts } = this.#world;
    const from = this.#random.pick(accounts);
    const hot = accounts[this.#random.int(hotAccounts)];
    const drawn = this.#random.next() < 0.4 && hot ? hot : this.#random.pick(accounts);
    const to = drawn.id === from.id ? (accounts.find((each) => each.id !== from.id) ?? from) : drawn;
    const id = this.#ids.of('chk');
    const amount = 1 + this.#random.int(500);
    const body = (cents: number) => ({
      fromAccountId: from.id,
      toNumber: to.number,
      amount: { amount: cents, currency: 'EUR' },
      reference: id,
    });
    return this.#wish('transfer', '/accounts/v1/transfers', {
      id,
      body: body(amount),
      other: body(amount + 1),
      about: { from: from.id, to: to.id, amount },
    });
  }

  #accrual(): Attempted {
    const customerId = this.#random.pick(this.#world.customers);
    const id = this.#ids.of('chk');
    const points = 1 + this.#random.int(90);
    const body = (count: number) => ({ customerId, points: count, reference: id, reason: 'Audited' });
    return this.#wish('accrual', '/loyalty/v1/accruals', {
      id,
      body: body(points),
      other: body(points + 1),
      about: { customerId, points },
    });
  }

  #payment(): Attempted {
    const customerId = this.#random.pick(this.#world.customers);
    const id = this.#ids.of('pay');
    const amount = 100 + this.#random.int(5000);
    const captured = this.#random.next() < 0.5 ? amount : 1 + this.#random.int(amount);
    const draw = this.#random.next();
    const method = draw < 0.05 ? 'card_declined' : draw < 0.1 ? 'card_capture_timeout' : 'card_ok';
    if (this.#random.next() < 0.8) {
      this.#following.push(() =>
        this.#wish('capture', `/payments/v1/payments/${id}/captures`, {
          id: `capture-${id}`,
          body: { amount: money(captured) },
          other: { amount: money(captured + 1) },
          about: { payment: id, amount: captured },
        }),
      );
      if (this.#random.next() < 0.5) {
        const refunded = 1 + this.#random.int(captured);
        this.#following.push(() =>
          this.#wish('refund', `/payments/v1/payments/${id}/refunds`, {
            id: `refund-${id}`,
            body: { amount: money(refunded), reference: `refund-${id}` },
            other: { amount: money(refunded), reference: `other-${id}` },
            about: { payment: id, amount: refunded },
          }),
        );
      }
    }
    const body = (cents: number) => ({ id, customerId, amount: money(cents), method, reference: id });
    return this.#wish('payment', '/payments/v1/payments', {
      id,
      body: body(amount),
      other: body(amount + 1),
      about: { amount, method },
    });
  }

  #reservation(): Attempted {
    const id = this.#ids.of('rsv');
    const body = (quantity: number) => ({
      id,
      reference: id,
      lines: [{ sku: this.#world.skus[0], quantity }],
      ttlS: 86_400,
    });
    return this.#wish('reservation', '/inventory/v1/reservations', { id, body: body(1), other: body(2), about: {} });
  }

  #order(): Attempted {
    const customerId = this.#random.pick(this.#world.customers);
    const sku = this.#random.pick(this.#world.skus);
    const method = this.#random.next() < 0.2 ? 'card_declined' : 'card_ok';
    const body = (quantity: number) => ({ lines: [{ sku, quantity }], payment: { method } });
    return this.#wish('order', '/orders/v1/orders', {
      id: this.#ids.of('chk'),
      customerId,
      body: body(1),
      other: body(2),
      about: { customerId },
    });
  }
}

function money(cents: number): { amount: number; currency: string } {
  return { amount: cents, currency: 'EUR' };
}
