// Where the things come from that path variables name: a Link, a creation, a list.

import { evaluate } from '../codec/expression.ts';
import { follow, isObject } from '../load/pointer.ts';
import { isJson, listPlace, partAt, thingPlace } from '../mock/places.ts';
import type { Contract, JsonObject, JsonValue, Operation, Schema } from '../model/contract.ts';
import { singular } from '../model/resources.ts';
import { declaredMembers } from '../schema/members.ts';
import { responseFor } from './declared.ts';
import type { Exchange } from './exchange.ts';

/** A way to a value of a path variable. */
export interface Source {
  operation: Operation;
  /** `link` and `create` make a thing of our own. */
  kind: 'link' | 'create' | 'list';
  /** The value, with where it stands in the answer; undefined when the answer has none. */
  read(exchange: Exchange): Taken | undefined;
}

export interface Taken {
  value: JsonValue;
  /** Into the answer's body; undefined when it does not stand there. */
  pointer?: string;
}

export interface Thing {
  id: JsonValue;
  item: JsonObject;
  pointer: string;
}

/** Sources of the variables of every path, worked out once. */
export class Sources {
  readonly #contract: Contract;
  readonly #links = new Map<string, Source[]>();

  constructor(contract: Contract) {
    this.#contract = contract;
    for (const operation of contract.operations) this.#readLinks(operation);
  }

