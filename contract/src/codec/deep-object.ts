// deepObject: `filter[min]=3`, and what senders make of it: `a[b][c]=1`, `a[]=1`, `a[0][b]=1`. OpenAPI settles one level
// only; deeper levels follow the common reading. Names come from the wire, so they never meet a prototype.

import type { JsonObject, JsonValue, Schema } from '../model/contract.ts';
import { declaredMembers } from '../schema/members.ts';
import { decode, type Members } from './raw-query.ts';
import { typed, typesOf } from './typing.ts';

const maxDepth = 8;

export type Deep = { value: JsonValue | undefined } | { fault: 'malformed' | 'repeated'; name: string };

interface Branch {
  children: Map<string, Branch>;
  texts: string[];
}

/** Reads all members `name[…]` of one parameter. */
export function readDeepObject(name: string, members: Members, schema: Schema, document: JsonObject): Deep {
  const root: Branch = newBranch();
  for (const [key, values] of members) {
    if (!key.startsWith(name) || key[name.length] !== '[') continue;
    const path = pathOf(key.slice(name.length));
    if (!path) return { fault: 'malformed', name: key };
    const texts = values.map(decode);
    if (texts.includes(undefined)) return { fault: 'malformed', name: key };
    const leaf = path.reduce(childOf, root);
    leaf.texts.push(...(texts as string[]));
  }
  if (root.children.size === 0) return { value: undefined };
  const to: Reading = { document, repeated: [], strayed: [], at: name };
  const value = valueOf(root, schema, to);
  const [repeated] = to.repeated;
  const [strayed] = to.strayed;
  if (repeated !== undefined) return { fault: 'repeated', name: repeated };
  return strayed === undefined ? { value } : { fault: 'malformed', name: strayed };
}

function newBranch(): Branch {
  return { children: new Map(), texts: [] };
}

function childOf(branch: Branch, key: string): Branch {
  let child = branch.children.get(key);
  if (!child) branch.children.set(key, (child = newBranch()));
  return child;
}

/** `[a][b]` → a, b. */
function pathOf(text: string): string[] | undefined {
  if (!text.endsWith(']')) return undefined;
  const parts = text.slice(1, -1).split('][');
  return parts.length > maxDepth || parts.some((part) => /[[\]]/.test(part)) ? undefined : parts;
}

interface Reading {
  document: JsonObject;
  repeated: string[];
  /** Names where a list has numbers. */
  strayed: string[];
  at: string;
}

function valueOf(branch: Branch, schema: Schema, to: Reading): JsonValue {
  const types = typesOf(schema, to.document);
  if (branch.children.size === 0) {
    if (types.has('array')) return branch.texts.map((text) => typed(text, typesOf(itemsOf(schema, to), to.document)));
    if (branch.texts.length > 1) to.repeated.push(to.at);
    return typed(branch.texts[0] ?? '', types);
  }
  // Text beside members (`a=1&a[b]=2` below the top) says two things about one place.
  if (branch.texts.length > 0) to.repeated.push(to.at);
  // Without a word from the schema, `a[]=…` alone speaks of a list.
  const isList = types.has('array') || (types.size === 0 && branch.children.size === 1 && branch.children.has(''));
  if (isList) return listOf(branch, itemsOf(schema, to), to);
  const { properties } = declaredMembers(schema, to.document);
  const result = Object.create(null) as JsonObject;
  for (const [name, child] of branch.children) {
    result[name] = valueOf(child, properties.get(name) ?? true, { ...to, at: `${to.at}[${name}]` });
  }
  return result;
}

/** `a[]=1&a[]=2`, or `a[0]=…&a[1]=…` in the order of the numbers. */
function listOf(branch: Branch, items: Schema, to: Reading): JsonValue[] {
  const plain = branch.children.get('');
  for (const key of branch.children.keys()) if (!/^\d{0,9}$/.test(key)) to.strayed.push(`${to.at}[${key}]`);
  const listed = plain ? plain.texts.map((text) => typed(text, typesOf(items, to.document))) : [];
  const numbered = [...branch.children]
    .filter(([key]) => key !== '')
    .toSorted(([a], [b]) => Number(a) - Number(b))
    .map(([key, child]) => valueOf(child, items, { ...to, at: `${to.at}[${key}]` }));
  return [...listed, ...numbered];
}

function itemsOf(schema: Schema, { document }: Reading): Schema {
  return declaredMembers(schema, document).items ?? true;
}
