// What our contract promises and an upstream may not keep: repetition, version, whose a thing is. Each must be handed on,
// or be accepted by name.

import type { Operation } from '@plinth/contract';
import type { CheckParts, Fault } from './check.ts';
import type { Entry, OperationEntry, RequestMap } from './manifest.ts';

type Words = readonly [message: string, fix: string];

/** Nothing = every promise of the operation is kept or given up by name. */
export function checkPromises(
  name: string,
  entry: OperationEntry,
  { operation, theirs }: { operation: Operation; theirs: Operation },
  parts: CheckParts,
): Fault[] {
  const words = [
    ...(operation.policy.effect === 'read' ? [] : ofWrite(entry, theirs)),
    ...ofLookUp(entry),
    ...ofVersion(entry, operation),
    ...ofOwners(entry.request, operation, parts),
  ];
  return words.map(([message, fix]) => ({ at: entry, rule: 'upstream-promise', message: `${name}: ${message}`, fix }));
}

/** Operations that `pass` takes along without an entry. */
export function checkPassed(parts: CheckParts): Fault[] {
  const { manifest, contract } = parts;
  if (manifest.pass === undefined) return [];
  const others = contract.operations.filter(({ id }) => manifest.operations?.[id] === undefined);
  return others.flatMap((operation) =>
    ofOwners(undefined, operation, parts).map(([message, fix]) => ({
      at: manifest,
      rule: 'upstream-promise',
      message: `${operation.id}: ${message}`,
      fix,
    })),
  );
}

function ofWrite({ idempotency, weakenings = [], fallback }: OperationEntry, theirs: Operation): Words[] {
  const found: Words[] = [];
  if (idempotency === undefined)
    found.push([
      'it changes something, and nothing says how a repetition is recognised.',
      'Add idempotency: { header }, { lookUp }, natural or none.',
    ]);
  if (idempotency === 'natural' && !['put', 'delete'].includes(theirs.method))
    found.push([
      `repeating their ${theirs.method.toUpperCase()} is not the same call.`,
      'Use { header } or { lookUp }.',
    ]);
  if (idempotency === 'none' && !weakenings.includes('no-idempotency'))
    found.push([
      'without idempotency a lost answer is for a person to find out.',
      'Accept it with weakenings: [no-idempotency].',
    ]);
  if (fallback !== undefined)
    found.push(['a fallback for something that changes would be a lie.', 'Take fallback out.']);
  return found;
}

function ofLookUp({ idempotency, request }: OperationEntry): Words[] {
  if (typeof idempotency !== 'object' || !('lookUp' in idempotency)) return [];
  const found: Words[] = [];
  if (!uses(request, '/call/reference'))
    found.push(['the look-up needs a reference that is sent with the call.', 'Map /call/reference into the request.']);
  if (!uses(idempotency.lookUp.request, '/call/reference'))
    found.push(['the look-up asks for no reference.', 'Map /call/reference into lookUp.request.']);
  return found;
}

function ofVersion({ request, weakenings = [] }: OperationEntry, { policy }: Operation): Words[] {
  if (policy.precondition !== 'required' || weakenings.includes('no-version')) return [];
  if (uses(request, '/call/expectedVersion')) return [];
  const fix = 'Map /call/expectedVersion into the request, or accept it with weakenings: [no-version].';
  return [['the version of If-Match is not handed on.', fix]];
}

function ofOwners(request: RequestMap | undefined, { policy }: Operation, { manifest, owned }: CheckParts): Words[] {
  return policy.ownerCheck.flatMap(({ object, list }): Words[] => {
    if (list === true) {
      if (uses(request, '/caller/owner')) return [];
      const message = 'it lists what belongs to the caller, and the request does not say whose.';
      return [[message, 'Map /caller/owner into the request.']];
    }
    if (manifest.ids?.[object] !== undefined || owned.has(object)) return [];
    return [[`nobody knows whose ${object} is.`, `Add ids.${object} with its owner.`]];
  });
}

function uses(request: RequestMap | undefined, pointer: string): boolean {
  const mappings = [request?.path, request?.query, request?.header, request?.body];
  return mappings.some((mapping) => Object.values(mapping ?? {}).some((entry) => sourcesOf(entry).includes(pointer)));
}

function sourcesOf(entry: Entry): (string | undefined)[] {
  if (typeof entry === 'string') return [entry];
  return 'from' in entry ? [entry.from, entry.or] : [];
}
