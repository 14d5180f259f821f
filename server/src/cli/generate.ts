// `plinth generate TARGET FILE`: code and documents made from a contract.

import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import {
  compileModule,
  emitAsyncApi,
  emitCapabilityTypes,
  emitClient,
  emitLlms,
  emitTools,
  emitTypes,
  estimatedTokens,
  offeredTo,
  SchemaError,
  validatorTypes,
} from '@plinth/contract/making';
import type { Audience, Contract } from '@plinth/contract/serving';
import { buildMoment } from '../environment.ts';
import type { AddCommand } from './commands.ts';
import { addContractOptions, addOutputOption, type ContractFlags, readOverlaid } from './contract-file.ts';
import { CliFailure, exit } from './failure.ts';
import { note, out } from './printer.ts';
import { reportFiles, writeFiles } from './write-files.ts';

type Files = Record<string, string>;

/** What each target makes, as files by path. */
const targets: Readonly<Record<string, (contract: Contract, heading: { source: string; command: string }) => Files>> = {
  types: (contract, heading) => ({ [`${contract.id}.ts`]: emitTypes(contract, heading) }),
  handlers: (contract) => ({ 'generated.ts': emitCapabilityTypes(contract) }),
  client: (contract, heading) => ({
    [`${contract.id}.ts`]: emitClient(contract, { runtime: './runtime/index.ts', ...heading }),
    ...clientRuntime(),
  }),
  asyncapi: (contract) => ({ 'asyncapi.json': `${JSON.stringify(emitAsyncApi(contract), undefined, 2)}\n` }),
  llms: (contract) => emitLlms(contract, { now: buildMoment() }),
  tools: (contract) => {
    const tools = emitTools(contract);
    note(`${tools.length} tools, about ${estimatedTokens(tools)} tokens`);
    return { 'tools.json': `${JSON.stringify({ tools }, undefined, 2)}\n` };
  },
  validators: (contract) => ({
    [`${contract.id}.validators.js`]: validatorsOf(contract),
    [`${contract.id}.validators.d.ts`]: validatorTypes,
  }),
};

interface GenerateFlags extends ContractFlags {
  out?: string;
  output?: string;
  check?: boolean;
  audience?: string;
  only?: string;
}

export const addGenerate: AddCommand = (program, done) => {
  addOutputOption(addContractOptions(program.command('generate <target> <file>')))
    .description(`make ${Object.keys(targets).join(', ')} from a contract`)
    .option('--out <folder>', 'where to write; without it a single file goes to stdout')
    .option('--check', 'write nothing; end with 1 when a file is missing or stale')
    .option('--audience <name>', 'only operations for customer, staff, agent, partner, device or service')
    .option('--only <operations>', 'only these operationIds, separated by commas')
    .action((target: string, file: string, flags: GenerateFlags) => done(generate(target, file, flags)));
};

async function generate(target: string, file: string, flags: GenerateFlags): Promise<number> {
  const make = targets[target];
  if (!make)
    throw new CliFailure(`generate knows no target ${target}`, {
      why: '',
      advice: `use one of ${Object.keys(targets).join(', ')}`,
      code: exit.usage,
    });
  if (flags.out !== undefined && flags.output !== undefined)
    throw new CliFailure('--out and --output exclude each other', {
      why: '--out names a folder, --output one file.',
      advice: 'leave one out',
      code: exit.usage,
    });
  const { contract } = await readOverlaid(file, flags);
  const narrowed = narrow(contract, flags);
  const command = [
    'npm run plinth -- generate',
    target,
    file,
    ...(flags.overlay ?? []).flatMap((name) => ['--overlay', name]),
    ...(flags.audience === undefined ? [] : ['--audience', flags.audience]),
    ...(flags.only === undefined ? [] : ['--only', flags.only]),
    ...(flags.out ? ['--out', flags.out] : []),
    ...(flags.output ? ['--output', flags.output] : []),
  ].join(' ');
  const files = make(narrowed, { source: file, command });
  if (flags.out === undefined) return print(target, files, flags.check === true);
  const check = flags.check === true;
  const fresh = reportFiles(await writeFiles(flags.out, files, { check }), flags.out, { check });
  return fresh ? exit.done : exit.findings;
}

function print(target: string, files: Files, check: boolean): number {
  const [first, ...more] = Object.values(files);
  if (check || first === undefined || more.length > 0)
    throw new CliFailure(`${target} needs a folder`, {
      why: check ? '--check compares with what was written.' : 'It makes several files.',
      advice: 'name one: --out generated',
      code: exit.usage,
    });
  out(first.trimEnd());
  return exit.done;
}

const audiences: readonly Audience[] = ['customer', 'staff', 'agent', 'partner', 'device', 'service'];

/** Throws CliFailure (exit 2) for a word that is none. */
export function audienceNamed(name: string): Audience {
  const audience = audiences.find((each) => each === name);
  if (audience !== undefined) return audience;
  throw new CliFailure(`--audience ${name} is no audience`, {
    why: '',
    advice: `use one of ${audiences.join(', ')}`,
    code: exit.usage,
  });
}

/**
 * The contract as an audience sees it, with the wanted operations only. What those do not need stays: nobody imports it.
 * Throws CliFailure (exit 2) for an operation or audience that there is not.
 */
export function narrow(contract: Contract, { audience, only }: Pick<GenerateFlags, 'audience' | 'only'>): Contract {
  const names = only?.split(',').map((name) => name.trim());
  const unknown = names?.find((name) => !contract.operations.some(({ id }) => id === name));
  if (unknown !== undefined)
    throw new CliFailure(`There is no operation ${unknown} in ${contract.title}`, {
      why: '',
      advice: `its operations begin with: ${contract.operations
        .slice(0, 5)
        .map(({ id }) => id)
        .join(', ')}`,
      code: exit.usage,
    });
  const wanted = audience === undefined ? undefined : audienceNamed(audience);
  const offered = wanted === undefined ? contract : offeredTo(contract, wanted);
  if (names === undefined) return offered;
  return { ...offered, operations: offered.operations.filter(({ id }) => names.includes(id)) };
}

/** Throws CliFailure (exit 3) for a schema that cannot be compiled. */
function validatorsOf(contract: Contract): string {
  try {
    return compileModule(contract);
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    throw new CliFailure(`${contract.title} has a schema that cannot be compiled`, {
      why: error.message,
      advice: 'mend it, or leave its operation out with --only',
      code: exit.input,
    });
  }
}

/** The client's runtime as it stands in this build: a generated client needs nothing else. */
function clientRuntime(): Files {
  const folder = path.dirname(new URL(import.meta.resolve('@plinth/client')).pathname);
  const names = globSync('*.ts', { cwd: folder })
    .filter((name) => !name.endsWith('.test.ts'))
    .toSorted();
  return Object.fromEntries(names.map((name) => [`runtime/${name}`, readFileSync(path.join(folder, name), 'utf8')]));
}
