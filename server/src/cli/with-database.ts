// What `migrate`, `audit` and `usage` share: the database of a deployment, and the capabilities whose schemas stand in it.

import { openFileMail } from '@plinth/adapters/mail';
import { consents, createAddressCheck, newIds, seededRandom, systemClock, type WorkServices } from '@plinth/runtime';
import { allCapabilities } from '../capabilities.ts';
import { readConfig } from '../config.ts';
import { openEmbedded, type OpenDatabase } from '../database.ts';

/** Commands run migrations and invariants only; nothing is ever called. */
const idle = (): Promise<never> => Promise.reject(new Error('this command calls no operation'));

/** All capabilities, for their migrations and invariants. */
export const storedCapabilities = () =>
  allCapabilities({
    mail: openFileMail('.'),
    baseUrl: '',
    contracts: () => [],
    checkAddress: createAddressCheck(),
    assistant: { contracts: () => [], invoke: idle, confirm: idle, void: idle },
  });

/** Opens the database of the deployment for `work` and closes it after. `beside`: while a Plinth runs, too. */
export async function withDatabase(
  data: string | undefined,
  work: (opened: OpenDatabase) => Promise<number>,
  options: { beside?: boolean } = {},
): Promise<number> {
  const opened = await openEmbedded(readConfig({ demo: false, ...(data ? { data } : {}) }), options);
  try {
    return await work(opened);
  } finally {
    await opened.close();
  }
}

/** For work of a command in a transaction: it calls no operation, and a running platform publishes its facts. */
export function idleServices({ database }: OpenDatabase): WorkServices {
  const clock = systemClock;
  const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
  return {
    database,
    clock,
    ids: newIds(clock),
    random: seededRandom(1),
    log: quiet,
    consents,
    callFor: () => idle,
    committed: () => undefined,
  };
}
