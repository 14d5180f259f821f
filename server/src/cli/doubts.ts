// `plinth doubts`: calls to other systems whose outcome only a person can find out. It lists and shows them, and ends one
// with what was found.

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import path from 'node:path';
import { compileBody, type Contract, isJsonType, type Operation } from '@plinth/contract/serving';
import { type BaseContext, type Db, inTransaction, isProblem, newTrace, serviceBase } from '@plinth/runtime';
import { listOpenDoubts, readOpenDoubt, settleOpenDoubt, type UpstreamCallRow } from '@plinth/runtime/pipeline';
import { type Config, readConfig } from '../config.ts';
import { readDropped } from '../contracts/dropped.ts';
import { loadCapability } from '../contracts/majors.ts';
import { untoldOf } from '../contracts/upstream/manifest.ts';
import { manifestFile, type ReadManifest, readManifest } from '../contracts/upstream/read.ts';
import { readSettled } from '../contracts/upstream/settled.ts';
import type { OpenDatabase } from '../database.ts';
import { sealingKeyOf } from '../sealing-key.ts';
import type { AddCommand } from './commands.ts';
import { CliFailure, exit, fileFailure } from './failure.ts';
import { note, out, outJson } from './printer.ts';
import { idleServices, storedCapabilities, withDatabase } from './with-database.ts';

interface DoubtFlags {
  data?: string;
  json?: boolean;
}

interface SettleFlags extends DoubtFlags {
  done?: boolean;
  notDone?: boolean;
  reason?: string;
  answer?: string;
  theirs?: string;
}

/** Characters of a reason. */
const mostReason = 500;

export const addDoubts: AddCommand = (program, done) => {
  const command = program
    .command('doubts')
    .description('list calls to other systems whose outcome a person has to find out')
    .option('--data <folder>', 'data folder (.plinth)')
    .option('--json', 'machine-readable output')
    .action((flags: DoubtFlags) => done(list(flags)));
  command
    .command('show')
    .description('what was asked, by whom, and what the other system knows it by')
    .argument('<job>', 'id of its monitor: job_…')
    .action((job: string, _flags: DoubtFlags, self: typeof command) => done(show(job, self.optsWithGlobals())));
  command
    .command('settle')
    .description('end one with what was found')
    .argument('<job>', 'id of its monitor: job_…')
    .option('--done', 'it took effect')
    .option('--not-done', 'it certainly did not, and never will')
    .option('--reason <text>', 'how that was found out; it stands in the audit')
    .option('--answer <file>', 'with --done: the body of the answer, as the contract describes it (JSON)')
    .option(
      '--theirs <file>',
      'with --done: the body of their answer, as they give it (JSON); the manifest makes ours of it',
    )
    .action((job: string, _flags: SettleFlags, self: typeof command) => done(settle(job, self.optsWithGlobals())));
};

function list(flags: DoubtFlags): Promise<number> {
  return withDatabase(
    flags.data,
    async ({ database: { db } }) => {
      const doubts = await listOpenDoubts(db);
      for (const doubt of doubts) {
        if (flags.json) outJson(doubt);
        else out(`${doubt.sentAt}  ${doubt.job}  ${doubt.operation}  at ${doubt.upstream} as ${doubt.reference}`);
      }
      note(`${doubts.length} doubts`);
      return doubts.length > 0 ? exit.findings : exit.done;
    },
    { beside: true },
  );
}

function show(job: string, flags: DoubtFlags): Promise<number> {
  return withDatabase(
    flags.data,
    async ({ database: { db } }) => {
      const row = await openDoubt(db, job, sealingKeyOf(configOf(flags)));
      const { upstream, operation, reference, principal, traceId, input, isLost, ageS, asked } = row;
      const { issuer, subject, audience, customerId } = principal;
      const caller = { issuer, subject, audience, customerId };
      const shown = {
        job,
        operation,
        upstream,
        reference,
        caller,
        traceId,
        ageS: Math.round(ageS),
        lookUps: asked,
        ...(isLost ? { isLost } : { input }),
      };
      out(JSON.stringify(shown, null, flags.json ? 0 : 2));
      return exit.done;
    },
    { beside: true },
  );
}

