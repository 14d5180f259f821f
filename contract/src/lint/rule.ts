// What a lint rule is: one idea, why it is there, and two examples that are its test.

import type { Contract, JsonObject, Operation, Severity } from '../model/contract.ts';
import type { Edit } from './edit.ts';

/** Chapters of the reference page, in its order. */
export const groups = [
  'load',
  'identity',
  'schema',
  'answers',
  'security',
  'policy',
  'states',
  'experience',
  'life',
  'agents',
] as const;

export type Group = (typeof groups)[number];

/** Severities in falling order; `off` silences a rule. */
export const severities = ['error', 'warn', 'info', 'hint'] as const;

/**
 * Remarks on `node` (its place is looked up; undefined = the document). `fix` says what to write and where; `edits` do
 * it, and are given only when the meaning stays the same.
 */
export type Report = (node: object | undefined, message: string, fix?: string, edits?: readonly Edit[]) => void;

/** What a team may set differently: a number of at least `least`, or one word of `of`. `is` holds when nothing is said. */
export type RuleOption = { what: string } & ({ is: number; least: number } | { is: string; of: readonly string[] });

/** Values of a rule's options by name: all of them, each of the type of its `is`. */
export type Settings = Readonly<Record<string, number | string>>;

/** What every rule says of itself, also one whose findings come out of loading. */
export interface RuleEntry {
  /** Stable, kebab-case. */
  id: string;
  group: Group;
  /** In `recommended`; `strict` makes an error of every `warn`. */
  severity: Severity;
  /** In `foreign`; absent = off there. */
  foreign?: Severity;
  options?: Readonly<Record<string, RuleOption>>;
  /** What goes wrong without it, in one sentence. */
  why: string;
  /** YAML that breaks the rule, and the same mended: `paths` and `components`, or a whole document from `openapi:` on. */
  bad: string;
  good: string;
  /** `problems.yaml` beside the examples, where the rule is about it. */
  companions?: { bad: string; good: string };
}

/** What is known of a pattern that no proof covers. */
export interface SearchedPattern {
  /** `vulnerable`: `attack` makes it slow; `unknown`: nothing was found in time. */
  verdict: 'safe' | 'vulnerable' | 'unknown';
  /** How its time grows: `exponential`, `2nd degree polynomial`. */
  growth?: string;
  attack?: string;
}

/** Looks for a text that makes a pattern slow. It may take seconds. */
export type SearchPattern = (pattern: string) => SearchedPattern;

/** A rule over the model. It gives one or more of the three checks; each is called once per thing of its kind. */
export interface Rule extends RuleEntry {
  /** True when the edge will not run a contract that breaks it. */
  refuses?: boolean;
  /** `own`: needs `x-plinth`; `foreign`: what the edge does by itself for a contract of ours. Absent = any. */
  of?: 'own' | 'foreign';
  /** A planned key of `x-plinth`: the rule waits until a part of Plinth honours it. */
  needs?: string;
  contract?: (contract: Contract, report: Report, settings: Settings) => void;
  operation?: (operation: Operation, contract: Contract, report: Report, settings: Settings) => void;
  /** Every object schema of the document and of the events, once, parents first. */
  schema?: (schema: JsonObject, contract: Contract, report: Report, search: SearchPattern) => void;
}
