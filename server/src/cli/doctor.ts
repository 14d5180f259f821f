// `plinth doctor`: what this machine has, and what that means.

import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { prepareBinaries } from '@plinth/adapters/embedded-postgres';
import { readConfig } from '../config.ts';
import type { AddCommand } from './commands.ts';
import { exit } from './failure.ts';
import { out, outJson, styled } from './printer.ts';

export const addDoctor: AddCommand = (program, done) => {
  program
    .command('doctor')
    .description('say what is missing on this machine')
    .option('--json', 'machine-readable output')
    .action((flags: { json?: boolean }) => done(examine(flags)));
};

interface Finding {
  what: string;
  ok: boolean;
  advice: string;
}

/** What this machine has and what that means; 0 when Plinth can run. */
async function examine(flags: { json?: boolean }): Promise<number> {
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
