// The intermediate form of a JSON Schema: what is left once references, dynamic scopes, vocabularies, direction and
// closing are resolved. `interpret.ts` walks it, `emit.ts` turns it into JavaScript; neither knows JSON Schema's text.

import type { JsonObject } from '../model/contract.ts';
import type { Judged } from './judge.ts';

/** Bits of `Node.types`. `integer` counts only where `number` is not set. */
export const kind = { null: 1, boolean: 2, number: 4, string: 8, array: 16, object: 32, integer: 64 } as const;
export const everyKind = 63;

/** One assertion about a value of one kind. `fits` is total for values of that kind. */
export interface Check {
  keyword: string;
  expected: unknown;
  fits: (value: never) => boolean;
}

/** Why a schema that refuses everything stands there; decides the words of the violation. */
export type Refusal = 'false' | 'unknown-property' | 'read-only' | 'write-only';

/** A pattern that is enforced: `regex` where the JavaScript engine may run it, else `linear`, its form for RE2. */
export interface Matcher {
  source: string;
  fits: (text: string) => boolean;
  regex?: RegExp | undefined;
  linear?: string | undefined;
}

export interface ListRules {
  prefix: readonly Node[];
  items?: Node | undefined;
  contains?: { node: Node; least: number; most: number } | undefined;
}

export interface MemberRules {
  required: readonly string[];
  /** Present name → the names it needs beside it. */
  dependentRequired: ReadonlyMap<string, readonly string[]>;
  properties: ReadonlyMap<string, Node>;
  patterns: readonly { matcher: Matcher; node: Node }[];
  additional?: Node | undefined;
  names?: Node | undefined;
}

/** Where exactly one branch can fit because each requires another constant in the same property. */
export interface Pick {
  property: string;
  branchByValue: ReadonlyMap<string, number>;
}

/** A schema applied to the same value. */
export type Applicator =
  | { kind: 'all'; keyword: '$ref' | '$dynamicRef' | 'allOf'; nodes: Node[] }
  | { kind: 'any' | 'one'; keyword: 'anyOf' | 'oneOf'; nodes: Node[]; pick?: Pick | undefined; owner: JsonObject }
  | { kind: 'not'; keyword: 'not'; nodes: [Node] }
  /** Condition, then, else. */
  | { kind: 'if'; keyword: 'if'; nodes: [Node, Node, Node] }
  | { kind: 'dependent'; keyword: 'dependentSchemas'; name: string; nodes: [Node] };

/** One schema in one role. All fields exist on every node, so that engines see one shape. */
export interface Node {
  id: number;
  /** Where it is written: `#/components/schemas/Line/properties/quantity`. */
  at: string;
  refusal: Refusal | undefined;
  /** Allowed kinds, an `or` of `kind`. */
  types: number;
  /** `enum` and `const`. */
  values: readonly Check[];
  numbers: readonly Check[];
  strings: readonly Check[];
  lists: readonly Check[];
  objects: readonly Check[];
  items: ListRules | undefined;
  members: MemberRules | undefined;
  inPlace: readonly Applicator[];
  unevaluatedItems: Node | undefined;
  unevaluatedProperties: Node | undefined;
  /** Values here are personal or secret: no message repeats them. */
  sensitive: boolean;
  /** What interprets it, once it was asked for. */
  judged: Judged | undefined;
  /** So many ways lead here that its answers are remembered (`repeats.ts`). */
  isRemembered: boolean;
}

export function blankNode(id: number, at: string): Node {
  return {
    id,
    at,
    refusal: undefined,
    types: everyKind,
    values: [],
    numbers: [],
    strings: [],
    lists: [],
    objects: [],
    items: undefined,
    members: undefined,
    inPlace: [],
    unevaluatedItems: undefined,
    unevaluatedProperties: undefined,
    sensitive: false,
    judged: undefined,
    isRemembered: false,
  };
}

/** True when the node accepts every value and evaluates nothing. */
export function isTrivial(node: Node): boolean {
  return (
    node.refusal === undefined &&
    node.types === everyKind &&
    node.values.length + node.numbers.length + node.strings.length + node.lists.length + node.objects.length === 0 &&
    node.items === undefined &&
    node.members === undefined &&
    node.inPlace.length === 0 &&
    node.unevaluatedItems === undefined &&
    node.unevaluatedProperties === undefined
  );
}

/** Nodes that judge parts of the value: items, members, names. */
export function partsOf(node: Node): Node[] {
  const parts: (Node | undefined)[] = [node.unevaluatedItems, node.unevaluatedProperties];
  const { items, members } = node;
  if (items) parts.push(...items.prefix, items.items, items.contains?.node);
  if (members) {
    parts.push(...members.properties.values(), ...members.patterns.map((pattern) => pattern.node));
    parts.push(members.additional, members.names);
  }
  return parts.filter((part) => part !== undefined);
}

/** Every node that may speak about the same value, the node itself first, whichever branches apply. */
export function inPlaceOf(nodes: readonly Node[]): Set<Node> {
  const found = new Set<Node>(nodes);
  for (const node of found) for (const { nodes: inner } of node.inPlace) for (const next of inner) found.add(next);
  return found;
}

/** The node and all that applies to the same value whenever it does. */
export function conjunctsOf(node: Node): Set<Node> {
  const found = new Set([node]);
  for (const { inPlace } of found)
    for (const applicator of inPlace)
      if (applicator.kind === 'all') for (const next of applicator.nodes) found.add(next);
  return found;
}
