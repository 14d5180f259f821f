// `plinth migrate`, `plinth audit`, `plinth doctor`: looking after a deployment.

import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { prepareBinaries } from '@plinth/adapters/embedded-postgres';
import { openFileMail } from '@plinth/adapters/mail';
import { oidcMigrations } from '@plinth/adapters/oidc';
import {
  createEgress,
  migrate,
  MigrationRefused,
  type MigrationSet,
  migrationStatus,
  runtimeMigrations,
} from '@plinth/runtime';
import { allCapabilities } from '../capabilities.ts';
import { readConfig } from '../config.ts';
import { openEmbedded, type OpenDatabase } from '../database.ts';
import { audit } from '../world.ts';
import { CliFailure, exit } from './failure.ts';
import { note, out, outJson, styled } from './printer.ts';

/** Commands here run migrations and invariants only; nothing is ever called. */
const idle = (): Promise<never> => Promise.reject(new Error('this command calls no operation'));

const capabilities = () =>
  allCapabilities({
    mail: openFileMail('.'),
    egress: createEgress(),
    assistant: { contracts: () => [], invoke: idle, confirm: idle, void: idle },
  });

function sets(): MigrationSet[] {
  return [
    runtimeMigrations,
    oidcMigrations,
    ...capabilities().map(({ name, migrations }) => ({ schema: name, migrations })),
  ];
}

async function withDatabase(
  data: string | undefined,
  work: (opened: OpenDatabase) => Promise<number>,
): Promise<number> {
  const opened = await openEmbedded(readConfig({ demo: false, ...(data ? { data } : {}) }));
  try {
    return await work(opened);
  } finally {
    await opened.close();
  }
}

export function migrateCommand(flags: { data?: string; status?: boolean; json?: boolean }): Promise<number> {
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

export function auditCommand(flags: { data?: string; json?: boolean }): Promise<number> {
  return withDatabase(flags.data, async ({ database }) => {
    const { checked, broken } = await audit(database, capabilities());
    if (flags.json) outJson({ checked, broken });
    else
      for (const { name, rows } of broken)
        out(
          `${styled('red', '✗', process.stdout)} ${name}  ${JSON.stringify(rows[0], (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value))}`,
        );
    note(`${checked} invariants, ${broken.length} broken`);
    return broken.length > 0 ? exit.findings : exit.done;
  });
}

interface Finding {
  what: string;
  ok: boolean;
  advice: string;
}

/** What this machine has and what that means; 0 when Plinth can run. */
export async function doctorCommand(flags: { json?: boolean }): Promise<number> {
  const node = Number(process.versions.node.split('.', 1)[0]);
  const findings: Finding[] = [
    { what: `Node ${process.versions.node}`, ok: node >= 24, advice: 'run it through npm scripts: they bring Node 26' },
  ];
  const given = readConfig({ demo: true }).databaseUrl !== undefined;
  let hasOwn = true;
  try {
    prepareBinaries();
  } catch {
    hasOwn = false;
  }
  findings.push({
    what: given ? 'a given PostgreSQL (DATABASE_URL)' : 'a private PostgreSQL',
    ok: given || hasOwn,
    advice: 'set DATABASE_URL to a PostgreSQL 15 to 18',
  });
  const optional: readonly [string, boolean, string][] = [
    [
      'Chromium for browser tests',
      ['/usr/bin/chromium', '/usr/bin/google-chrome'].some((file) => existsSync(file)),
      'apt-get install chromium',
    ],
    ['Redis on 127.0.0.1:6379', await listens(6379), 'only for tests of several processes'],
    ['NATS on 127.0.0.1:4222', await listens(4222), 'only for tests of several processes'],
  ];
  for (const finding of findings) {
    if (flags.json) outJson(finding);
    else
      out(
        `${finding.ok ? styled('green', '✓', process.stdout) : styled('red', '✗', process.stdout)} ${finding.what}${finding.ok ? '' : `  Do: ${finding.advice}`}`,
      );
  }
  for (const [what, ok, advice] of optional) {
    if (flags.json) outJson({ what, ok, advice, optional: true });
    else out(`${ok ? styled('green', '✓', process.stdout) : '·'} ${what}${ok ? '' : `  not there: ${advice}`}`);
  }
  return findings.every((finding) => finding.ok) ? exit.done : exit.findings;
}

async function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: 500 });
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
    socket.once('timeout', () => end(false));
  });
}
