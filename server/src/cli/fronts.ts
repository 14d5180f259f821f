// `plinth serve CONTRACT… --upstream URL`: contracts of a service that is there already, each with the manifest that passes
// every call on to it. What would be open, shadowed or changed on the way without a word is refused before the start.

import { type Contract, type Finding, formatFindings } from '@plinth/contract/serving';
import { type Front, passingOn, passingUnknown } from '../contracts/upstream/passing.ts';
import { isReserved } from '../reserved-roots.ts';
import { type ContractFlags, fileOptions, readOverlaid } from './contract-file.ts';
import { openSource } from './contract-source.ts';
import { CliFailure, exit } from './failure.ts';

/** Reads them. Throws CliFailure. */
export async function readFronts(
  files: readonly string[],
  upstream: string | undefined,
  flags: ContractFlags,
): Promise<Front[]> {
  if (files.length === 0 && upstream === undefined) return [];
  // A slip in its name is told before what else is missing.
  if (upstream === undefined) for (const file of files) await openSource(file, fileOptions(flags));
  if (upstream === undefined)
    throw new CliFailure(`Nobody stands behind ${files.join(', ')}`, {
      why: 'A contract alone answers nothing.',
      advice: `name the service: --upstream https://api.example.com, or let it be made up: plinth mock ${files.join(' ')}`,
      code: exit.usage,
    });
  if (files.length === 0)
    throw new CliFailure('--upstream stands alone', {
      why: 'Only what a contract names is passed on.',
      advice: `name the contract of the service: plinth serve openapi.yaml --upstream ${upstream}`,
      code: exit.usage,
    });
  const url = addressOf(upstream);
  const fronts: Front[] = [];
  for (const file of files) {
    const contract = await readOne(file, flags);
    const twin = fronts.find((each) => each.contract.id === contract.id);
    if (twin !== undefined)
      throw new CliFailure(`Two contracts are called ${contract.id}`, {
        why: `${file} and one before it have the same title or capability.`,
        advice: 'give each a capability of its own in x-plinth, by an --overlay where it is not yours to edit',
        code: exit.input,
      });
    fronts.push({ contract, manifest: passingOn(contract, url) });
  }
  return fronts;
}

function addressOf(text: string): URL {
  const url = URL.parse(text);
  const isPlain = url !== null && url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (isPlain && /^https?:$/.test(url.protocol)) return url;
  throw new CliFailure(`--upstream ${text} is no address of a service`, {
    why: 'It is http or https with a host, perhaps a path, and nothing else.',
    advice: 'for example --upstream https://api.example.com',
    code: exit.usage,
  });
}

/** Ours as it stands, other people's as the edge takes them. */
async function readOne(file: string, flags: ContractFlags): Promise<Contract> {
  let read = await readOverlaid(file, flags);
  if (errorsOf(read.findings).length > 0) read = await readOverlaid(file, flags, { foreign: true });
  const errors = errorsOf(read.findings);
  const { contract } = read;
  if (errors.length > 0)
    throw new CliFailure(`${file} cannot be served`, {
      why: formatFindings(errors.slice(0, 20)).trim(),
      advice: errors[0]?.fix ?? `see plinth lint ${file}`,
      code: exit.input,
    });
  refuseUndeclared(file, contract);
  refuseReserved(file, contract);
  return passingUnknown(contract);
}

/** What is only built oddly can still be served. */
function errorsOf(findings: readonly Finding[]): Finding[] {
  return findings.filter(({ severity, rule }) => severity === 'error' && rule !== 'spec-structure');
}

function refuseUndeclared(file: string, { operations }: Contract): void {
  const open = operations.filter(({ security }) => security === undefined);
  if (open.length === 0) return;
  throw new CliFailure(`${file} leaves open who may call ${named(open)}`, {
    why: 'What declares no security is refused, not open.',
    advice: `declare it in the contract, or for everybody by --overlay open.yaml:
overlay: 1.0.0
info: { title: Open to everybody, version: 1.0.0 }
actions: [{ target: $, update: { security: [] } }]`,
    code: exit.input,
  });
}

function refuseReserved(file: string, { basePath, operations }: Contract): void {
  const shadowed = operations.filter(({ path }) => isReserved(basePath + path));
  if (shadowed.length === 0) return;
  throw new CliFailure(`${file} has paths that are the platform's own: ${named(shadowed)}`, {
    why: 'Sign-in, jobs, streams, health and documents stand there.',
    advice: "give the contract a base path by its servers: [{ url: /shop/v1 }], and keep the service's in --upstream",
    code: exit.input,
  });
}

function named(operations: readonly { id: string }[]): string {
  const ids = operations.slice(0, 5).map(({ id }) => id);
  return ids.join(', ') + (operations.length > 5 ? ` and ${operations.length - 5} more` : '');
}
