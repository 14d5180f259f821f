import type { Principal } from '@plinth/runtime';
import type { Freezer } from './account.ts';

/** People at the desk and our own services act for the bank, everybody else for the customer. */
export function freezerOf(principal: Principal): Freezer {
  return principal.audience === 'staff' || principal.audience === 'service' ? 'bank' : 'customer';
}
