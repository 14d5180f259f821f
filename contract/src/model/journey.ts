// A journey: one workflow of an Arazzo document, its steps resolved to operations, its expressions read. Data only: whoever
// runs it evaluates them.

import type { Contract, JsonObject, JsonValue, Operation, Schema } from './contract.ts';

export interface Journey {
  id: string;
  summary: string;
  description: string;
  /** What a run begins with; `$ref`s point into `document`. */
  inputs?: Schema;
  /** Journeys that must have ended before. */
  dependsOn: string[];
  steps: JourneyStep[];
  outputs: Record<string, JourneyValue>;
  /** `x-plinth` of the workflow. */
  policy: JsonObject;
  /** The Arazzo document, after reading. */
  document: JsonObject;
  /** The workflow in it, for positions. */
  node: JsonObject;
}

export interface JourneyStep {
  id: string;
  description: string;
  does: StepTarget;
  params: { name: string; in?: string; value: JourneyValue }[];
  body?: JourneyBody;
  /** All must hold; none means that a declared success will do. */
  successCriteria: Criterion[];
  /** The first whose criteria hold is taken; none means the next step. */
  onSuccess: JourneyAction[];
  /** None means the end, with a failure. */
  onFailure: JourneyAction[];
  outputs: Record<string, JourneyValue>;
  /** Steps that must have ended before (Arazzo 1.1). */
  dependsOn: string[];
  timeoutMs?: number;
  policy: JsonObject;
  node: JsonObject;
}

/** What a step does. `unknown`: it names something that could not be found, which is a finding. */
export type StepTarget =
  | { kind: 'operation'; operation: Operation; contract: Contract }
  | { kind: 'journey'; journey: string; source?: string }
  | { kind: 'message'; action: 'send' | 'receive'; name: string; correlationId?: JourneyValue }
  | { kind: 'unknown'; name: string };

export interface JourneyBody {
  contentType: string;
  payload?: JourneyValue;
  /** `target` is a JSON Pointer, or in the language that `language` names. */
  replacements: { target: string; language: string; value: JourneyValue }[];
}

export interface Criterion {
  /** A `simple` condition has its expressions inside; the others look at `context`. */
  context?: Expression;
  condition: string;
  language: string;
}

export interface JourneyAction {
  name: string;
  type: 'end' | 'goto' | 'retry';
  step?: string;
  journey?: string;
  retryAfterS?: number;
  retryLimit?: number;
  criteria: Criterion[];
}

/** `$steps.find.outputs.ids#/0`: root `steps`, path `[find, outputs, ids]`, pointer `/0`. */
export interface Expression {
  text: string;
  root: ExpressionRoot;
  path: string[];
  pointer?: string;
}

export type ExpressionRoot =
  | 'url'
  | 'method'
  | 'statusCode'
  | 'self'
  | 'request'
  | 'response'
  | 'message'
  | 'inputs'
  | 'outputs'
  | 'steps'
  | 'workflows'
  | 'sourceDescriptions'
  | 'components';

/** A value as it is, or what it is made of when its turn comes. */
export type JourneyValue =
  | { is: 'literal'; value: JsonValue }
  | { is: 'expression'; expression: Expression }
  /** A text with expressions inside: `limit={$inputs.limit}`. */
  | { is: 'template'; parts: (string | Expression)[] }
  /** A part of a value, found by another language (Arazzo 1.1). */
  | { is: 'selector'; context: Expression; selector: string; language: string }
  | { is: 'list'; items: JourneyValue[] }
  | { is: 'object'; members: Record<string, JourneyValue> };
