// `plinth doctor`: what this machine has, how the deployment is, and what to do about what is not well. Looks only.

import { examineDeployment } from '../doctor/deployment.ts';
import type { PreparedFinding } from '../doctor/finding.ts';
import { examineIssuers } from '../doctor/issuers.ts';
import { examineMachine } from '../doctor/machine.ts';
import type { AddCommand } from './commands.ts';
import { CliFailure, exit } from './failure.ts';
import { note, out, outJson, styled } from './printer.ts';

interface DoctorFlags {
  data?: string;
  json?: boolean;
  format?: string;
}

export const addDoctor: AddCommand = (program, done) => {
  program
    .command('doctor')
    .description('say what is missing on this machine, and what is not well in the deployment')
    .option('--data <folder>', 'data folder (.plinth)')
    .option('--format <format>', 'text or json: one JSON object a finding', 'text')
    .option('--json', 'the same as --format json')
    .action((flags: DoctorFlags) => done(examine(flags)));
};

const marks = { ok: ['green', '✓'], warn: ['yellow', '!'], bad: ['red', '✗'] } as const;

/** 0 when nothing is bad; warnings alone do not fail. */
async function examine({ data, json, format = 'text' }: DoctorFlags): Promise<number> {
  if (format !== 'text' && format !== 'json')
    throw new CliFailure(`There is no format ${format}`, {
      why: 'Findings come as text or json.',
      advice: 'plinth doctor --format json',
      code: exit.usage,
    });
  const findings: PreparedFinding[] = [
    ...(await examineMachine(data)),
    ...(await examineDeployment(data)),
    ...(await examineIssuers()),
  ];
  for (const finding of findings) {
    if (json || format === 'json') {
      outJson(finding);
      continue;
    }
    const [color, mark] = marks[finding.state];
    const advice = finding.state === 'ok' || finding.advice === '' ? '' : `  Do: ${finding.advice}`;
    out(`${styled(color, mark, process.stdout)} ${finding.what.padEnd(26)}${finding.found}${advice}`);
  }
  const bad = findings.filter(({ state }) => state === 'bad').length;
  const warned = findings.filter(({ state }) => state === 'warn').length;
  note(`${findings.length} looked at, ${bad} bad, ${warned} to be looked after`);
  return bad > 0 ? exit.findings : exit.done;
}
