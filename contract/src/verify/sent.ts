// What callers send, held against what they may: parameters and properties of bodies that nobody declared, and those that
// nobody sends.

import { readQuery } from '../codec/raw-query.ts';
import { isObject } from '../load/pointer.ts';
import type { Contract, JsonObject, JsonValue, Operation, Schema } from '../model/contract.ts';
import { declaredMembers, isMarked } from '../schema/members.ts';
import { isJson } from './body.ts';
import { mediaFor } from './declared.ts';
import type { Exchange } from './exchange.ts';

/** Names below each other; deeper ones are not looked at. */
const mostDepth = 12;

/** Pointers of members that no schema names, where the schema names some and does not take all. */
export function unnamed(document: JsonObject, schema: Schema, value: JsonValue, pointer = ''): string[] {
  const found = new Set<string>();
  walk(document, schema, { value, pointer }, (name, property, open) => {
    if (property === undefined && !open) found.add(name);
  });
  return [...found];
}

/** Every member of a value that stands in an object whose schema names some. */
function walk(
  document: JsonObject,
  schema: Schema,
  at: { value: JsonValue; pointer: string },
  visit: (pointer: string, property: Schema | undefined, open: boolean) => void,
): void {
  const { value, pointer } = at;
  if (pointer.split('/').length > mostDepth) return;
  const { properties, items, open } = declaredMembers(schema, document);
  if (Array.isArray(value)) {
    if (items !== undefined)
      for (const item of value) walk(document, items, { value: item, pointer: `${pointer}/*` }, visit);
    return;
  }
  if (!isObject(value) || properties.size === 0) return;
  for (const [name, part] of Object.entries(value)) {
    const property = properties.get(name);
    visit(`${pointer}/${name}`, property, open);
    if (property !== undefined) walk(document, property, { value: part, pointer: `${pointer}/${name}` }, visit);
  }
}

/** Places of one operation: `query limit`, `header if-match`, `body /lines/ * /quantity` (without the spaces). */
export class SentInput {
  readonly #document: JsonObject;
  readonly #sent = new Map<Operation, Set<string>>();

  constructor({ document }: Contract) {
    this.#document = document;
  }

  /** Notes a request that was accepted; gives the places in it that nothing declares. */
  note({ operation, request, call }: Exchange): string[] {
    const sent = this.#sent.get(operation) ?? new Set();
    this.#sent.set(operation, sent);
    const undeclared = this.#query(operation, request.target.split(/\?(.*)/s)[1] ?? '', sent);
    for (const name of Object.keys(request.headers)) sent.add(`header ${name}`);
    const schema = bodySchema(operation, request.headers['content-type']);
    if (schema === undefined || call.body === undefined) return undeclared;
    walk(this.#document, schema, { value: call.body, pointer: '' }, (pointer, property, open) => {
      sent.add(`body ${pointer}`);
      if (property === undefined && !open) undeclared.push(`body ${pointer}`);
    });
    return undeclared;
  }

  /** Places of an operation that was called, and whose callers never use them. Of an object that nobody sends only itself. */
  never(operation: Operation): string[] {
    const sent = this.#sent.get(operation);
    if (sent === undefined) return [];
    const places = operation.params.flatMap(({ in: place, name }) => {
      if (place !== 'query' && place !== 'header') return [];
      const written = `${place} ${place === 'header' ? name.toLowerCase() : name}`;
      return sent.has(written) ? [] : [written];
    });
    const schema = bodySchema(operation, undefined);
    return schema === undefined ? places : [...places, ...this.#unsent(schema, sent, '')];
  }

  #unsent(schema: Schema, sent: ReadonlySet<string>, pointer: string): string[] {
    if (pointer.split('/').length > mostDepth) return [];
    const { properties, items } = declaredMembers(schema, this.#document);
    const inItems = items === undefined || pointer.endsWith('/*') ? [] : this.#unsent(items, sent, `${pointer}/*`);
    const own = [...properties].flatMap(([name, property]) => {
      const place = `${pointer}/${name}`;
      if (isMarked(property, 'readOnly', this.#document)) return [];
      if (sent.has(`body ${place}`)) return this.#unsent(property, sent, place);
      // Members of items were looked for only where a list was sent.
      return pointer === '' || [...sent].some((each) => each.startsWith(`body ${pointer}/`)) ? [`body ${place}`] : [];
    });
    return [...own, ...inItems];
  }

  #query(operation: Operation, query: string, sent: Set<string>): string[] {
    const members = readQuery(query);
    if (members === 'malformed') return [];
    const params = operation.params.filter((param) => param.in === 'query');
    const whole = operation.params.some((param) => param.in === 'querystring');
    return [...members.keys()].flatMap((name) => {
      const owner = params.find((param) => {
        if (param.name === name || name.startsWith(`${param.name}[`)) return true;
        const { properties, open } = declaredMembers(param.schema, this.#document);
        return param.style === 'form' && param.explode && (properties.has(name) || open);
      });
      if (owner) sent.add(`query ${owner.name}`);
      return owner || whole ? [] : [`query ${name}`];
    });
  }
}

function bodySchema({ body }: Operation, type: string | undefined): Schema | undefined {
  if (body === undefined) return undefined;
  if (type === undefined) return body.media.find((media) => isJson(media.type))?.schema;
  return isJson(type) ? mediaFor(body, type)?.schema : undefined;
}
