// `plinth migrate`: brings the database to this version.

import { oidcMigrations } from '@plinth/adapters/oidc';
import { migrate, MigrationRefused, type MigrationSet, migrationStatus, runtimeMigrations } from '@plinth/runtime';
import type { AddCommand } from './commands.ts';
import { CliFailure, exit } from './failure.ts';
import { note, out } from './printer.ts';
import { storedCapabilities, withDatabase } from './with-database.ts';

interface MigrateFlags {
  data?: string;
  status?: boolean;
  json?: boolean;
}

export const addMigrate: AddCommand = (program, done) => {
  program
    .command('migrate')
    .description('bring the database to this version')
    .option('--data <folder>', 'data folder (.plinth)')
    .option('--status', 'only say what is missing')
    .option('--json', 'machine-readable output')
    .action((flags: MigrateFlags) => done(bringUp(flags)));
};

function sets(): MigrationSet[] {
  return [
    runtimeMigrations,
    oidcMigrations,
    ...storedCapabilities().map(({ name, migrations }) => ({ schema: name, migrations })),
  ];
}

function bringUp(flags: MigrateFlags): Promise<number> {
  return withDatabase(flags.data, async ({ database }) => {
    try {
      const status = await migrationStatus(database, sets());
      const rows = flags.status ? status.pending : await migrate(database, sets());
      for (const { schema, name } of rows) out(flags.json ? JSON.stringify({ schema, name }) : `${schema}/${name}`);
      note(
        rows.length === 0 ? 'The database is up to date.' : `${rows.length} ${flags.status ? 'missing' : 'applied'}`,
      );
      return flags.status && rows.length > 0 ? exit.findings : exit.done;
    } catch (error) {
      if (error instanceof MigrationRefused)
        throw new CliFailure('The database was not changed', {
          why: error.message,
          advice: 'start the version it was migrated by, or use another database',
          code: exit.input,
        });
      throw error;
    }
  });
}
