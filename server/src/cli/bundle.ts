// `plinth bundle FILE`: a contract and all it refers to as one document.

import { bundleContract, formatFindings, print } from '@plinth/contract';
import type { AddCommand } from './commands.ts';
import { addContractOptions, type ContractFlags, fileOptions, unreadable } from './contract-file.ts';
import { openSource } from './contract-source.ts';
import { CliFailure, exit } from './failure.ts';
import { audienceNamed } from './generate.ts';
import { note, out } from './printer.ts';

interface BundleFlags extends ContractFlags {
  upgrade?: string;
  audience?: string;
  dereference?: boolean;
  format?: string;
  output?: string;
}

export const addBundle: AddCommand = (program, done) => {
  addContractOptions(program.command('bundle <file>'))
    .description('write a contract and all it refers to as one document')
    .option('--upgrade <version>', 'as OpenAPI 3.1 or 3.2')
    .option('--audience <name>', 'only what customer, staff, agent, partner, device or service may call and see')
    .option('--dereference', 'write out what references name; only what contains itself stays a reference')
    .option('--format <name>', 'yaml or json; default: as the file is named')
    .option('--out, --output <file>', 'where to write; default: stdout')
    .action((file: string, flags: BundleFlags) => done(bundle(file, flags)));
};

/** Gives 0, or 1 when the document is made and findings of severity error remain in it. */
async function bundle(given: string, flags: BundleFlags): Promise<number> {
  const options = fileOptions(flags);
  const { entry: file, read } = await openSource(given, options);
  const upgrade = oneOf('--upgrade', flags.upgrade, ['3.1', '3.2']);
  const format = oneOf('--format', flags.format, ['yaml', 'json']) ?? formatOf(flags.output ?? file);
  const { document, findings } = await bundleContract(file, {
    ...options,
    read,
    ...(upgrade === undefined ? {} : { upgrade }),
    ...(flags.audience === undefined ? {} : { audience: audienceNamed(flags.audience) }),
    ...(flags.dereference === true ? { dereference: true } : {}),
  });
  if (!document) throw unreadable(file, findings);
  if (findings.length > 0) note(formatFindings(findings).trimEnd());
  const text = print(document, format);
  out(text.trimEnd());
  if (flags.output !== undefined) note(`written to ${flags.output}`);
  return findings.some(({ severity }) => severity === 'error') ? exit.findings : exit.done;
}

function formatOf(file: string): 'yaml' | 'json' {
  return file.endsWith('.json') ? 'json' : 'yaml';
}

function oneOf<T extends string>(option: string, given: string | undefined, known: readonly T[]): T | undefined {
  const found = known.find((each) => each === given);
  if (given === undefined || found !== undefined) return found;
  throw new CliFailure(`${option} ${given} is unknown`, {
    why: '',
    advice: `use ${known.join(' or ')}`,
    code: exit.usage,
  });
}
