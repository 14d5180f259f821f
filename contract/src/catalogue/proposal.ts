// What a foreign contract leaves unsaid, guessed: an Overlay with `x-plinth` keys, each with a confidence and a reason.
// A guess is never applied by itself; what is likely stands ready, the rest stands there as a comment.

import { pagingOf } from '../emit/descriptor.ts';
import { plinthOf, propertiesOf, schemasOf, typesOf } from '../lint/nodes.ts';
import { isPersonal, secretName } from '../lint/rules/protection.ts';
import { follow, isObject } from '../load/pointer.ts';
import type { Contract, JsonObject, JsonValue, Operation, Resource } from '../model/contract.ts';
import type { Effect } from '../model/policy.ts';
import { isListAnswer } from '../model/resources.ts';
import { declaredMembers } from '../schema/members.ts';
import { fileOf } from './entries.ts';
import { plainName, wordsOf } from './words.ts';

export interface ProposedKey {
  /** Key of `x-plinth`. */
  key: string;
  value: JsonValue;
  /** 0–1: how sure it is. */
  confidence: number;
  because: string;
}

/** All keys for one place. */
export interface ProposedAction {
  /** JSON Pointer in the contract's own file, as its author wrote it. */
  pointer: string;
  /** operationId, name of the property, or '' for the document. */
  name: string;
  keys: ProposedKey[];
}

export interface Proposal {
  title: string;
  version: string;
  /** The contract it is for. */
  file: string;
  actions: ProposedAction[];
}

/** From here on a key is written; below it stands as a comment. */
export const writtenFrom = 0.8;

/** What the contract says itself is never proposed; nor is what stands in another file, which an Overlay cannot reach. */
export function propose(contract: Contract): Proposal {
  const file = fileOf(contract);
  const actions = new Map<string, ProposedAction>();
  const add = (name: string, node: JsonObject, keys: readonly (ProposedKey | undefined)[]): void => {
    const said = plinthOf(node);
    const open = keys.filter((key) => key !== undefined).filter(({ key }) => !Object.hasOwn(said, key));
    const at = contract.at(node);
    if (open.length === 0 || at.file !== file || actions.has(at.pointer)) return;
    actions.set(at.pointer, { pointer: at.pointer, name, keys: open });
  };
  add('', contract.document, documentKeys(contract));
  const resourceById = new Map(
    contract.resources.flatMap((resource) => resource.operations.map(({ id, action }) => [id, { resource, action }])),
  );
  for (const operation of contract.operations) {
    const inferred = resourceById.get(operation.id);
    add(operation.id, operation.node, [
      effectKey(contract, operation),
      inferred && resourceKey(operation, inferred, contract),
      pagingKey(contract, operation),
      inferred && ownerKey(contract, operation, inferred.resource),
    ]);
  }
  for (const [name, written] of schemasOf(contract).flatMap(propertiesOf)) {
    if (written['$ref'] === undefined) add(name, written, [sensitivityOf(name, written)]);
  }
  return { title: contract.title, version: contract.version, file, actions: [...actions.values()] };
}

const capabilityName = /^[a-z][a-z0-9-]{1,40}$/;
const mostWords = 3;

function documentKeys(contract: Contract): ProposedKey[] {
  const words = contract.id.split('-').filter((word) => word !== 'api' && word !== 'service');
  const capability = words.join('-');
  const keys: ProposedKey[] = [];
  if (capabilityName.test(capability)) {
    const confidence = words.length <= mostWords ? 0.9 : 0.6;
    keys.push({ key: 'capability', value: capability, confidence, because: `from the title "${contract.title}"` });
  }
  const info = isObject(contract.document['info']) ? contract.document['info'] : {};
  const contact = isObject(info['contact']) ? info['contact'] : {};
  const { name, email } = contact;
  if (typeof name === 'string' && typeof email === 'string')
    keys.push({ key: 'owner', value: { team: name, contact: email }, confidence: 0.7, because: 'from info.contact' });
  return keys;
}

const readVerbs =
  /^(gets?|lists?|retrieves?|returns|search|searches|finds?|quer(y|ies)|fetch(es)?|lookup|calculates?|estimates?|checks?|validates?|previews?)$/;
const readEnds = /^(search|query|find|lookup|calculate|estimate|validate|preview)$/;
const destructiveVerbs =
  /^(deletes?|removes?|cancels?|revokes?|voids?|terminates?|purges?|disables?|deactivates?|closes?)$/;

