// What is there more than once: the same schema, schemas and operations that are nearly the same. Nothing is merged; the
// likeliest stand first.

import { answerSchemas, isSuccess } from '../lint/nodes.ts';
import { follow, isObject } from '../load/pointer.ts';
import type { Contract, JsonObject, Operation, Schema } from '../model/contract.ts';
import { answerSchema, isListAnswer, listProperty } from '../model/resources.ts';
import { declaredMembers } from '../schema/members.ts';
import { Forms } from './canonical.ts';
import { type Entry, type Newest, schemasOf } from './entries.ts';
import { families, frequencies, jaccard, type Like, likeSets } from './likeness.ts';
import { pathWords, wordsOf } from './words.ts';

/** Schemas that accept exactly the same. */
export interface Copies {
  /** Properties, or values of an enum. */
  size: number;
  schemas: Entry[];
}

/** Schemas with nearly the properties of `centre`. */
export interface SchemaFamily {
  centre: Entry;
  properties: number;
  members: (Entry & {
    /** Share of the property names in common, 0–1. */
    similarity: number;
    /** Properties only the centre has, only this one has, and both have in different forms. */
    missing: string[];
    extra: string[];
    differing: string[];
  })[];
}

/** Operations with the path words, input and output of `centre`. */
export interface OperationFamily {
  centre: Entry & { key: string };
  members: (Entry & { key: string; similarity: number })[];
}

export interface Duplicates {
  copies: Copies[];
  similar: SchemaFamily[];
  operations: OperationFamily[];
}

/** Entries of each list at most. */
export const mostDuplicates = 1000;

/** Across capabilities first, then by how much is said in common. `least`: the similarity from which on two are alike. */
export function duplicatesOf(all: readonly Newest[], least: number): Duplicates {
  const forms = new Forms();
  // What several contracts take from one file stands there once.
  const written = new Map(
    all
      .flatMap((one) => schemasOf(one))
      .filter(({ schema }) => sizeOf(schema) > 1)
      .map((one) => [`${one.at.file}#${one.at.pointer}`, one]),
  );
  const byForm = Map.groupBy(written.values(), ({ schema, contract }) => forms.of(schema, contract.document));
  const copies = [...byForm.values()]
    .filter((group) => group.length > 1)
    .map((group) => ({ size: sizeOf(group[0]?.schema ?? true), schemas: group.map(entryOf) }))
    .toSorted(
      (a, b) => spread(b.schemas) - spread(a.schemas) || b.size - a.size || b.schemas.length - a.schemas.length,
    );
  const firsts = [...byForm.values()].flatMap(([first]) => (first === undefined ? [] : [first]));
  return {
    copies: copies.slice(0, mostDuplicates),
    similar: similarSchemas(firsts, { forms, least }).slice(0, mostDuplicates),
    operations: similarOperations(all, least).slice(0, mostDuplicates),
  };
}

type SchemaOf = ReturnType<typeof schemasOf>[number];

/** How much a schema says: a string or a list is no thing of its own. */
function sizeOf(schema: Schema): number {
  if (!isObject(schema)) return 0;
  if (Array.isArray(schema['enum'])) return schema['enum'].length;
  const parts = Array.isArray(schema['allOf']) ? schema['allOf'].length : 0;
  return (isObject(schema['properties']) ? Object.keys(schema['properties']).length : 0) + parts;
}

function entryOf({ capability, name, at }: Entry): Entry {
  return { capability, name, at };
}

/** How many capabilities meet here. */
function spread(entries: readonly Entry[]): number {
  return new Set(entries.map(({ capability }) => capability)).size;
}

function similarSchemas(
  schemas: readonly SchemaOf[],
  { forms, least }: { forms: Forms; least: number },
): SchemaFamily[] {
  const named = schemas
    .map((one) => ({ ...one, properties: propertyForms(one, forms) }))
    .filter(({ schema, properties }) => properties.size > 1 && !isChoice(schema));
  const sets = named.map(({ properties }) => new Set(properties.keys()));
  const frequency = frequencies(sets);
  const found = families(likeSets(sets, least)).flatMap(({ centre, members }) => {
    const middle = named[centre];
    if (middle === undefined) return [];
    const family: SchemaFamily = {
      centre: entryOf(middle),
      properties: middle.properties.size,
      members: members.flatMap(({ other, similarity }) => {
        const one = named[other];
        return one === undefined
          ? []
          : [{ ...entryOf(one), similarity: round(similarity), ...differences(middle.properties, one.properties) }];
      }),
    };
    // Rare names in common say more than `id` and `name`; less than one unique name's worth is chance.
    const weight = [...(sets[centre] ?? [])].reduce(
      (sum, name) => sum + Math.log(named.length / (frequency.get(name) ?? 1)),
      0,
    );
    return weight < Math.log(named.length) ? [] : [{ family, weight }];
  });
  const crosses = ({ family }: { family: SchemaFamily }): number =>
    spread([family.centre, ...family.members]) > 1 ? 1 : 0;
  return found.toSorted((a, b) => crosses(b) - crosses(a) || b.weight - a.weight).map(({ family }) => family);
}

