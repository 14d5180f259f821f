// The work of `plinth test`: plan, send, print.

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import {
  type Check,
  checks,
  type Contract,
  driftAsText,
  driftOf,
  failureText,
  isCheck,
  type Phase,
  phases,
  plan,
  type PlanOptions,
  type Principal,
  readTraffic,
  reportAsJson,
  reportAsJunit,
  reportAsMarkdown,
  reportAsText,
  reportSummary,
  run,
  type Server,
  silences,
  type TestReport,
  Unreachable,
} from '@plinth/contract';
import { type ContractFlags, readOverlaid } from './contract-file.ts';
import { CliFailure, exit } from './failure.ts';
import { note, out, styled } from './printer.ts';
import { openFacts } from './test-facts.ts';
import { readPrincipals } from './test-principals.ts';
import { isMock, openTarget } from './test-target.ts';

export interface TestFlags extends ContractFlags {
  baseUrl?: string;
  phases?: string;
  checks?: string;
  operations?: string;
  cases: string;
  time?: string;
  seed?: string;
  principals?: string;
  safe?: boolean;
  allowDestructive?: boolean;
  workers: string;
  rate?: string;
  minCoverage?: string;
  traffic?: string;
  keepValues?: boolean;
  format: string;
  json?: boolean;
}

const formats = { text: reportAsText, json: reportAsJson, junit: reportAsJunit, markdown: reportAsMarkdown } as const;
const shown = (file: string): string => path.relative(process.cwd(), path.resolve(file));

/**
 * Gives 0, or 1 when something is wrong or too little was covered. Throws CliFailure: 2 wrong use, 3 contract or traffic
 * is unreadable, 4 no target.
 */
export async function testContract(file: string, flags: TestFlags): Promise<number> {
  const format = flags.json ? 'json' : flags.format;
  if (!Object.hasOwn(formats, format))
    throw wrong(`--format ${format} is unknown`, `use ${Object.keys(formats).join(', ')}`);
  if (flags.traffic !== undefined) return compareTraffic(file, flags.traffic, { flags, format });
  const least = flags.minCoverage === undefined ? 0 : wholeNumber('--min-coverage', flags.minCoverage);
  const { contract } = await readOverlaid(file, flags);
  const baseUrl = readBaseUrl(flags.baseUrl, contract.servers);
  const options = optionsOf(contract, flags);
  const principals = readPrincipals(file, flags.principals);
  const report = await reportOf(contract, { baseUrl, options, principals, flags });
  out(formats[format as keyof typeof formats](report, { baseUrl, shown }).trimEnd());
  note(`${contract.title}: ${reportSummary(report)}`);
  remark(contract, report, principals);
  const isThin = report.coveragePercent < least;
  if (isThin) note(`${styled('red', '✗')} coverage ${report.coveragePercent} % is below ${least} %`);
  return report.failures.length > 0 || isThin ? exit.findings : exit.done;
}

/** Recorded traffic against the contract. What is declared and was never called does not fail the command. */
async function compareTraffic(
  file: string,
  traffic: string,
  { flags, format }: { flags: TestFlags; format: string },
): Promise<number> {
  if (format !== 'text' && format !== 'json')
    throw wrong(`--format ${format} does not go with --traffic`, 'use text or json');
  if (!existsSync(traffic))
    throw new CliFailure(`${traffic} does not exist`, { why: '', advice: 'check --traffic', code: exit.input });
  const { contract } = await readOverlaid(file, flags);
  const basePath =
    flags.baseUrl === undefined ? undefined : new URL(readBaseUrl(flags.baseUrl)).pathname.replace(/\/$/, '');
  const report = driftOf(contract, readTraffic(readFileSync(traffic, 'utf8')), {
    keepValues: flags.keepValues === true,
    ...(basePath === undefined ? {} : { basePath }),
  });
  if (report.exchanges === 0)
    throw new CliFailure(`${traffic} holds no exchange`, {
      why: `${report.unreadable} entries could not be read.`,
      advice: 'give a HAR, or lines of {"request": {method, url, headers, body}, "response": {status, headers, body}}',
      code: exit.input,
    });
  out((format === 'json' ? JSON.stringify(report, undefined, 2) : driftAsText(report)).trimEnd());
  return report.drifts.some(({ rule }) => !silences.has(rule)) ? exit.findings : exit.done;
}

