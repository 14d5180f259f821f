// What an answer may not show: secrets that come back, and properties that this caller may not see.

import { follow, isObject } from '../load/pointer.ts';
import type { Contract, JsonObject, JsonValue, Schema } from '../model/contract.ts';
import { declaredMembers, isMarked } from '../schema/members.ts';
import { type Fault, placeOf } from './checks.ts';
import { mediaFor, responseFor } from './declared.ts';
import type { Exchange, Principal } from './exchange.ts';

/** Depth to which values are followed. */
const mostDepth = 12;
/** Shorter secrets are too likely to stand in an answer by chance. */
const leastLetters = 6;

/** A value at a place that its schema describes. */
export interface Described {
  pointer: string;
  value: JsonValue;
  schema: Schema;
}

/** Every property of a value that its schema describes, parents first. */
export function* describedParts(document: JsonObject, whole: Described, depth = 0): Iterable<Described> {
  const { pointer, value, schema } = whole;
  if (depth > mostDepth || typeof value !== 'object' || value === null) return;
  const members = declaredMembers(schema, document);
  if (Array.isArray(value)) {
    if (members.items === undefined) return;
    for (const [index, item] of value.entries())
      yield* describedParts(
        document,
        { pointer: `${pointer}/${index}`, value: item, schema: members.items },
        depth + 1,
      );
    return;
  }
  for (const [name, property] of members.properties) {
    if (value[name] === undefined) continue;
    const part = { pointer: `${pointer}/${name}`, value: value[name], schema: property };
    yield part;
    yield* describedParts(document, part, depth + 1);
  }
}

/** The `x-plinth` of a property, beside its reference or behind it. */
export function extensionOf(document: JsonObject, schema: Schema): JsonObject {
  const own = isObject(schema) ? schema['x-plinth'] : undefined;
  if (isObject(own)) return own;
  const target = follow(document, schema);
  const behind = isObject(target) ? target['x-plinth'] : undefined;
  return isObject(behind) ? behind : {};
}

const known = new WeakMap<object, boolean>();

/** False for contracts that hide nothing anywhere, which is most of them: no answer needs to be walked then. */
function hides(document: JsonObject): boolean {
  let answer = known.get(document);
  if (answer === undefined)
    known.set(document, (answer = /"(writeOnly|sensitivity|scopes|audience)":/.test(JSON.stringify(document))));
  return answer;
}

/** Faults of one answer about properties that are writeOnly, secret, or for others only. */
export function hiddenShown(contract: Contract, exchange: Exchange): Fault[] {
  if (!hides(contract.document)) return [];
  return [...declaredSecrets(contract, exchange), ...sentSecrets(contract, exchange)];
}

/** Properties of the answer that may not be there. A secret that is revealed once may stand in the answer that makes it. */
function* declaredSecrets(
  { document }: Contract,
  { operation, status, type, value, principal }: Exchange,
): Iterable<Fault> {
  const response = responseFor(operation, status);
  const schema = response && mediaFor(response, type)?.schema;
  if (schema === undefined || value === undefined) return;
  for (const part of describedParts(document, { pointer: '', value, schema })) {
    const extension = extensionOf(document, part.schema);
    const { sensitivity, reveal } = extension;
    if (isMarked(part.schema, 'writeOnly', document)) yield echo(part.pointer, 'is writeOnly and comes back');
    else if (sensitivity === 'secret' && (reveal !== 'once' || operation.policy.effect === 'read'))
      yield echo(part.pointer, 'is secret and comes back');
    else if (principal && !maySee(extension, principal)) yield leak(part.pointer, principal);
  }
}

/** Secrets of the request that stand anywhere in the answer. */
function* sentSecrets({ document }: Contract, exchange: Exchange): Iterable<Fault> {
  const { call, operation } = exchange;
  const schema = call.media?.schema ?? operation.body?.media[0]?.schema;
  if (schema === undefined || call.body === undefined) return;
  let text: string | undefined;
  for (const part of describedParts(document, { pointer: '', value: call.body, schema })) {
    const isSecret =
      extensionOf(document, part.schema)['sensitivity'] === 'secret' || isMarked(part.schema, 'writeOnly', document);
    if (!isSecret || typeof part.value !== 'string' || part.value.length < leastLetters) continue;
    text ??= exchange.text;
    if (text.includes(JSON.stringify(part.value).slice(1, -1)))
      yield echo(`body${part.pointer}`, 'was sent as a secret and stands in the answer');
  }
}

/** As far as both sides say: one of the scopes, one of the audiences. */
function maySee({ scopes, audience }: JsonObject, principal: Principal): boolean {
  const own = principal.audience === undefined ? undefined : [principal.audience];
  return isAmong(scopes, principal.scopes) && isAmong(audience, own);
}

function isAmong(wanted: JsonValue | undefined, own: readonly string[] | undefined): boolean {
  return own === undefined || !Array.isArray(wanted) || wanted.some((one) => own.includes(one as string));
}

function leak(pointer: string, { name }: Principal): Fault {
  const message = `${pointer} is shown to ${name}, whose scopes or audience do not suffice.`;
  return { check: 'property-leak', message, expected: 'no such property', actual: 'it is there', at: placeOf(pointer) };
}

function echo(pointer: string, why: string): Fault {
  const message = `${pointer} ${why}.`;
  return { check: 'secret-echo', message, expected: 'no such value', actual: 'it is there', at: placeOf(pointer) };
}
