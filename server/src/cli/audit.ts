// `plinth audit`: every invariant of every capability. `plinth audit verify`: the chain of audit rows.

import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { auditCheckpoints, type AuditVerified, verifyAudit } from '@plinth/runtime';
import { knownAuditKey } from '../audit-key.ts';
import { readConfig } from '../config.ts';
import { audit } from '../world.ts';
import type { AddCommand } from './commands.ts';
import { CliFailure, exit, fileFailure } from './failure.ts';
import { note, out, outJson, styled } from './printer.ts';
import { storedCapabilities, withDatabase } from './with-database.ts';

/** Of a long chain, how far it was looked at. */
const tellEveryS = 5;

interface AuditFlags {
  data?: string;
  json?: boolean;
}

interface VerifyFlags extends AuditFlags {
  key?: string[];
  against?: string;
}

export const addAudit: AddCommand = (program, done) => {
  const command = program
    .command('audit')
    .description('check every invariant')
    .option('--data <folder>', 'data folder (.plinth)')
    .option('--json', 'machine-readable output')
    .action((flags: AuditFlags) => done(checkInvariants(flags)));
  command
    .command('verify')
    .description('check that no row of the audit was changed, deleted or moved')
    .option('--key <file...>', 'PEM of further keys that checkpoints may be signed with, public or private')
    .option('--against <file>', 'checkpoints that were kept elsewhere: output of `plinth audit checkpoints`')
    .action((_flags: VerifyFlags, self: typeof command) => done(verifyChain(self.optsWithGlobals())));
  command
    .command('checkpoints')
    .description('print the signed checkpoints of the audit, one JSON object a line, to be kept elsewhere')
    .action((_flags: AuditFlags, self: typeof command) => done(printCheckpoints(self.optsWithGlobals())));
};

function checkInvariants(flags: AuditFlags): Promise<number> {
  return withDatabase(
    flags.data,
    async ({ database }) => {
      const { checked, broken } = await audit(database, storedCapabilities());
      if (flags.json) outJson({ checked, broken });
      else
        for (const { name, rows } of broken)
          out(
            `${styled('red', '✗', process.stdout)} ${name}  ${JSON.stringify(rows[0], (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value))}`,
          );
      note(`${checked} invariants, ${broken.length} broken`);
      return broken.length > 0 ? exit.findings : exit.done;
    },
    { beside: true },
  );
}

function verifyChain(flags: VerifyFlags): Promise<number> {
  const keys = keysOf(flags);
  const kept = flags.against === undefined ? [] : readKept(flags.against);
  return withDatabase(
    flags.data,
    async ({ database: { db } }) => {
      const started = performance.now();
      const elapsedS = (): number => (performance.now() - started) / 1000;
      let toldS = 0;
      const onProgress = (rows: number): void => {
        if (elapsedS() - toldS < tellEveryS) return;
        toldS = elapsedS();
        note(`${rows} rows so far, ${Math.round(rows / toldS)} rows/s`);
      };
      const verified = await verifyAudit({ db, keys, kept, onProgress });
      const seconds = elapsedS();
      const { rows, checkpoints, unsealed, broken } = verified;
      const speed = { rowsPerS: Math.round(rows / seconds) };
      if (flags.json) outJson({ ...verified, ...speed });
      else printVerified(verified);
      note(
        `${rows} rows, ${checkpoints} checkpoints, ${unsealed} not sealed yet; ${seconds.toFixed(2)} s, ${speed.rowsPerS} rows/s`,
      );
      return broken ? exit.findings : exit.done;
    },
    { beside: true },
  );
}

function printVerified({ broken }: AuditVerified): void {
  if (broken) out(`${styled('red', '✗', process.stdout)} broken at ${broken.seq}: ${broken.what}`);
  else out(`${styled('green', '✓', process.stdout)} the audit is as it was sealed`);
}

function printCheckpoints(flags: AuditFlags): Promise<number> {
  return withDatabase(
    flags.data,
    async ({ database: { db } }) => {
      for (const checkpoint of await auditCheckpoints(db)) out(JSON.stringify(checkpoint));
      return exit.done;
    },
    { beside: true },
  );
}

function keysOf(flags: VerifyFlags): ReadonlyMap<string, KeyObject> {
  const config = readConfig({ demo: false, ...(flags.data ? { data: flags.data } : {}) });
  const own = knownAuditKey(config);
  const given = (flags.key ?? []).map((file): [string, KeyObject] => {
    try {
      const key = createPublicKey(readFileSync(file, 'utf8'));
      const spki = key.export({ type: 'spki', format: 'der' });
      return [createHash('sha256').update(spki).digest('hex').slice(0, 16), key];
    } catch (error) {
      throw fileFailure(error, 'read') ?? notOfKind(file, 'a key in PEM');
    }
  });
  return new Map([...(own ? [[own.id, own.publicKey] as const] : []), ...given]);
}

function readKept(file: string): { seq: string; hash: string }[] {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const { seq, hash } = JSON.parse(line) as { seq?: unknown; hash?: unknown };
        if (typeof seq !== 'string' || typeof hash !== 'string') throw new SyntaxError('no checkpoint');
        return { seq, hash };
      });
  } catch (error) {
    throw fileFailure(error, 'read') ?? notOfKind(file, 'a list of checkpoints, one JSON object a line');
  }
}

function notOfKind(file: string, kind: string): CliFailure {
  return new CliFailure(`${file} is not ${kind}`, {
    why: 'It could not be understood.',
    advice: 'name another file',
    code: exit.input,
  });
}