async function reportOf(
  contract: Contract,
  of: { baseUrl: string; options: PlanOptions; principals: readonly Principal[]; flags: TestFlags },
): Promise<TestReport> {
  const { baseUrl, flags } = of;
  const workers = wholeNumber('--workers', flags.workers);
  const rate = flags.rate === undefined ? undefined : wholeNumber('--rate', flags.rate);
  const seed = flags.seed === undefined ? Math.floor(Math.random() * 1_000_000) : wholeNumber('--seed', flags.seed);
  const target = openTarget(baseUrl, { workers, rate });
  const facts = await openFacts(baseUrl, contract, of.principals);
  const stop = new AbortController();
  const timer = flags.time === undefined ? undefined : setTimeout(() => stop.abort(), milliseconds(flags.time));
  const interrupt = (): void => stop.abort();
  process.once('SIGINT', interrupt);
  try {
    const ports = {
      send: target.send,
      principals: of.principals,
      facts,
      now: Temporal.Now.instant(),
      seed,
      workers,
      signal: stop.signal,
    };
    for await (const event of run(plan(contract, await fitting(contract, of)), ports)) {
      if (event.type === 'report') return event.report;
      if (event.type === 'failure')
        note(styled('red', failureText(event.failure, { baseUrl, shown }).split('\n', 2).join('\n')));
    }
    throw new Error('a run ends with a report');
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    throw new CliFailure(`Nothing answers at ${baseUrl}`, {
      why: error.message,
      advice: 'start the target, or correct --base-url',
      code: exit.unreachable,
    });
  } finally {
    clearTimeout(timer);
    process.off('SIGINT', interrupt);
    target.close();
    facts?.close();
  }
}

/** A mock of ours may be changed at will, and lets everybody in unless it was told otherwise. */
async function fitting(
  { id }: Contract,
  of: { baseUrl: string; options: PlanOptions; principals: readonly Principal[] },
): Promise<PlanOptions> {
  const { options, principals } = of;
  if (!(await isMock(of.baseUrl, id))) return options;
  return { ...options, destructive: true, elsewhere: true, secured: principals.length > 0 };
}

/** What a reader should know before believing a run without failures. */
function remark(contract: Contract, { coverage }: TestReport, principals: readonly Principal[]): void {
  const asked = coverage.filter(({ requests }) => requests > 0);
  const limited = asked.filter(({ statuses, requests }) => (statuses[429] ?? 0) > requests / 4);
  if (limited.length > 0)
    note(
      `${styled('yellow', '!')} Mostly refused with 429, so little was tested: ${limited.map(({ operation }) => operation).join(', ')}. Use --rate or raise the limits of the target.`,
    );
  const never = asked.filter(({ successes }) => successes.all > 0 && successes.seen === 0);
  if (never.length === 0) return;
  note(`${styled('yellow', '!')} Never answered with success: ${never.map(({ operation }) => operation).join(', ')}`);
  const only = (status: number): boolean => never.every(({ statuses }) => statuses[status] !== undefined);
  if (only(401) && principals.length === 0)
    note('  Credentials are asked for: name principals in plinth.test.yaml (docs/guides/test.md).');
  if (only(404) && never.length === asked.length && contract.basePath !== '')
    note(`  Do the paths begin at ${contract.basePath}? It belongs to --base-url.`);
}

function optionsOf(contract: Contract, flags: TestFlags): PlanOptions {
  const options: PlanOptions = {
    cases: wholeNumber('--cases', flags.cases),
    safe: flags.safe === true,
    destructive: flags.allowDestructive === true,
  };
  if (flags.phases !== undefined) options.phases = named('--phases', flags.phases, phases) as Phase[];
  if (flags.checks !== undefined)
    options.checks = named('--checks', flags.checks, Object.keys(checks)).filter((each): each is Check =>
      isCheck(each),
    );
  if (flags.operations !== undefined)
    options.operations = named(
      '--operations',
      flags.operations,
      contract.operations.map(({ id }) => id),
    );
  return options;
}

function named(flag: string, list: string, known: readonly string[]): string[] {
  const names = list.split(',').map((each) => each.trim());
  const unknown = names.find((each) => !known.includes(each));
  if (unknown !== undefined) throw wrong(`${flag} ${unknown} is unknown`, `use ${known.join(', ')}`);
  return names;
}

/** Never a server of the contract by itself: requests that change something go only where somebody said so. */
function readBaseUrl(given: string | undefined, servers: readonly Server[] = []): string {
  const known = servers.find(({ url }) => URL.canParse(url))?.url ?? 'http://localhost:4010/orders/v1';
  if (given === undefined)
    throw wrong('--base-url is missing', `name where the target answers, for example --base-url ${known}`);
  if (!URL.canParse(given) || !/^https?:$/.test(new URL(given).protocol))
    throw wrong(`--base-url ${given} is no address`, 'use http://… or https://…');
  return given.replace(/\/+$/, '');
}

function wholeNumber(flag: string, text: string): number {
  if (!/^\d{1,9}$/.test(text) || (Number(text) === 0 && flag !== '--seed'))
    throw wrong(`${flag} ${text} is no whole number above 0`, `${flag} 4`);
  return Number(text);
}

/** `90s`, `5m`, `1h`. */
function milliseconds(text: string): number {
  const [, count, unit] = /^(\d{1,5})(s|m|h)$/.exec(text) ?? [];
  if (count === undefined) throw wrong(`--time ${text} is no duration`, 'use 90s, 5m or 1h');
  return Number(count) * { s: 1_000, m: 60_000, h: 3_600_000 }[unit as 's'];
}

function wrong(what: string, advice: string): CliFailure {
  return new CliFailure(what, { why: '', advice, code: exit.usage });
}
