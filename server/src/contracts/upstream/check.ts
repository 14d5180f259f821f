// What is wrong with a manifest, judged with both contracts in hand, before a single call: states and errors that no map
// covers, parameters nobody fills, promises that cannot be kept and are not named. All of it at once, with its place.

import type { Contract, Operation } from '@plinth/contract';
import { edgeProblems, showsSecretOnce } from '@plinth/runtime/pipeline';
import { checkPassed, checkPromises } from './check-promises.ts';
import { checkStates, enumUnder } from './check-states.ts';
import type { ErrorEntry, LookUp, Manifest, Mapping, OperationEntry, RequestMap } from './manifest.ts';

/** A finding; `at` is the part of the manifest it is about. */
export interface Fault {
  at: object;
  rule: string;
  message: string;
  fix: string;
}

export interface CheckParts {
  manifest: Manifest;
  contract: Contract;
  target: Contract;
  /** Objects whose owners the platform knows without the manifest. */
  owned: ReadonlySet<string>;
}

/** Nothing = it can be installed. */
export function checkManifest(parts: CheckParts): Fault[] {
  const { manifest, contract } = parts;
  const [id, major] = manifest.contract.split('@');
  const faults: Fault[] = [];
  if (id !== contract.id || Number(major) !== (contract.major || 1)) {
    faults.push({
      at: manifest,
      rule: 'upstream-contract',
      message: `It is written for ${manifest.contract}, and the contract beside it is ${contract.id}@${contract.major || 1}.`,
      fix: 'Write a manifest for this major, or lay it beside the contract it was written for.',
    });
  }
  for (const [name, map] of Object.entries(manifest.states ?? {})) faults.push(...checkStates(name, map, parts));
  for (const mapping of Object.values(manifest.shapes ?? {})) faults.push(...checkMapping(mapping, manifest));
  for (const [name, entry] of Object.entries(manifest.operations ?? {}))
    faults.push(...checkOperation(name, entry, parts));
  for (const [name, entry] of Object.entries(manifest.messages ?? {}))
    faults.push(...checkMessages(name, entry, parts));
  faults.push(...checkErrors(manifest, manifest.errors ?? [], contract), ...checkPassed(parts));
  return faults;
}

function checkOperation(name: string, entry: OperationEntry, parts: CheckParts): Fault[] {
  const { manifest, contract, target } = parts;
  const operation = contract.operations.find(({ id }) => id === name);
  const theirs = target.operations.find(({ id }) => id === entry.target);
  if (operation === undefined) {
    return [
      {
        at: entry,
        rule: 'upstream-operation',
        message: `${contract.id} has no operation ${name}.`,
        fix: `Use one of ${namesOf(contract)}.`,
      },
    ];
  }
  if (theirs === undefined) {
    return [
      {
        at: entry,
        rule: 'upstream-operation',
        message: `${manifest.upstream} has no operation ${entry.target}.`,
        fix: `Use one of ${namesOf(target)}.`,
      },
    ];
  }
  const { body } = entry.response ?? {};
  return [
    ...checkRequest(entry, entry.request, theirs, { manifest, operation }),
    ...(body === undefined || 'shape' in body
      ? checkShapeName(entry, body?.shape, manifest)
      : checkMapping(body, manifest)),
    ...checkErrors(entry, entry.errors ?? [], contract),
    ...checkCovered(name, entry, theirs, parts),
    ...checkPromises(name, entry, { operation, theirs }, parts),
    ...checkSecret(entry, operation, parts),
  ];
}

/** What came of a call is kept to be found again, and opens to others than its caller. What passes through is not kept. */
function checkSecret(at: object, operation: Operation, { manifest, contract }: CheckParts): Fault[] {
  if (manifest.pass !== undefined || !showsSecretOnce(operation, contract)) return [];
  return [
    {
      at,
      rule: 'upstream-secret',
      message: `${operation.id} shows a secret once, and what comes of a call to ${manifest.upstream} is kept to be found again.`,
      fix: 'Leave this operation where it is, or take the secret out of its answer.',
    },
  ];
}

/** Only a receiver is told anything by them. */
function checkMessages(name: string, entry: { body: Mapping }, { manifest, contract }: CheckParts): Fault[] {
  const operation = contract.operations.find(({ id }) => id === name);
  if (operation?.policy.webhookIn !== undefined) return checkMapping(entry.body, manifest, true);
  return [
    {
      at: entry,
      rule: 'upstream-operation',
      message: `${contract.id} has no operation ${name} that receives messages.`,
      fix: 'Name an operation with webhookIn.',
    },
  ];
}

function namesOf(side: Contract): string {
  return side.operations.map(({ id }) => id).join(', ');
}

function checkShapeName(at: object, shape: unknown, manifest: Manifest): Fault[] {
  if (typeof shape !== 'string' || manifest.shapes?.[shape] !== undefined) return [];
  return [{ at, rule: 'upstream-mapping', message: `There is no shape ${shape}.`, fix: 'Write it under shapes.' }];
}

