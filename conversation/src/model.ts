// What the assistant knows: every operation it may use or suggest, as plain data made from contracts.

import type { JsonObject } from '@plinth/contract';

/** `usable` may be started by words alone; `suggestOnly` is offered and starts only when chosen. */
export type SkillMode = 'usable' | 'suggestOnly';

export interface Skill {
  /** `orders.getOrder`. */
  operation: string;
  /** The operation's summary. */
  title: string;
  mode: SkillMode;
  /** False: software may not call it; the customer gets a link to the form. */
  callable: boolean;
  writes: boolean;
  phrases: readonly string[];
  negatives: readonly string[];
  slots: readonly Slot[];
  /** The body must say something although no single member is required. */
  needsBody: boolean;
  /** `order`: what it is about; entities shown earlier fit by this name. */
  resource: string | undefined;
  /** States from which the operation is possible, when the contract says so. */
  fromStates: { property: string; states: readonly string[] } | undefined;
  say: { done?: string; empty?: string; readback?: readonly string[] };
  view: View;
}

export type SlotKind = 'enum' | 'boolean' | 'integer' | 'number' | 'money' | 'date' | 'dateTime' | 'pattern' | 'text';

export interface Slot {
  /** Dotted place in the input: `orderId`, `body.lines.0.sku`. */
  path: string;
  title: string;
  ask: string;
  kind: SlotKind;
  required: boolean;
  /** A value that is filled in silently. */
  fill: unknown;
  schema: JsonObject;
  /** Values with the words that name them. */
  values: readonly { value: unknown; label: string; words: readonly string[] }[];
  from: Lookup | undefined;
  /** Never shown again. */
  secret: boolean;
}

/** Where the possible values of a slot are found among the caller's own things. */
export interface Lookup {
  /** `orders.listOrders`. */
  operation: string;
  items: string;
  value: string;
  label: string;
  /** Name of the things in the list. */
  resource: string;
  /** Query parameter that takes words to look for. */
  search: string | undefined;
  /** Input that is filled in silently. */
  input: JsonObject;
}

export type FieldKind = 'text' | 'money' | 'date' | 'dateTime' | 'state' | 'number';

export interface Field {
  name: string;
  label: string;
  kind: FieldKind;
  labels: Readonly<Record<string, string>>;
}

/** How an answer is shown. */
export interface View {
  title: string;
  resource: string | undefined;
  id: string;
  /** What a person calls one of them: number, name, subject … */
  label: string | undefined;
  state: Field | undefined;
  fields: readonly Field[];
  /** All shown fields by name, for texts. */
  all: readonly Field[];
  /** The answer is a list of these. */
  list: { items: string; view: View } | undefined;
}

export interface SkillModel {
  skills: readonly Skill[];
  byOperation: ReadonlyMap<string, Skill>;
  /** Made by rank.ts. */
  index: RankIndex;
}

export interface RankIndex {
  idf: ReadonlyMap<number, number>;
  unseenIdf: number;
  /** Vectors of unit length by skill, in the order of `skills`. */
  positive: readonly (readonly Vector[])[];
  negative: readonly (readonly Vector[])[];
  /** Content stems of each skill's own words. */
  own: readonly ReadonlySet<string>[];
}

export interface Vector {
  /** 1 for phrases, less for derived texts. */
  weight: number;
  parts: ReadonlyMap<number, number>;
}
