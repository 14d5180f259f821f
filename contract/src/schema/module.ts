// All validators of a contract as the text of one ES module, for where code may not be made while running (a page
// under a strict policy) or a start must not wait for it. The text imports nothing: what it calls is handed to it.

import { shapeOf } from '../codec/typing.ts';
import { walkSchemas } from '../load/schemas.ts';
import type { Contract, JsonObject, Media, Operation, Param, Schema } from '../model/contract.ts';
import type { Direction } from './build.ts';
import { emitShared } from './emit.ts';
import { engineFor, library } from './engine.ts';
import { excerptOf } from './excerpt.ts';
import { isInterpreted } from './functions.ts';
import { isValid } from './interpret.ts';
import { type Node, partsOf } from './ir.ts';
import { patternVerdict } from './pattern.ts';
import { literal } from './writer.ts';

/** What is judged, and as what. */
interface Entry {
  /** `placeOrder request application/json`. */
  name: string;
  schema: Schema;
  direction: Direction | undefined;
  closed: boolean;
}

/** Raised when modules made before can no longer be linked. */
const format = 1;

/** A module that `compileModule` made, as `import` gives it. */
export interface ValidatorModule {
  readonly format: number;
  /** What it was made from. */
  readonly contract: { readonly id: string; readonly title: string; readonly version: string };
  /** Patterns of the contract that no engine can run in bounded time; values are not held to them. */
  readonly notEnforced: readonly string[];
  readonly link: (helpers: object) => readonly [name: string, check: (value: unknown) => boolean][];
}

/** The text of the types of every compiled module, for a `.d.ts` beside it. */
export const validatorTypes = `export declare const format: number;
export declare const contract: { readonly id: string; readonly title: string; readonly version: string };
export declare const notEnforced: readonly string[];
export declare function link(helpers: object): readonly [name: string, check: (value: unknown) => boolean][];
`;

/**
 * The text of a module with a validator for each parameter, request body and answer of each operation, webhook and
 * callback, and for the data of each event. Patterns are judged here, once. The same contract gives the same text.
 * Names: `placeOrder query limit`, `placeOrder request application/json`, `placeOrder 201 application/json`,
 * `placeOrder 201 header Location`, `event order.placed`; a body of items has ` item` behind it for each of them.
 * Throws `SchemaError` for a schema that cannot be compiled.
 */
export function compileModule(contract: Contract): string {
  const { document, id, title, version } = contract;
  const built = entriesOf(contract).map((entry): Built => {
    const { schema, direction, closed } = entry;
    return { entry, node: engineFor({ document, formats: 'assert', direction, closed }).node(schema) };
  });
  const interpreted = interpretedAmong(built.map(({ node }) => node));
  const written = built.filter(({ node }) => !interpreted.has(node));
  const { text, nameOf } = emitShared(written.map(({ node }) => node));
  return [
    `// Validators of ${oneLine(title)} ${oneLine(version)}, made from its contract. Do not edit.`,
    `export const format = ${format};`,
    `export const contract = { id: ${literal(id)}, title: ${literal(title)}, version: ${literal(version)} };`,
    `export const notEnforced = [${notEnforced(document).map(literal).join(', ')}];`,
    'export function link(h) {',
    text,
    'return [',
    ...written.map(({ entry, node }) => `  [${literal(entry.name)}, ${nameOf(node)}],`),
    ...built.filter(({ node }) => interpreted.has(node)).map(({ entry }) => interpretedLine(entry, document)),
    '];',
    '}',
    '',
  ].join('\n');
}

/**
 * The validators of a module by name. Throws `TypeError` for a module that another version made, to be made again.
 * The verdict is that of `compileSchema`; words need the contract: `compileSchema(…).explain`.
 */
export function linkModule(module: ValidatorModule): Map<string, (value: unknown) => boolean> {
  if (module.format !== format)
    throw new TypeError(`The validators have format ${String(module.format)}, not ${format}: make them again.`);
  return new Map(module.link({ ...library, interpret }));
}

interface Built {
  entry: Entry;
  node: Node;
}

function entriesOf(contract: Contract): Entry[] {
  const entries = new Map<string, Entry>();
  const add = (name: string, schema: Schema | undefined, as: Partial<Entry> = {}): void => {
    if (schema !== undefined && !entries.has(name))
      entries.set(name, { name, schema, direction: undefined, closed: false, ...as });
  };
  const ofMedia = (name: string, media: readonly Media[], as: Partial<Entry>): void => {
    for (const { type, schema, itemSchema } of media) {
      add(`${name} ${type}`, schema, as);
      add(`${name} ${type} item`, itemSchema, as);
    }
  };
  const ofOperation = (operation: Operation): void => {
    const { id, params, body, responses, callbacks, policy } = operation;
    const refuses = policy.unknown === 'refuse';
    for (const param of params)
      add(`${id} ${param.in} ${param.name}`, param.schema, { closed: refuses && isOfMembers(param, contract) });
    ofMedia(`${id} request`, body?.media ?? [], { direction: 'request', closed: refuses });
    for (const { status, headers, media } of responses) {
      for (const header of headers)
        add(`${id} ${status} header ${header.name}`, header.schema, { direction: 'response' });
      ofMedia(`${id} ${status}`, media, { direction: 'response' });
    }
    callbacks.forEach(ofOperation);
  };
  [...contract.operations, ...contract.webhooks].forEach(ofOperation);
  for (const { type, data } of contract.events) add(`event ${type}`, data);
  return [...entries.values()];
}

function isOfMembers({ schema }: Param, { document }: Contract): boolean {
  return shapeOf(schema, document).kind === 'object';
}

/** The nodes that reach one which cannot be written as code; nearly always there is none. */
function interpretedAmong(roots: readonly Node[]): Set<Node> {
  const users = new Map<Node, Node[]>(roots.map((root) => [root, []]));
  for (const [node] of users)
    for (const next of [...node.inPlace.flatMap(({ nodes }) => nodes as Node[]), ...partsOf(node)]) {
      const known = users.get(next);
      if (known) known.push(node);
      else users.set(next, [node]);
    }
  const found = new Set([...users.keys()].filter(isInterpreted));
  for (const node of found) for (const user of users.get(node) ?? []) found.add(user);
  return found;
}

/** What only the interpreter can judge takes its part of the contract along. */
function interpretedLine({ name, schema, direction, closed }: Entry, document: JsonObject): string {
  const written = { schema, document: excerptOf(schema, document), direction, closed };
  return `  [${literal(name)}, h.interpret(JSON.parse(${literal(JSON.stringify(written))}))],`;
}

interface Interpreted {
  schema: Schema;
  document: JsonObject;
  direction?: Direction;
  closed: boolean;
}

function interpret({ schema, ...options }: Interpreted): (value: unknown) => boolean {
  let node: Node | undefined;
  return (value) => isValid((node ??= engineFor({ ...options, formats: 'assert' }).node(schema)), value);
}

function notEnforced(document: JsonObject): string[] {
  const patterns = new Set<string>();
  const add = (pattern: unknown): void => {
    if (typeof pattern === 'string' && patternVerdict(pattern) === 'refused') patterns.add(pattern);
  };
  walkSchemas(document, ({ pattern, patternProperties }) => {
    add(pattern);
    Object.keys(patternProperties ?? {}).forEach(add);
  });
  return [...patterns];
}

function oneLine(text: string): string {
  return text.replaceAll(/[\s\u2028\u2029]+/g, ' ').trim();
}
