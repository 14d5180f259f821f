// Is the database away or busy, or is the statement itself wrong? Decides between trying again and giving up.

import { PortError } from '../kernel/index.ts';

/** SQLSTATE classes: connection, transaction rollback, resources, object not ready, operator, system. */
const passing = /^(08|40|53|55|57|58)...$/;
const network = /^E[A-Z_]+$/;

/** True for failures of the database that pass by themselves. A statement's timeout is none of them: it may always be. */
export function isPassingTrouble(error: unknown): boolean {
  if (error instanceof PortError) return ['unavailable', 'conflict', 'full'].includes(error.failure);
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  if (typeof code === 'string') return code !== '57014' && (passing.test(code) || network.test(code));
  return /^(Connection terminated|timeout exceeded when trying to connect)/.test(error.message);
}