async function settle(job: string, flags: SettleFlags): Promise<number> {
  const { done = false, notDone = false, answer, theirs } = flags;
  const reason = flags.reason?.trim() ?? '';
  if (done === notDone) refuse('It must be said what was found', 'add --done or --not-done');
  if (reason === '' || reason.length > mostReason)
    refuse('A reason is missing or too long', `add --reason "how it was found out", at most ${mostReason} characters`);
  if (notDone && (answer ?? theirs) !== undefined)
    refuse('What was not done has no answer', 'leave --answer and --theirs out');
  if (answer !== undefined && theirs !== undefined)
    refuse('There is one answer', 'give it in our words (--answer) or in theirs (--theirs)');
  return withDatabase(
    flags.data,
    async (opened) => {
      const config = configOf(flags);
      const own = sealingKeyOf(config);
      const row = await openDoubt(opened.database.db, job, own);
      if (done && row.isLost) throw lost(job);
      const placed = await operationOf(row, config.contractsFolder);
      const found = await manifestOf(placed, config.contractsFolder);
      const told = { ...placed, ...(found && { binding: { untold: untoldOf(found.manifest) } }) };
      const known = done && theirs === undefined ? await replyOf(told, answer) : undefined;
      const said = theirs === undefined ? undefined : await readAnswer(theirs);
      const services = idleServices(opened);
      const settled = await inTransaction(services, baseOf(services, row), async (ctx) => {
        const reply = theirs === undefined ? known : await replyOfTheirs({ row, placed, found }, said, ctx.db);
        return settleOpenDoubt(ctx, { row, reply, reason, told, baseUrl: config.baseUrl, own });
      });
      if (!settled) throw noDoubt(job);
      note(`${job} is settled as ${done ? 'done' : 'not done; its key is free again'}`);
      return exit.done;
    },
    { beside: true },
  );
}

function configOf({ data }: DoubtFlags): Config {
  return readConfig({ demo: false, ...(data ? { data } : {}) });
}

async function openDoubt(
  db: OpenDatabase['database']['db'],
  job: string,
  own: string | undefined,
): Promise<UpstreamCallRow> {
  const row = await readOpenDoubt(db, job, own);
  if (row === undefined) throw noDoubt(job);
  return row;
}

function noDoubt(job: string): CliFailure {
  return new CliFailure(`There is no open doubt ${job}`, {
    why: 'It was settled, is still being looked up, or never was one.',
    advice: 'plinth doubts lists them',
    code: exit.input,
  });
}

/** The facts of a success are made of what was asked. */
function lost(job: string): CliFailure {
  return new CliFailure(`What was asked in ${job} cannot be opened`, {
    why: 'It was sealed with another key than this deployment has now.',
    advice: 'set PLINTH_SEALING_KEY to what it was then, or name the data folder of the platform with --data',
    code: exit.input,
  });
}

/** An operation with where it stands. */
interface Placed {
  operation: Operation;
  contract: Contract;
  /** Where a manifest may lie. */
  folder: string;
  /** Objects whose owners the platform knows by itself. */
  owned: ReadonlySet<string>;
}

/** The operation of the call, as the contract in force describes it. */
async function operationOf({ operation: key }: UpstreamCallRow, contractsFolder: string): Promise<Placed> {
  const [id = '', name] = key.split('.');
  const own = storedCapabilities().find((capability) => capability.name === id.split('@', 1)[0]);
  const standings =
    own === undefined
      ? (await readDropped(contractsFolder)).contracts
      : (await loadCapability(own)).map(({ contract }) => ({ contract, folder: path.join(contractsFolder, id) }));
  const standing = standings.find(({ contract }) => contract.id === id);
  const operation = standing?.contract.operations.find((each) => each.id === name);
  if (standing !== undefined && operation !== undefined)
    return { operation, ...standing, owned: new Set(Object.keys(own?.owners ?? {})) };
  throw new CliFailure(`The contract of ${key} is not here`, {
    why: `It is none of Plinth's own and does not lie in ${contractsFolder}.`,
    advice: 'lay it there again, or name the data folder with --data',
    code: exit.input,
  });
}

