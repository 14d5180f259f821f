// What an orchestrating handler gets while it works under a lease: its transactions commit, and its calls begin, only while
// the lease is its own.

import type { Call } from '../context.ts';
import { assert } from '../kernel/index.ts';
import type { Db, Tx } from '../ports/index.ts';
import type { ExecutionServices } from './services.ts';

/**
 * Services over a lease. `demand` throws when the lease is another's; in a transaction it also keeps others from taking it
 * until the commit.
 */
export function underLease(services: ExecutionServices, demand: (db: Db | Tx) => Promise<void>): ExecutionServices {
  return {
    ...services,
    beginWrite(base, tx) {
      const unit = services.beginWrite(base, tx);
      const flush = async (): Promise<number | undefined> => {
        await demand(tx);
        return unit.flush();
      };
      return { ...unit, flush };
    },
    callFor(caller) {
      const call = services.callFor(caller) as (...args: unknown[]) => Promise<unknown>;
      const demanding = async (...args: unknown[]): Promise<unknown> => {
        assert(services.database !== undefined, 'a lease needs a database');
        await demand(services.database.db);
        return call(...args);
      };
      return demanding as Call;
    },
  };
}
