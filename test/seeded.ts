// A database with the seeded world in it. Nearly every whole-system test and journey begins with one: it is made once in a
// run, by the platform itself, and copied.

import { systemClock } from '@plinth/runtime';
import { aPreparedDatabase, type TestDatabase } from '@plinth/testing';

/** With every capability migrated and seeded, and at rest: a platform that starts on it finds nothing left to do. */
export async function aSeededDatabase(): Promise<TestDatabase> {
  return aPreparedDatabase('seeded world', async (url, open) => {
    // Only who prepares it needs the platform; journeys start theirs as a process.
    const { readConfig } = await import('../server/src/config.ts');
    const { createPlatform } = await import('../server/src/platform.ts');
    const database = await open({ url });
    const platform = await createPlatform({
      config: readConfig({ demo: true, ephemeral: true }, { LOG_LEVEL: 'silent' }),
      database,
      databaseUrl: url,
      mail: { send: () => Promise.resolve(), close: () => Promise.resolve() },
      clock: systemClock,
    });
    await platform.settled();
    await platform.close();
    await database.close();
  });
}