/** GET reads and DELETE destroys by themselves; what the others do, an own contract must say. */
function effectKey(contract: Contract, operation: Operation): ProposedKey | undefined {
  const { method } = operation;
  if (method !== 'post' && method !== 'put' && method !== 'patch') return undefined;
  const segment = operation.path.split('/').findLast((part) => part !== '' && !part.startsWith('{')) ?? '';
  // What it is about to do stands first in a summary, first or last in an operationId, last in a path. The operationId
  // often begins with the method: `post-payments-search`.
  const { operationId } = operation.node;
  const id = wordsOf(typeof operationId === 'string' ? operationId : '').filter((word) => word !== method);
  const first = [wordsOf(operation.summary)[0], id[0]];
  const last = [id.at(-1), wordsOf(segment).at(-1)];
  const destroys = [...first, ...last].find((word) => word !== undefined && destructiveVerbs.test(word));
  if (destroys !== undefined) return effect('destructive', 0.85, `it says "${destroys}"`);
  if (method !== 'post') return effect('write', 0.97, `${method.toUpperCase()} changes what is there`);
  if (operation.responses.some(({ status }) => status === 201)) return effect('write', 0.98, 'it answers 201');
  const reads = [
    ...first.filter((word) => word !== undefined && readVerbs.test(word)),
    ...last.filter((word) => word !== undefined && readEnds.test(word)),
  ];
  if (reads[0] === undefined) return effect('write', 0.9, 'nothing says that it only reads');
  const sure = isListAnswer(contract, operation) || reads.length > 1;
  return effect('read', sure ? 0.85 : 0.7, `it says "${reads[0]}"${sure ? ' and answers so' : ''}`);
}

function effect(value: Effect, confidence: number, because: string): ProposedKey {
  return { key: 'effect', value, confidence, because };
}

type Inferred = { resource: Resource; action: Resource['operations'][number]['action'] };

/** Collections with members are clear; a single action below a thing less so. */
function resourceKey(operation: Operation, { resource, action }: Inferred, contract: Contract): ProposedKey {
  const kinds = new Set(resource.operations.map((one) => one.action));
  const isPair =
    (kinds.has('list') || kinds.has('create')) && (kinds.has('read') || kinds.has('remove') || kinds.has('update'));
  const confidence = action === 'transition' || action === 'query' ? 0.75 : isPair ? 0.95 : 0.7;
  const value: JsonObject = { name: resource.name, action };
  const { properties } = declaredMembers(resource.schema ?? true, contract.document);
  if (properties.has(resource.id)) value['id'] = resource.id;
  if (resource.parent !== undefined) value['parent'] = resource.parent;
  return {
    key: 'resource',
    value,
    confidence,
    because: isPair ? `${operation.path} belongs to a collection and its members` : `from ${operation.key}`,
  };
}

/** `x-plinth.paging` speaks of cursors that are sent back as `cursor`; other styles are left to the catalogue. */
function pagingKey(contract: Contract, operation: Operation): ProposedKey | undefined {
  if (operation.policy.paging !== undefined && !contract.foreign) return undefined;
  const found = pagingOf(contract, operation);
  if (found?.next === undefined || found.style !== undefined || found.param !== undefined) return undefined;
  const limit = operation.params.find(
    (param) => param.in === 'query' && /^(limit|page_?size|per_?page)$/i.test(param.name),
  );
  const schema = follow(contract.document, limit?.schema);
  const maximum = isObject(schema) ? schema['maximum'] : undefined;
  const max = typeof maximum === 'number' && maximum >= 1 && maximum <= 1000 ? { max: maximum } : {};
  return {
    key: 'paging',
    value: { style: 'cursor', items: found.items, next: found.next, ...max },
    confidence: 0.95,
    because: `it takes \`cursor\` and answers \`${found.next}\``,
  };
}

const ownerName = /^(customer|user|member|account_?holder|owner)_?id$/i;
const ownWords = new Set(['customer', 'user', 'member', 'me']);

/** One thing by its id, where the thing or the path says that it is somebody's. */
function ownerKey(contract: Contract, operation: Operation, resource: Resource): ProposedKey | undefined {
  const variable = operation.path
    .match(/\{([^}]+)\}/g)
    ?.at(-1)
    ?.slice(1, -1);
  if (variable === undefined || operation.security?.length === 0) return undefined;
  const { properties } = declaredMembers(resource.schema ?? true, contract.document);
  const owner = [...properties.keys()].find((name) => ownerName.test(name));
  const inPath = operation.path
    .split('/')
    .map((part) => plainName(part))
    .find((word) => ownWords.has(word));
  if (owner === undefined && inPath === undefined) return undefined;
  return {
    key: 'ownerCheck',
    value: { object: plainName(resource.name), id: `path.${variable}` },
    // Never written by itself: a wrong check refuses everybody.
    confidence: owner === undefined ? 0.6 : 0.75,
    because: owner === undefined ? `the path is below ${inPath}` : `what it returns has ${owner}`,
  };
}

function sensitivityOf(name: string, schema: JsonObject): ProposedKey | undefined {
  const types = typesOf(schema);
  if (schema['enum'] !== undefined || (types.length > 0 && !types.includes('string'))) return undefined;
  if (secretName.test(name)) {
    // A secret is never returned, so one that may be in an answer needs a human eye.
    const confidence = schema['writeOnly'] === true ? 0.95 : 0.75;
    return { key: 'sensitivity', value: 'secret', confidence, because: 'its name; it would never be returned' };
  }
  if (!isPersonal(name, schema)) return undefined;
  const byFormat = schema['format'] === 'email';
  return {
    key: 'sensitivity',
    value: 'pii',
    confidence: byFormat ? 0.95 : 0.9,
    because: byFormat ? 'an e-mail address' : 'its name',
  };
}