/** A choice between things has no properties of its own. */
function isChoice(schema: Schema): boolean {
  return isObject(schema) && (schema['oneOf'] !== undefined || schema['anyOf'] !== undefined);
}

/** Plain property name → its name as written and the number of its form. */
function propertyForms({ schema, contract }: SchemaOf, forms: Forms): Map<string, { written: string; form: number }> {
  const { properties } = declaredMembers(schema, contract.document);
  return new Map(
    [...properties].map(([written, property]) => [
      wordsOf(written).join(' ') || written,
      { written, form: forms.of(property, contract.document) },
    ]),
  );
}

type Properties = ReturnType<typeof propertyForms>;

function differences(a: Properties, b: Properties): { missing: string[]; extra: string[]; differing: string[] } {
  const written = (of: Properties, is: (name: string, form: number) => boolean): string[] =>
    [...of].filter(([name, one]) => is(name, one.form)).map(([, one]) => one.written);
  return {
    missing: written(a, (name) => !b.has(name)),
    extra: written(b, (name) => !a.has(name)),
    differing: written(b, (name, form) => a.has(name) && a.get(name)?.form !== form),
  };
}

interface Described {
  entry: OperationFamily['centre'];
  /** What candidates have in common: the method, the last word of the path, and whether one thing or many are meant. */
  about: string;
  words: ReadonlySet<string>;
  input: ReadonlySet<string>;
  output: ReadonlySet<string>;
}

/** Operations about the same, by the words of their paths and the shapes of what goes in and out. */
function similarOperations(all: readonly Newest[], least: number): OperationFamily[] {
  const described = all.flatMap(({ capability, contract }) =>
    contract.operations.map((operation) => describe(capability.id, contract, operation)),
  );
  const found = [...Map.groupBy(described, ({ about }) => about).values()].flatMap((group) =>
    families(alike(group, least)).flatMap(({ centre, members }) => {
      const middle = group[centre];
      if (middle === undefined) return [];
      const others = members.flatMap(({ other, similarity }) => {
        const one = group[other];
        return one === undefined ? [] : [{ ...one.entry, similarity: round(similarity) }];
      });
      return [{ centre: middle.entry, members: others }];
    }),
  );
  return found.toSorted(
    (a, b) =>
      spread([b.centre, ...b.members]) - spread([a.centre, ...a.members]) ||
      (b.members[0]?.similarity ?? 0) - (a.members[0]?.similarity ?? 0) ||
      b.members.length - a.members.length,
  );
}

/** Operations about the same are compared each with each, up to so many. */
const mostAbout = 500;

function alike(all: readonly Described[], least: number): Like[][] {
  const group = all.slice(0, mostAbout);
  return group.map((one, index) =>
    group
      .flatMap((two, other) => {
        const similarity = index === other ? 0 : likeness(one, two);
        return similarity >= least ? [{ other, similarity }] : [];
      })
      .toSorted((a, b) => b.similarity - a.similarity || a.other - b.other),
  );
}

function describe(capability: string, contract: Contract, operation: Operation): Described {
  const { document } = contract;
  const names = (schema: Schema): string[] =>
    [...declaredMembers(schema, document).properties.keys()].map((name) => wordsOf(name).join(' '));
  const words = pathWords(operation.path);
  const last = words.findLast((word) => word !== '{}') ?? '';
  const bodies = (operation.body?.media ?? []).flatMap(({ schema }) => (schema === undefined ? [] : [schema]));
  return {
    entry: {
      capability,
      name: operation.id,
      key: `${operation.method.toUpperCase()} ${contract.basePath}${operation.path}`,
      at: contract.at(operation.node),
    },
    about: `${operation.method} ${last}${words.at(-1) === '{}' ? ' by id' : ''}`,
    words: new Set(words),
    input: new Set([
      ...operation.params.filter((param) => param.in === 'query').map(({ name }) => wordsOf(name).join(' ')),
      ...bodies.flatMap(names),
    ]),
    output: new Set(answerItems(contract, operation).flatMap(names)),
  };
}

/** What an answer is about: the items of a list, else the answer. */
function answerItems(contract: Contract, operation: Operation): Schema[] {
  const schema = answerSchema(contract, operation);
  if (schema === undefined || !operation.responses.some(({ status }) => isSuccess(status))) return [];
  if (!isListAnswer(contract, operation)) return answerSchemas(operation) as JsonObject[];
  const items = schema['items'] ?? listProperty(contract, schema)?.items;
  const followed = follow(contract.document, items);
  return isObject(followed) ? [followed] : [];
}

function likeness(a: Described, b: Described): number {
  const parts = [jaccard(a.words, b.words)];
  if (a.input.size + b.input.size > 0) parts.push(jaccard(a.input, b.input));
  if (a.output.size + b.output.size > 0) parts.push(jaccard(a.output, b.output));
  return parts.reduce((sum, part) => sum + part, 0) / parts.length;
}

function round(share: number): number {
  return Math.round(share * 100) / 100;
}
