import type { Principal } from '../kernel/index.ts';

/** Whose yes software needs that comes as `principal`: its customer's. */
export function whoConfirms(principal: Principal): string {
  return principal.customerId ?? principal.subject;
}
