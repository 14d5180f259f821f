// Operations as tools: what agents may call, described by the contracts themselves.

import {
  answerSchema,
  type Contract,
  isObject,
  type JsonObject,
  type JsonValue,
  type Operation,
} from '@plinth/contract';
import type { Principal } from '@plinth/runtime';

export interface Tool {
  /** `orders_getOrder`. */
  name: string;
  /** `orders.getOrder`. */
  key: string;
  title: string;
  description: string;
  inputSchema: JsonObject;
  annotations: { readOnlyHint: boolean; destructiveHint: boolean; idempotentHint: boolean; openWorldHint: boolean };
}

/** Tools of a caller, in the order of their names: what the contracts declare for agents and the scopes allow. */
export function toolsFor(contracts: readonly Contract[], principal: Principal): Tool[] {
  return contracts
    .flatMap((contract) =>
      contract.operations
        .filter((operation) => isOffered(operation, principal))
        .map((operation) => toTool(contract, operation)),
    )
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function isOffered({ policy, security }: Operation, principal: Principal): boolean {
  if (!policy.audience.includes('agent') || policy.skill?.tool === false || policy.stage === 'retired') return false;
  if (policy.channel && !policy.channel.includes('mcp')) return false;
  if (principal.scopes.has('*')) return true;
  return (security ?? []).some((alternative) =>
    Object.values(alternative)
      .flat()
      .every((scope) => principal.scopes.has(scope)),
  );
}

function toTool(contract: Contract, operation: Operation): Tool {
  const { effect, skill } = operation.policy;
  const not = (skill?.negatives ?? []).slice(0, 3);
  const description = [operation.summary, operation.description, not.length > 0 ? `Not for: ${not.join('; ')}.` : '']
    .filter(Boolean)
    .join('. ')
    .replaceAll('..', '.');
  return {
    name: `${contract.id}_${operation.id}`.replaceAll(/[^A-Za-z0-9_-]/g, '_').slice(0, 64),
    key: `${contract.id}.${operation.id}`,
    title: operation.summary,
    description: description.slice(0, 500),
    inputSchema: inputSchema(contract, operation),
    annotations: {
      readOnlyHint: effect === 'read',
      destructiveHint: effect === 'destructive',
      idempotentHint: effect === 'read',
      openWorldHint: false,
    },
  };
}

/** Parameters by name and the body, as one JSON Schema that stands alone. */
function inputSchema(contract: Contract, operation: Operation): JsonObject {
  const properties: JsonObject = {};
  const required: string[] = [];
  for (const param of operation.params) {
    if (param.in === 'header' || param.in === 'cookie') continue;
    const schema = isObject(param.schema) ? { ...param.schema } : {};
    // What is always the caller's own is not asked for.
    if (isObject(schema['x-plinth']) && schema['x-plinth']['fill'] === 'default') continue;
    properties[param.name] = { ...schema, ...(param.description ? { description: param.description } : {}) };
    if (param.required) required.push(param.name);
  }
  const body = operation.body?.media.find(({ type }) => type.includes('json'));
  if (body?.schema !== undefined) {
    properties['body'] = body.schema as JsonValue;
    if (operation.body?.required) required.push('body');
  }
  return standAlone(contract, { type: 'object', properties, required, additionalProperties: false });
}

/** Answer of the operation as a schema that stands alone; undefined when it is no object. */
export function outputSchema(contract: Contract, operation: Operation): JsonObject | undefined {
  const schema = answerSchema(contract, operation);
  return schema?.['type'] === 'object' ? standAlone(contract, schema) : undefined;
}

/** References become `$defs`; our own keys are left out. */
function standAlone(contract: Contract, schema: JsonObject): JsonObject {
  const defs: JsonObject = {};
  const copy = (value: JsonValue): JsonValue => {
    if (Array.isArray(value)) return value.map(copy);
    if (!isObject(value)) return value;
    const reference =
      typeof value['$ref'] === 'string' ? /^#\/components\/schemas\/(.+)$/.exec(value['$ref'])?.[1] : undefined;
    if (reference !== undefined) {
      const target = contract.schemas.get(reference);
      if (!(reference in defs)) {
        defs[reference] = true;
        defs[reference] = copy(target ?? true);
      }
      return { $ref: `#/$defs/${reference}` };
    }
    return Object.fromEntries(
      Object.entries(value)
        .filter(([key]) => key !== 'x-plinth')
        .map(([key, part]) => [key, copy(part)]),
    );
  };
  const result = copy(schema) as JsonObject;
  return Object.keys(defs).length > 0 ? { ...result, $defs: defs } : result;
}
