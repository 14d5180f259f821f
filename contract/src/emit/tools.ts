// Operations as tools for agents (Model Context Protocol, 2025-11-25, "Tools"): described by the contract itself.

import { isObject } from '../load/pointer.ts';
import type { Contract, JsonObject, JsonValue, Operation } from '../model/contract.ts';
import { answerSchema } from '../model/resources.ts';
import { standAlone } from './stand-alone.ts';

export interface AgentTool {
  /** `orders_getOrder`; at most 64 of A–Z a–z 0–9 _ -. */
  name: string;
  title: string;
  /** At most 500 characters. */
  description: string;
  /** JSON Schema 2020-12 that stands alone: parameters by name, the body as `body`. */
  inputSchema: JsonObject;
  /** Of the answer; absent when it is no object or would make the tool too large. */
  outputSchema?: JsonObject;
  annotations: { readOnlyHint: boolean; destructiveHint: boolean; idempotentHint: boolean; openWorldHint: boolean };
}

/** Bytes of a tool as JSON. What an agent reads with every turn is paid with every turn. */
export const toolBytes = 4096;

/** True for operations meant for agents: their audience has `agent` and `skill.tool` does not say no. */
export function isTool({ policy }: Operation): boolean {
  if (!policy.audience.includes('agent') || policy.skill?.tool === false || policy.stage === 'retired') return false;
  return policy.channel === undefined || policy.channel.includes('mcp');
}

/** Tools of a contract in the order of their names. */
export function emitTools(contract: Contract): AgentTool[] {
  return contract.operations
    .filter(isTool)
    .map((operation) => toolOf(contract, operation))
    .toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** About how many tokens a model reads: four bytes of JSON each. An estimate; tokenizers differ. */
export function estimatedTokens(tools: readonly AgentTool[]): number {
  return Math.ceil(tools.reduce((sum, tool) => sum + bytesOf(tool), 0) / 4);
}

/** Ways to describe the same operation, most telling first. The first that fits is taken. */
const manners: readonly { output: boolean; words: boolean; depth: number }[] = [
  { output: true, words: true, depth: 64 },
  { output: true, words: false, depth: 64 },
  { output: false, words: true, depth: 64 },
  { output: false, words: true, depth: 3 },
  { output: false, words: false, depth: 64 },
  ...[5, 4, 3, 2, 1].map((depth) => ({ output: false, words: false, depth })),
];

/** One operation as a tool of at most 4 KB: what does not fit is left out from the least needed on, never wrong. */
export function toolOf(contract: Contract, operation: Operation): AgentTool {
  const { effect } = operation.policy;
  const tool: AgentTool = {
    name: `${contract.id}_${operation.id}`.replaceAll(/[^A-Za-z0-9_-]/g, '_').slice(0, 64),
    title: operation.summary,
    description: describe(operation),
    inputSchema: { type: 'object' },
    annotations: {
      readOnlyHint: effect === 'read',
      destructiveHint: effect === 'destructive',
      idempotentHint: effect === 'read',
      openWorldHint: contract.foreign,
    },
  };
  for (const manner of manners) {
    const outputSchema = manner.output ? outputOf(contract, operation, manner) : undefined;
    const inputSchema = inputOf(contract, operation, manner);
    const described = { ...tool, inputSchema, ...(outputSchema ? { outputSchema } : {}) };
    if (bytesOf(described) <= toolBytes) return described;
  }
  return { ...tool, inputSchema: namesOnly(operation) };
}

function bytesOf(tool: AgentTool): number {
  return new TextEncoder().encode(JSON.stringify(tool)).length;
}

function describe({ summary, description, policy }: Operation): string {
  const not = (policy.skill?.negatives ?? []).slice(0, 3);
  return [summary, description, not.length > 0 ? `Not for: ${not.join('; ')}.` : '']
    .filter(Boolean)
    .join('. ')
    .replaceAll('..', '.')
    .slice(0, 500);
}

interface Manner {
  words: boolean;
  depth: number;
}

function inputOf(contract: Contract, operation: Operation, manner: Manner): JsonObject {
  const members: [name: string, schema: JsonValue, description: string][] = [];
  const required: string[] = [];
  for (const param of operation.params) {
    if (param.in === 'header' || param.in === 'cookie' || isFilledIn(param.schema)) continue;
    members.push([param.name, param.schema, param.description]);
    if (param.required) required.push(param.name);
  }
  const body = operation.body?.media.find(({ type }) => type.includes('json'));
  if (body?.schema !== undefined) {
    members.push(['body', body.schema, '']);
    if (operation.body?.required) required.push('body');
  }
  const roots = members.map(([, schema]) => schema);
  const { schemas, definitions } = standAlone(contract, roots, { prefix: '#/$defs/', ...manner });
  const properties: JsonObject = {};
  for (const [index, [name, , description]] of members.entries())
    properties[name] = { ...schemas[index], ...(description && manner.words ? { description } : {}) };
  return withDefinitions({ type: 'object', properties, required, additionalProperties: false }, definitions);
}

/** What is always the caller's own is not asked for. */
function isFilledIn(schema: JsonValue): boolean {
  return isObject(schema) && isObject(schema['x-plinth']) && schema['x-plinth']['fill'] === 'default';
}

function outputOf(contract: Contract, operation: Operation, manner: Manner): JsonObject | undefined {
  const schema = answerSchema(contract, operation);
  if (schema?.['type'] !== 'object') return undefined;
  const { schemas, definitions } = standAlone(contract, [schema], { prefix: '#/$defs/', ...manner });
  return withDefinitions(schemas[0] ?? {}, definitions);
}

function withDefinitions(schema: JsonObject, definitions: JsonObject): JsonObject {
  return Object.keys(definitions).length === 0 ? schema : { ...schema, $defs: definitions };
}

/** The last resort of an operation with very many parameters: what must be there, by name. */
function namesOnly(operation: Operation): JsonObject {
  const names = operation.params.filter((param) => param.required && param.in !== 'header').map(({ name }) => name);
  const all = operation.body?.required ? [...names, 'body'] : names;
  return { type: 'object', properties: Object.fromEntries(all.map((name) => [name, true])), required: all };
}
