// What there is: contracts as capabilities with their versions, and their operations, schemas, resources and events.

import { isObject } from '../load/pointer.ts';
import type { Contract, JsonValue, Operation, Position, Schema } from '../model/contract.ts';
import type { Audience, Effect } from '../model/policy.ts';
import { pathWords, plainName, versionPart } from './words.ts';

/** Something with a name in a capability, and where it is written. */
export interface Entry {
  capability: string;
  name: string;
  at: Position;
}

/** One API over all its versions; numbers are those of the newest. */
export interface CapabilityEntry {
  /** `x-plinth.capability`, else made from the title; with a number behind it where several APIs have one title. */
  id: string;
  title: string;
  description: string;
  /** Team or person named by the contract. */
  owner?: string;
  contact?: string;
  /** Who may call, as far as the contract says it; empty when it does not. */
  audience: Audience[];
  file: string;
  /** Path of the first server: `/orders/v1`. */
  basePath: string;
  dialect: Contract['dialect'];
  operations: number;
  schemas: number;
  events: number;
  /** Newest first. */
  versions: { version: string; file: string; operations: number }[];
}

export interface OperationEntry extends Entry {
  method: string;
  /** With the base path. */
  path: string;
  summary: string;
  effect?: Effect;
  audience: Audience[];
  deprecated: boolean;
}

/** A resource by its plain name, and every capability that has operations on it. More than one is worth a question. */
export interface ResourceEntry {
  name: string;
  homes: { capability: string; id: string; parent?: string; operations: string[] }[];
}

export interface EventEntry extends Entry {
  kind: 'event' | 'webhook' | 'callback';
}

/** A capability with the contract that stands for it: the newest. */
export interface Newest {
  capability: CapabilityEntry;
  contract: Contract;
}

/** Contracts as capabilities, ordered by id. Versions of one API are one capability. */
export function capabilitiesOf(contracts: readonly Contract[]): Newest[] {
  const groups: Contract[][] = [];
  for (const contract of contracts) {
    const group = groups.find(([first]) => first !== undefined && isVersionOf(contract, first));
    if (group) group.push(contract);
    else groups.push([contract]);
  }
  const taken = new Map<string, number>();
  const found = groups.flatMap((group) => {
    const versions = group.toSorted((a, b) => compareVersions(b.version, a.version));
    const [newest] = versions;
    if (newest === undefined) return [];
    const count = (taken.get(newest.id) ?? 0) + 1;
    taken.set(newest.id, count);
    const id = count === 1 ? newest.id : `${newest.id}-${count}`;
    return [{ contract: newest, capability: capabilityOf(id, newest, versions) }];
  });
  return found.toSorted((a, b) => (a.capability.id < b.capability.id ? -1 : 1));
}

/** The same name, and at least half of the smaller one's operations in common: two APIs may have one title. */
function isVersionOf(a: Contract, b: Contract): boolean {
  if (a.id !== b.id) return false;
  const [of, among] = [keysOf(a), keysOf(b)];
  const common = [...of].filter((key) => among.has(key)).length;
  return common * 2 >= Math.min(of.size, among.size);
}

function keysOf(contract: Contract): Set<string> {
  return new Set(
    [...contract.operations, ...contract.webhooks].map(({ method, path }) => `${method} ${pathWords(path).join('/')}`),
  );
}

/** By their numbers: 10 is newer than 9, 2.0.0 newer than 1.36.0. */
function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => (version.match(/\d+/g) ?? []).map(Number)) as [number[], number[]];
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const difference = (left[index] ?? -1) - (right[index] ?? -1);
    if (difference !== 0) return difference;
  }
  return 0;
}

function capabilityOf(id: string, contract: Contract, versions: readonly Contract[]): CapabilityEntry {
  const info = isObject(contract.document['info']) ? contract.document['info'] : {};
  const said = isObject(info['contact']) ? info['contact'] : {};
  const owner = contract.policy.owner?.team ?? words(said['name']);
  const contact = contract.policy.owner?.contact ?? (words(said['email']) || words(said['url']));
  return {
    id,
    title: contract.title,
    description: firstSentence(words(info['description'])),
    ...(owner ? { owner } : {}),
    ...(contact ? { contact } : {}),
    audience: audienceOf(contract),
    file: fileOf(contract),
    basePath: contract.basePath,
    dialect: contract.dialect,
    operations: contract.operations.length,
    schemas: contract.schemas.size,
    events: eventsOf({ capability: { id }, contract }).length,
    versions: versions.map((one) => ({
      version: one.version,
      file: fileOf(one),
      operations: one.operations.length + one.webhooks.length,
    })),
  };
}

