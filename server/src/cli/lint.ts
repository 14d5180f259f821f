// `plinth lint FILE…`

import { findingsAsJson, formatFindings, lint, type Severity, sortFindings, summaryOf } from '@plinth/contract';
import type { AddCommand } from './commands.ts';
import { readContractFile } from './contract-file.ts';
import { CliFailure, exit } from './failure.ts';
import { note, out } from './printer.ts';

const order: readonly Severity[] = ['error', 'warn', 'info', 'hint'];

interface LintFlags {
  json?: boolean;
  failOn: string;
}

export const addLint: AddCommand = (program, done) => {
  program
    .command('lint <file...>')
    .description('check contracts')
    .option('--json', 'one object per finding')
    .option('--fail-on <severity>', 'error, warn or info', 'error')
    .action((files: string[], flags: LintFlags) => done(lintFiles(files, flags)));
};

async function lintFiles(files: readonly string[], flags: LintFlags): Promise<number> {
  const level = order.indexOf(flags.failOn as Severity);
  if (level < 0)
    throw new CliFailure(`--fail-on ${flags.failOn} is no severity`, {
      why: '',
      advice: 'use error, warn or info',
      code: exit.usage,
    });
  let failed = false;
  for (const file of files) {
    const started = performance.now();
    const { contract, findings } = await readContractFile(file);
    const all = sortFindings([...findings, ...lint(contract)]);
    out(flags.json ? findingsAsJson(all) : formatFindings(all));
    note(`${contract.title}: ${summaryOf(all)}, ${(performance.now() - started).toFixed(0)} ms`);
    failed ||= all.some((finding) => order.indexOf(finding.severity) <= level);
  }
  return failed ? exit.findings : exit.done;
}