/** The manifest beside the contract; undefined = none lies there now. */
async function manifestOf({ contract, folder, owned }: Placed, root: string): Promise<ReadManifest | undefined> {
  const file = path.join(folder, manifestFile);
  if (!existsSync(file)) return undefined;
  const read = await readManifest(file, { contract, owned, root });
  if (!('findings' in read)) return read;
  const [first] = read.findings;
  throw new CliFailure(`${file} cannot be used`, {
    why: first?.message ?? 'It has findings.',
    advice: 'correct it first',
    code: exit.input,
  });
}

/** What the caller is told, made of what the other system says. Its ids are entered in the transaction of `db`. */
async function replyOfTheirs(
  { row, placed, found }: { row: UpstreamCallRow; placed: Placed; found: ReadManifest | undefined },
  body: unknown,
  db: Db,
): Promise<{ status: number; body: unknown }> {
  const reply = found && (await readSettled({ ...found, contract: placed.contract }, row, { body, db }));
  if (reply !== undefined && !isProblem(reply) && !('reason' in reply))
    return { status: reply.status, body: reply.body };
  throw new CliFailure(`It cannot be read as an answer of ${row.upstream}`, {
    why:
      reply !== undefined && 'reason' in reply
        ? reply.reason
        : `No manifest of ${row.operation} lies in ${placed.folder}.`,
    advice: 'take the body of their answer as they give it, or write ours and name it with --answer',
    code: exit.input,
  });
}

/** What the caller is told: a success of the contract, with the body from the file. */
async function replyOf(
  { operation, contract }: { operation: Operation; contract: Contract },
  file: string | undefined,
): Promise<{ status: number; body: unknown }> {
  const success = operation.responses.find(({ status }) => typeof status === 'number' && status >= 200 && status < 300);
  const status = typeof success?.status === 'number' ? success.status : 200;
  const schema = success?.media.find(({ type }) => isJsonType(type))?.schema;
  if (schema === undefined) {
    if (file !== undefined) refuse(`${operation.id} answers ${status} without a body`, 'leave --answer out');
    return { status, body: undefined };
  }
  if (file === undefined)
    return refuse(
      `${operation.id} answers with a body, and it is not known`,
      'write it into a file as the contract describes it, and name that with --answer',
    );
  const body = await readAnswer(file);
  const shape = compileBody(schema, contract.document, { unknown: 'drop', direction: 'response' });
  const [wrong] = shape.explain(body, 1);
  if (wrong === undefined) return { status, body };
  throw new CliFailure(`${file} is no answer of ${operation.id}`, {
    why: `${wrong.pointer || 'It'}: ${wrong.message}`,
    advice: 'write it as the contract describes it',
    code: exit.input,
  });
}

async function readAnswer(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as unknown;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw fileFailure(error, 'read') ?? error;
    throw new CliFailure(`${file} is no JSON`, {
      why: error.message,
      advice: 'write the body of the answer as JSON',
      code: exit.input,
    });
  }
}

/** Who types is somebody of the house, known to this machine. */
function baseOf(services: Parameters<typeof serviceBase>[0], { principal, traceId }: UpstreamCallRow): BaseContext {
  const base = serviceBase(services, {
    name: 'upstream.settleDoubt',
    customerId: principal.customerId,
    trace: newTrace(traceId),
  });
  const person = { ...base.principal, issuer: 'machine', subject: userInfo().username, audience: 'staff' as const };
  return { ...base, principal: person };
}

function refuse(message: string, advice: string): never {
  throw new CliFailure(message, { why: 'Nothing was changed.', advice, code: exit.usage });
}
