// What our contract promises and an upstream may not keep: repetition, version, whose a thing is. Each must be handed on,
// or be accepted by name.

import {
  compileBody,
  declaredMembers,
  follow,
  isJsonType,
  isObject,
  type JsonObject,
  type JsonValue,
  type Media,
  type Operation,
} from '@plinth/contract';
import { isAlternative, statesOf } from '@plinth/runtime/pipeline';
import type { CheckParts, Fault } from './check.ts';
import type { Entry, OperationEntry, RequestMap } from './manifest.ts';
import { tokensOf } from './mapping.ts';

type Words = readonly [message: string, fix: string];

/** Nothing = every promise of the operation is kept or given up by name. */
export function checkPromises(
  name: string,
  entry: OperationEntry,
  { operation, theirs }: { operation: Operation; theirs: Operation },
  parts: CheckParts,
): Fault[] {
  const words = [
    ...(operation.policy.effect === 'read' ? ofFallback(entry, operation, parts) : ofWrite(entry, theirs)),
    ...ofAccepted(entry, operation, theirs),
    ...ofLookUp(entry),
    ...ofVersion(entry, operation),
    ...ofOwners(entry.request, operation, parts),
    ...ofFacts(entry, operation, parts),
  ];
  return words.map(([message, fix]) => ({ at: entry, rule: 'upstream-promise', message: `${name}: ${message}`, fix }));
}

/** Operations that `pass` takes along without an entry. */
export function checkPassed(parts: CheckParts): Fault[] {
  const { manifest, contract } = parts;
  if (manifest.pass === undefined) return [];
  const others = contract.operations.filter(({ id }) => manifest.operations?.[id] === undefined);
  return others.flatMap((operation) =>
    [...ofVersion({ target: operation.id }, operation), ...ofOwners(undefined, operation, parts)].map(
      ([message, fix]) => ({
        at: manifest,
        rule: 'upstream-promise',
        message: `${operation.id}: ${message}`,
        fix,
      }),
    ),
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

/** What is answered in need must be an answer. */
function ofFallback({ fallback }: OperationEntry, { responses }: Operation, { contract }: CheckParts): Words[] {
  if (fallback === undefined) return [];
  const found = responses.find(({ status }) =>
    fallback.status === undefined ? isSuccess(status) : status === fallback.status,
  );
  const fix = 'Write it as the contract describes the answer, or take fallback out.';
  if (found === undefined) return [[`the contract has no answer ${fallback.status ?? '2xx'} for its fallback.`, fix]];
  const schema = found.media.find(({ type }) => isJsonType(type))?.schema;
  if (schema === undefined) return [];
  const shape = compileBody(schema, contract.document, { unknown: 'refuse', direction: 'response' });
  const [wrong] = shape.explain(fallback.body, 1);
  return wrong === undefined ? [] : [[`its fallback is no answer: ${wrong.pointer || 'it'} ${wrong.message}`, fix]];
}

/** Who takes a call on and ends it later must be asked, and our caller must not be kept waiting. */
function ofAccepted({ idempotency }: OperationEntry, { policy }: Operation, theirs: Operation): Words[] {
  if (policy.effect === 'read' || theirs.responses.every(({ status }) => status !== 202)) return [];
  const found: Words[] = [];
  if (typeof idempotency !== 'object' || !('lookUp' in idempotency))
    found.push([`their ${theirs.id} may answer 202, and nothing says how its end is found out.`, 'Use { lookUp }.']);
  if (policy.async?.mode !== 'always')
    found.push([
      `their ${theirs.id} may answer 202, and ours ends at once.`,
      'Give our operation async: { mode: always }.',
    ]);
  return found;
}

function isSuccess(status: number | string): boolean {
  return typeof status === 'number' && status >= 200 && status < 300;
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

/** What is told of it must be told in the contract's words, and whole. */
function ofFacts(entry: OperationEntry, operation: Operation, parts: CheckParts): Words[] {
  const { untold = [] } = entry;
  const { contract } = parts;
  const { emits, effect } = operation.policy;
  if (effect === 'read' || parts.manifest.pass !== undefined) return [];
  const strangers = untold.filter((type) => emits.every(({ event }) => event !== type));
  const told = emits.filter(({ event }) => !untold.includes(event));
  const members = membersOf(entry, operation, parts);
  const wanting = told.flatMap(({ event }): Words[] => {
    const data = contract.events.find(({ type }) => type === event)?.data;
    const missing = requiredIn(data, contract.document).filter((name) => !members.has(name));
    if (missing.length === 0) return [];
    const message = `its fact ${event} needs ${missing.join(', ')}, which neither answer nor request has.`;
    return [[message, 'Map it into response.body, or give the fact up by name with untold.']];
  });
  const open = told.filter(
    ({ event, when }) =>
      when === undefined &&
      isAlternative(event, operation, contract) &&
      !members.has(statesOf(event, operation, contract)?.property ?? ''),
  );
  return [
    ...strangers.map((type): Words => [`it does not emit ${type}.`, 'Name facts of its emits in untold.']),
    ...wanting,
    ...(open.length < 2
      ? []
      : [
          [
            `its answer does not say which of ${open.map(({ event }) => event).join(', ')} it is.`,
            'Map the state into response.body, say when in emits, or name those that do not happen there in untold.',
          ] as Words,
        ]),
  ];
}

/** Names that a fact can be filled from: members of the answer, parameters and members of the request. */
function membersOf(
  { response }: OperationEntry,
  operation: Operation,
  { manifest, contract }: CheckParts,
): Set<string> {
  const { body } = response ?? {};
  const mapping = typeof body?.['shape'] === 'string' ? manifest.shapes?.[body['shape']] : body;
  const answer = operation.responses.find(({ status }) => isSuccess(status));
  const declared = (media: readonly Media[] | undefined): string[] => {
    const schema = media?.find(({ type }) => isJsonType(type))?.schema;
    return schema === undefined ? [] : [...declaredMembers(schema, contract.document).properties.keys()];
  };
  const answered =
    mapping === undefined ? declared(answer?.media) : Object.keys(mapping).map((way) => tokensOf(way)[0]);
  const asked = [...operation.params.map(({ name }) => name), ...declared(operation.body?.media)];
  return new Set([...answered, ...asked].filter((name) => name !== undefined));
}

/** Members without which it would not be what the schema describes. */
function requiredIn(schema: JsonValue | undefined, document: JsonObject, depth = 0): string[] {
  const node = follow(document, schema);
  if (!isObject(node) || depth > 8) return [];
  const own = Array.isArray(node['required']) ? node['required'].filter((name) => typeof name === 'string') : [];
  const parts = Array.isArray(node['allOf']) ? node['allOf'] : [];
  return [...new Set([...own, ...parts.flatMap((part) => requiredIn(part, document, depth + 1))])];
}

function uses(request: RequestMap | undefined, pointer: string): boolean {
  const mappings = [request?.path, request?.query, request?.header, request?.body];
  return mappings.some((mapping) => Object.values(mapping ?? {}).some((entry) => sourcesOf(entry).includes(pointer)));
}

function sourcesOf(entry: Entry): (string | undefined)[] {
  if (typeof entry === 'string') return [entry];
  return 'from' in entry ? [entry.from, entry.or] : [];
}