/** Names that entries lean on. */
function checkMapping(mapping: Mapping, manifest: Manifest, isMessage = false): Fault[] {
  return Object.entries(mapping).flatMap(([target, entry]): Fault[] => {
    if (target.split('/').includes('__proto__')) {
      return [
        { at: mapping, rule: 'upstream-mapping', message: `${target} cannot be filled.`, fix: 'Use another name.' },
      ];
    }
    if (typeof entry === 'string' || 'constant' in entry) return [];
    const unknown = [
      ...[entry.shape, entry.each]
        .filter((name) => name !== undefined && manifest.shapes?.[name] === undefined)
        .map((name) => `shape ${name}`),
      ...(entry.state === undefined ? [] : wantedStates(entry.state, manifest, isMessage)),
      ...(entry.id !== undefined && manifest.ids?.[entry.id] === undefined ? [`entry ${entry.id} of ids`] : []),
    ];
    return unknown.map((what) => ({
      at: entry,
      rule: 'upstream-mapping',
      message: `${target} needs the ${what}, which the manifest does not have.`,
      fix: 'Write it, or correct the name.',
    }));
  });
}

/** Outside of messages an open map would leave words of their contract without ours. */
function wantedStates(name: string, { states }: Manifest, isMessage: boolean): string[] {
  const map = states?.[name];
  if (map === undefined) return [`state map ${name}`];
  return map.theirs === undefined && !isMessage ? [`state map ${name} with theirs and out`] : [];
}

function checkRequest(
  at: object,
  request: RequestMap | undefined,
  theirs: Operation,
  { manifest, operation }: { manifest: Manifest; operation: Operation },
): Fault[] {
  const rule = 'upstream-request';
  const faults: Fault[] = [];
  const filled = new Set(
    request === undefined
      ? operation.params.map(({ name }) => name)
      : [request.path, request.query, request.header].flatMap((mapping) =>
          Object.keys(mapping ?? {}).map((name) => name.toLowerCase()),
        ),
  );
  for (const param of theirs.params) {
    const isFilled = filled.has(request === undefined ? param.name : param.name.toLowerCase());
    if (param.required && !isFilled) {
      faults.push({
        at,
        rule,
        message: `Their ${theirs.id} needs the ${param.in} parameter ${param.name}, and nothing fills it.`,
        fix: `Add it under request.${param.in}.`,
      });
    }
  }
  for (const place of ['path', 'query', 'header'] as const) {
    const mapping = request?.[place] ?? {};
    faults.push(...checkMapping(mapping, manifest));
    for (const name of Object.keys(mapping)) {
      const isTheirs = theirs.params.some(
        (param) => param.in === place && param.name.toLowerCase() === name.toLowerCase(),
      );
      if (!isTheirs)
        faults.push({
          at: mapping,
          rule,
          message: `Their ${theirs.id} has no ${place} parameter ${name}.`,
          fix: 'Correct the name, or leave it out.',
        });
    }
  }
  if (request?.body !== undefined) faults.push(...checkMapping(request.body, manifest));
  if (theirs.body?.required === true && request !== undefined && request.body === undefined) {
    faults.push({ at, rule, message: `Their ${theirs.id} needs a body.`, fix: 'Add request.body.' });
  }
  return faults;
}

/** Our problems exist. */
function checkErrors(at: object, errors: readonly ErrorEntry[], contract: Contract): Fault[] {
  return errors
    .filter(({ problem }) => !edgeProblems.has(problem) && contract.problems.every(({ code }) => code !== problem))
    .map(({ problem }) => ({
      at,
      rule: 'upstream-errors',
      message: `There is no problem ${problem}.`,
      fix: 'Use a code of problems.yaml or of the edge.',
    }));
}

/** The error map is total over what their contract documents: each status, and each code where codes are listed. */
function checkCovered(
  name: string,
  entry: OperationEntry,
  theirs: Operation,
  { manifest, target }: CheckParts,
): Fault[] {
  if (manifest.pass !== undefined) return [];
  const errors = [...(entry.errors ?? []), ...(manifest.errors ?? [])];
  return theirs.responses.flatMap((response) => {
    const status = String(response.status).toUpperCase();
    if (!status.startsWith('4')) return [];
    const fitting = errors.filter((error) => [status, `${status[0]}XX`].includes(String(error.status).toUpperCase()));
    if (fitting.some(({ code }) => code === undefined)) return [];
    const codes =
      manifest.errorCode === undefined ? undefined : enumUnder(target, response.media[0]?.schema, manifest.errorCode);
    const left = codes?.filter((code) => fitting.every((error) => error.code !== code));
    if (codes !== undefined && left?.length === 0) return [];
    const what = left === undefined || left.length === codes?.length ? status : `${status} with ${left.join(', ')}`;
    return [
      {
        at: entry,
        rule: 'upstream-errors',
        message: `${name}: ${theirs.id} may answer ${what}, and no entry of errors says what that means to our callers.`,
        fix: 'Add an entry { status, code?, problem }.',
      },
    ];
  });
}

/** The look-up's operation must exist as well; its mappings are checked alike. */
export function checkLookUp(name: string, lookUp: LookUp, { manifest, contract, target }: CheckParts): Fault[] {
  const theirs = target.operations.find(({ id }) => id === lookUp.target);
  const operation = contract.operations.find(({ id }) => id === name);
  if (theirs === undefined || operation === undefined) {
    return [
      {
        at: lookUp,
        rule: 'upstream-operation',
        message: `${manifest.upstream} has no operation ${lookUp.target}.`,
        fix: 'Use an operation that finds a call by its reference.',
      },
    ];
  }
  return checkRequest(lookUp, lookUp.request, theirs, { manifest, operation });
}
