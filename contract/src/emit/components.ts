// All component schemas of a contract as exported types: one each, two where request and response differ.

import type { Contract, JsonObject, JsonValue, Schema } from '../model/contract.ts';
import { comment, typeName } from './names.ts';
import { describe, type Side, typeOf, type TypeScope } from './schema-type.ts';

export interface Components {
  scope: TypeScope;
  /** Source text of all types. */
  text: string;
  /** Names the file's other declarations must avoid. */
  taken: Set<string>;
}

/** Names every component, then writes them in the contract's order. */
export function components(
  contract: Contract,
  avoid: readonly string[] = [],
  options: Pick<TypeScope, 'binary' | 'file'> = {},
): Components {
  const taken = new Set(avoid);
  const response = new Map<string, string>();
  for (const name of contract.schemas.keys()) response.set(name, typeName(name, taken));
  const request = new Map<string, string>();
  for (const name of twoSided(contract)) request.set(name, typeName(`${response.get(name) ?? name}Input`, taken));
  const circular = circularAliases(contract);
  const scope: TypeScope = {
    contract,
    nameOf: (name, side) => (side === 'request' ? request.get(name) : undefined) ?? response.get(name),
    circular: (name) => circular.has(name),
    ...options,
  };
  const blocks: string[] = [];
  for (const [name, schema] of contract.schemas) {
    blocks.push(declaration(response.get(name) ?? name, schema, scope, 'response'));
    const input = request.get(name);
    if (input !== undefined) blocks.push(declaration(input, schema, scope, 'request'));
  }
  return { scope, text: blocks.join('\n'), taken };
}

/** The type of one component, both variants where request and response differ; [] when there is no such component. */
export function declarationOf(component: string, contract: Contract, scope: TypeScope): string[] {
  const schema = contract.schemas.get(component);
  if (schema === undefined) return [];
  const [response, request] = [scope.nameOf(component, 'response'), scope.nameOf(component, 'request')];
  const written = [declaration(response ?? component, schema, scope, 'response')];
  if (request !== undefined && request !== response) written.push(declaration(request, schema, scope, 'request'));
  return written.map((text) => text.trimEnd().replaceAll(/^export /gm, ''));
}

function declaration(name: string, schema: Schema, scope: TypeScope, side: Side): string {
  const text = typeof schema === 'object' ? describe(schema) : undefined;
  return `${comment(text, '')}export type ${name} = ${typeOf(schema, scope, { side, bare: true })};\n`;
}

/** Components that hold, themselves or through others, a readOnly or writeOnly property. */
function twoSided(contract: Contract): Set<string> {
  const marked = new Set<string>();
  const mentions = new Map<string, Set<string>>();
  for (const [name, schema] of contract.schemas) {
    const found = inspect(schema);
    if (found.marked) marked.add(name);
    mentions.set(name, found.refs);
  }
  for (let grown = true; grown;) {
    grown = false;
    for (const [name, refs] of mentions) {
      if (!marked.has(name) && [...refs].some((ref) => marked.has(ref))) {
        marked.add(name);
        grown = true;
      }
    }
  }
  return marked;
}

function inspect(root: Schema): { marked: boolean; refs: Set<string> } {
  const refs = new Set<string>();
  let marked = false;
  const queue: JsonValue[] = [root];
  for (let node = queue.pop(); node !== undefined; node = queue.pop()) {
    if (typeof node !== 'object' || node === null) continue;
    if (!Array.isArray(node)) {
      if (node['readOnly'] === true || node['writeOnly'] === true) marked = true;
      const name = componentOf(node);
      if (name !== undefined) refs.add(name);
    }
    for (const child of Object.values(node)) queue.push(child);
  }
  return { marked, refs };
}

/** Components whose alias would reach itself without an object or array in between (`A = B | …; B = A & …`). */
function circularAliases(contract: Contract): Set<string> {
  const direct = new Map([...contract.schemas].map(([name, schema]) => [name, directRefs(schema)]));
  const circular = new Set<string>();
  for (const name of direct.keys()) {
    const seen = new Set<string>();
    const queue = [...(direct.get(name) ?? [])];
    for (let next = queue.pop(); next !== undefined && !circular.has(name); next = queue.pop()) {
      if (next === name) circular.add(name);
      if (seen.has(next)) continue;
      seen.add(next);
      queue.push(...(direct.get(next) ?? []));
    }
  }
  return circular;
}

function directRefs(schema: JsonValue): string[] {
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) return [];
  const own = componentOf(schema);
  const parts = ['allOf', 'oneOf', 'anyOf'].flatMap((keyword) =>
    Array.isArray(schema[keyword]) ? schema[keyword] : [],
  );
  return [...(own === undefined ? [] : [own]), ...parts.flatMap(directRefs)];
}

function componentOf(node: JsonObject): string | undefined {
  const name =
    typeof node['$ref'] === 'string' ? /^#\/components\/schemas\/([^/]+)$/.exec(node['$ref'])?.[1] : undefined;
  return name === undefined ? undefined : decodeURIComponent(name).replaceAll('~1', '/').replaceAll('~0', '~');
}