function audienceOf(contract: Contract): Audience[] {
  return [...new Set(contract.operations.flatMap((operation) => saidAudience(contract, operation)))];
}

/** A foreign contract that says nothing is open to all by default; that is not knowledge. */
function saidAudience(contract: Contract, operation: Operation): Audience[] {
  const said = [contract.document['x-plinth'], operation.node['x-plinth']].some(
    (policy) => isObject(policy) && policy['audience'] !== undefined,
  );
  return said || !contract.foreign ? operation.policy.audience : [];
}

export function fileOf(contract: Contract): string {
  return contract.at(contract.document).file;
}

export function operationsOf({ capability, contract }: Newest): OperationEntry[] {
  return contract.operations.map((operation) => ({
    capability: capability.id,
    name: operation.id,
    method: operation.method.toUpperCase(),
    path: `${contract.basePath}${operation.path}`,
    summary: operation.summary || firstSentence(operation.description),
    ...(operation.policy.effect ? { effect: operation.policy.effect } : {}),
    audience: saidAudience(contract, operation),
    deprecated: operation.deprecated,
    at: contract.at(operation.node),
  }));
}

/** Named schemas that are no mere other name of another. */
export function schemasOf({ capability, contract }: Newest): (Entry & { schema: Schema; contract: Contract })[] {
  return [...contract.schemas].flatMap(([name, schema]) =>
    isObject(schema) && schema['$ref'] === undefined
      ? [{ capability: capability.id, name, at: contract.at(schema), schema, contract }]
      : [],
  );
}

export function eventsOf({
  capability,
  contract,
}: {
  capability: Pick<CapabilityEntry, 'id'>;
  contract: Contract;
}): EventEntry[] {
  const hook = (kind: EventEntry['kind'], operation: Operation): EventEntry => ({
    capability: capability.id,
    kind,
    name: operation.path.slice(1),
    at: contract.at(operation.node),
  });
  return [
    ...contract.events.map((event) => ({
      capability: capability.id,
      kind: 'event' as const,
      name: event.type,
      at: contract.at(isObject(event.data) ? event.data : contract.document),
    })),
    ...contract.webhooks.map((operation) => hook('webhook', operation)),
    ...contract.operations.flatMap(({ callbacks }) => callbacks.map((operation) => hook('callback', operation))),
  ];
}

/** Resources of all capabilities by plain name; those with most homes first. */
export function resourcesOf(all: readonly Newest[]): ResourceEntry[] {
  const byName = new Map<string, ResourceEntry>();
  for (const { capability, contract } of all) {
    for (const resource of contract.resources) {
      if (versionPart.test(resource.name)) continue;
      const name = plainName(resource.name);
      const entry = byName.get(name) ?? { name, homes: [] };
      byName.set(name, entry);
      const operations = resource.operations.map(({ id }) => id);
      const home = entry.homes.find((one) => one.capability === capability.id);
      if (home) home.operations.push(...operations);
      else
        entry.homes.push({
          capability: capability.id,
          id: resource.id,
          ...(resource.parent === undefined ? {} : { parent: plainName(resource.parent) }),
          operations,
        });
    }
  }
  return [...byName.values()].toSorted((a, b) => b.homes.length - a.homes.length || (a.name < b.name ? -1 : 1));
}

function words(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value.trim() : '';
}

const longestSentence = 160;

/** The first sentence of a Markdown text, on one line. */
function firstSentence(text: string): string {
  const line = text
    .replaceAll(/[#*_`>]|\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/\s+/g, ' ')
    .trim();
  const end = /[.!?](?= |$)/.exec(line)?.index;
  const sentence = line.slice(0, (end ?? line.length) + 1);
  return sentence.length > longestSentence ? `${sentence.slice(0, longestSentence - 1)}…` : sentence;
}
