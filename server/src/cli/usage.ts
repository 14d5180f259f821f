// `plinth usage CAPABILITY`: who uses what of a contract, one JSON object a line: what `plinth diff --usage` reads.

import type { PartnersCapability } from '@plinth/capabilities/partners';
import { readUsageOf } from '@plinth/runtime/pipeline';
import type { AddCommand } from './commands.ts';
import { CliFailure, exit } from './failure.ts';
import { note, out } from './printer.ts';
import { storedCapabilities, withDatabase } from './with-database.ts';

interface UsageFlags {
  data?: string;
}

export const addUsage: AddCommand = (program, done) => {
  program
    .command('usage')
    .description('who uses what of a contract, for the breaking-change gate')
    .argument('<capability>', 'name of the capability: orders')
    .option('--data <folder>', 'data folder (.plinth)')
    .action((capability: string, flags: UsageFlags) => done(printUsage(capability, flags)));
};

function printUsage(name: string, flags: UsageFlags): Promise<number> {
  return withDatabase(
    flags.data,
    async ({ database: { db } }) => {
      const capabilities = storedCapabilities();
      const partners = capabilities.find((each) => each.name === 'partners') as PartnersCapability;
      const { days, uses } = await readUsageOf(db, name);
      if (days === 0)
        throw new CliFailure(`Nothing is recorded of ${name}`, {
          why: 'Nobody has called the platform yet, or its data stand elsewhere.',
          advice: 'name its data folder with --data, or set DATABASE_URL',
          code: exit.input,
        });
      out(JSON.stringify({ complete: true, windowDays: days }));
      for (const { operation, consumer, version, calls, parameters, sent } of uses) {
        const application = await partners.findApplication(db, consumer);
        const owner = application === undefined ? {} : { owner: `${application.name} of ${application.partnerId}` };
        out(JSON.stringify({ consumer, ...owner, operation, version, calls, parameters, sent }));
      }
      note(`${uses.length} uses in ${days} ${days === 1 ? 'day' : 'days'}`);
      return exit.done;
    },
    { beside: true },
  );
}