  /** Ways to the thing named by a variable of a path, the most exact one first. */
  of(path: string, variable: string): Source[] {
    const end = path.indexOf(`{${variable}}`);
    const collection = path.slice(0, end).replace(/\/$/, '');
    if (!path.slice(0, end).endsWith('/')) return [];
    const at = (method: string): Operation | undefined =>
      this.#contract.operations.find((each) => each.path === collection && each.method === method);
    const found = this.#links.get(`${path} ${variable}`) ?? [];
    const [create, list] = [at('post'), at('get')];
    return [
      ...found,
      ...(create
        ? [{ operation: create, kind: 'create' as const, read: (x: Exchange) => this.#created(x, variable) }]
        : []),
      ...(list ? [{ operation: list, kind: 'list' as const, read: (x: Exchange) => this.#listed(x, variable) }] : []),
    ];
  }

  /**
   * Properties of a JSON body that name a thing: their name ends in a path variable (`fromAccountId` in `accountId`) or
   * is one of `owned`. `path` leads to it where it stands alone in one.
   */
  references(operation: Operation, owned: readonly string[]): { name: string; variable: string; path?: string }[] {
    const schema = operation.body?.media.find(({ type }) => isJson(type))?.schema;
    if (schema === undefined) return [];
    const variables = new Map(
      this.#contract.operations.flatMap(({ path }) => {
        const [, first] = /^[^{]*\{([^}]+)\}/.exec(path) ?? [];
        return first === undefined || first.length < leastName ? [] : [[first, path] as const];
      }),
    );
    return [...declaredMembers(schema, this.#contract.document).properties.keys()].flatMap((name) => {
      const variable = [...variables.keys()].find((each) => plainName(name).endsWith(plainName(each)));
      const path = variables.get(variable ?? '');
      if (owned.includes(name)) return [{ name, variable: variable ?? name }];
      return variable === undefined || path === undefined ? [] : [{ name, variable, path }];
    });
  }

  /** The one thing an answer is about; undefined when it describes none with an id. */
  thingIn(exchange: Exchange, variable?: string): Thing | undefined {
    const schema = schemaOf(exchange);
    if (schema === undefined || exchange.value === undefined) return undefined;
    const name = singular(
      exchange.operation.path.split(/[/:]/).findLast((part) => part !== '' && !part.startsWith('{')) ?? '',
    );
    const { path } = thingPlace(this.#contract, schema, name);
    return thingOf(partAt(exchange.value, path), pointerOf(path), this.#idNames(variable));
  }

  /** The things of a list, in its order; undefined when the answer is no list. */
  thingsIn(exchange: Exchange, variable?: string): Thing[] | undefined {
    const schema = schemaOf(exchange);
    const place = schema === undefined ? undefined : listPlace(this.#contract, schema);
    if (!place || exchange.value === undefined) return undefined;
    const items = partAt(exchange.value, place.path);
    if (!Array.isArray(items)) return undefined;
    const names = this.#idNames(variable);
    return items.flatMap((item, index) => thingOf(item, `${pointerOf(place.path)}/${index}`, names) ?? []);
  }

  #idNames(variable: string | undefined): string[] {
    const declared = this.#contract.resources.map(({ id }) => id).filter((id) => id === variable);
    return [
      ...new Set([
        ...declared,
        ...(variable === undefined ? [] : [variable]),
        'id',
        'uuid',
        'key',
        'code',
        'number',
        'reference',
      ]),
    ];
  }

  #created(exchange: Exchange, variable: string): Taken | undefined {
    const thing = this.thingIn(exchange, variable);
    if (thing) return { value: thing.id, pointer: thing.pointer };
    const location = exchange.answer.headers['location'];
    const last = location?.split(/[?#]/)[0]?.split('/').at(-1);
    return last ? { value: decodeURIComponent(last) } : undefined;
  }

  #listed(exchange: Exchange, variable: string): Taken | undefined {
    const [first] = this.thingsIn(exchange, variable) ?? [];
    return first && { value: first.id, pointer: first.pointer };
  }

  /** OpenAPI Links: `operationId` with parameters by runtime expression. */
  #readLinks(operation: Operation): void {
    const { document, operations } = this.#contract;
    const responses = follow(document, operation.node['responses']);
    for (const value of Object.values(isObject(responses) ? responses : {})) {
      const response = follow(document, value);
      const links = isObject(response) ? response['links'] : undefined;
      for (const each of Object.values(isObject(links) ? links : {})) {
        const link = follow(document, each);
        const target = isObject(link) ? operations.find(({ id }) => id === link['operationId']) : undefined;
        if (!target || !isObject(link) || !isObject(link['parameters'])) continue;
        for (const [name, expression] of Object.entries(link['parameters'])) {
          const key = `${target.path} ${name.replace(/^path\./, '')}`;
          const source: Source = {
            operation,
            kind: operation.method === 'post' ? 'link' : 'list',
            read: (x) => taken(expression, x),
          };
          this.#links.set(key, [...(this.#links.get(key) ?? []), source]);
        }
      }
    }
  }
}

/** Shorter names (`id`, `key`) say nothing about whose they are. */
const leastName = 4;

function plainName(name: string): string {
  return name.replaceAll(/[_-]/g, '').toLowerCase();
}

function schemaOf({ operation, status, type }: Exchange): Schema | undefined {
  if (!isJson(type)) return undefined;
  return responseFor(operation, status)?.media.find((media) => isJson(media.type))?.schema;
}

function thingOf(item: JsonValue | undefined, pointer: string, names: readonly string[]): Thing | undefined {
  if (!isObject(item)) return undefined;
  const name = names.find((each) => typeof item[each] === 'string' || typeof item[each] === 'number');
  return name === undefined ? undefined : { id: item[name] as JsonValue, item, pointer: `${pointer}/${name}` };
}

function pointerOf(path: readonly string[]): string {
  return path.map((name) => `/${name}`).join('');
}

/** A constant, or what a runtime expression finds in an exchange. */
function taken(expression: JsonValue, { call, request, answer, value }: Exchange): Taken | undefined {
  if (typeof expression !== 'string' || !expression.startsWith('$')) return { value: expression };
  const found = evaluate(expression, {
    key: '',
    url: request.target,
    method: request.method,
    status: answer.status,
    input: { ...call.params, body: call.body },
    requestHeader: (name) => request.headers[name],
    responseHeaders: answer.headers,
    responseBody: value,
  }) as JsonValue | undefined;
  if (found === undefined) return undefined;
  const pointer = /^\$response\.body#(.*)$/.exec(expression)?.[1];
  return pointer === undefined ? { value: found } : { value: found, pointer };
}
