// The reader: a bundled, upgraded document → the model. One bad operation is set aside by name; the rest loads.

import type {
  Body,
  Contract,
  EventType,
  Example,
  Finding,
  JsonObject,
  JsonValue,
  Media,
  Method,
  Operation,
  Param,
  ProblemType,
  Requirement,
  Response,
  Schema,
  Server,
  Tag,
} from '../model/contract.ts';
import { inferPaging } from '../model/paging.ts';
import { inferResources } from '../model/resources.ts';
import { readLinks } from './links.ts';
import type { Origins } from './origin.ts';
import { follow, isObject, valueAt } from './pointer.ts';
import { readPolicy } from './policy.ts';
import { pathOf, readServers } from './servers.ts';

const methods: readonly Method[] = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace', 'query'];
const places: readonly string[] = ['path', 'query', 'querystring', 'header', 'cookie'] satisfies Param['in'][];

export interface ReadInput {
  document: JsonObject;
  dialect: Contract['dialect'];
  foreign: boolean;
  events: EventType[];
  problems: ProblemType[];
  origins: Origins;
  findings: Finding[];
  /** Objects whose `$ref` leads nowhere; an operation that needs one is set aside. */
  unresolved: ReadonlySet<object>;
}

/** Builds the contract. Findings are added to `input.findings`. */
export function readContract(input: ReadInput): Contract {
  const { document } = input;
  const info = object(document['info']);
  const extension = object(document['x-plinth']);
  const title = text(info['title']) || 'Untitled';
  const version = text(info['version']) || '0.0.0';
  const components = object(document['components']);
  const servers = readServers(document['servers']) ?? [];
  const reader = new Reader(input, extension, servers);
  const contract: Contract = {
    id: text(extension['capability']) || kebab(title),
    title,
    version,
    major: Number(/^v?(\d+)/.exec(version)?.[1] ?? 0),
    dialect: input.dialect,
    basePath: servers[0] ? pathOf(servers[0]) : '',
    servers,
    tags: list(document['tags']).filter(isObject).map(readTag),
    securitySchemes: new Map(
      Object.entries(object(components['securitySchemes'])).map(([name, scheme]) => [
        name,
        object(follow(document, scheme)),
      ]),
    ),
    operations: reader.operations(),
    webhooks: reader.webhooks(),
    schemas: new Map(Object.entries(object(components['schemas'])) as [string, Schema][]),
    events: input.events,
    problems: input.problems,
    policy: readPolicy(extension, {}, undefined, input.foreign),
    resources: [],
    document,
    foreign: input.foreign,
    at: (node) => input.origins.at(node),
  };
  readLinks(contract.operations, document);
  inferPaging(contract);
  contract.resources = inferResources(contract);
  return contract;
}

/** Why one operation cannot be read. */
class Unusable extends Error {}

class Reader {
  readonly #input: ReadInput;
  readonly #extension: JsonObject;
  readonly #servers: Server[];
  readonly #ids = new Set<string>();

  constructor(input: ReadInput, extension: JsonObject, servers: Server[]) {
    this.#input = input;
    this.#extension = extension;
    this.#servers = servers;
  }

  operations(): Operation[] {
    const found: Operation[] = [];
    for (const [path, value] of Object.entries(object(this.#input.document['paths']))) {
      const item = this.#follow(value);
      if (path.startsWith('x-')) continue;
      if (path.startsWith('/') && isObject(item)) found.push(...this.#pathItem(path, item));
      else this.#setAside(isObject(value) ? value : object(this.#input.document['paths']), path, 'it is no path item');
    }
    return found;
  }

  webhooks(): Operation[] {
    return Object.entries(object(this.#input.document['webhooks'])).flatMap(([name, value]) => {
      const item = this.#follow(value);
      return isObject(item) ? this.#pathItem(`/${name}`, item) : [];
    });
  }

  #pathItem(path: string, item: JsonObject): Operation[] {
    const more = Object.entries(object(item['additionalOperations']));
    const written: [Method, JsonValue | undefined][] = [
      ...methods.map((method): [Method, JsonValue | undefined] => [method, item[method]]),
      ...more.map(([name, node]): [Method, JsonValue] => [name.toLowerCase(), node]),
    ];
    return written.flatMap(([method, node]) => {
      if (node === undefined) return [];
      const name = `${method.toUpperCase()} ${path}`;
      if (!isObject(node)) return this.#setAside(item, name, 'it is no operation');
      const broken = this.#brokenReference(node) ?? this.#brokenReference(item['parameters']);
      if (broken !== undefined) return this.#setAside(node, name, `it needs ${broken}, which is not there`);
      try {
        return [this.#operation(method, path, node, item)];
      } catch (error) {
        if (!(error instanceof Unusable)) throw error;
        return this.#setAside(node, name, error.message);
      }
    });
  }

  #setAside(node: object, name: string, why: string): [] {
    this.#input.findings.push({
      ...this.#input.origins.at(node),
      rule: 'operation-unusable',
      severity: 'error',
      message: `${name} is set aside: ${why}.`,
    });
    return [];
  }

  /** The first reference below `start` that leads nowhere, also behind other references. */
  #brokenReference(start: JsonValue | undefined): string | undefined {
    const { unresolved, document } = this.#input;
    // The common case: nothing is broken, so nothing is searched.
    if (unresolved.size === 0) return undefined;
    const seen = new Set<JsonValue>();
    const queue = [start];
    for (let next = queue.pop(); queue.length > 0 || next !== undefined; next = queue.pop()) {
      if (typeof next !== 'object' || next === null || seen.has(next)) continue;
      seen.add(next);
      if (isObject(next) && typeof next['$ref'] === 'string') {
        if (unresolved.has(next)) return next['$ref'];
        queue.push(valueAt(document, next['$ref'].slice(1)));
      }
      queue.push(...Object.values(next));
    }
    return undefined;
  }

  #operation(method: Method, path: string, node: JsonObject, item: JsonObject): Operation {
    const policy = readPolicy(this.#extension, object(node['x-plinth']), method, this.#input.foreign);
    const body = this.#body(node['requestBody']);
    const security = node['security'] ?? this.#input.document['security'];
    return {
      id: this.#uniqueId(text(node['operationId']) || derivedId(method, path)),
      key: `${method.toUpperCase()} ${path.replaceAll(/\{[^}]*\}/g, '{}')}`,
      method,
      path,
      summary: text(node['summary']),
      description: text(node['description']),
      params: this.#params(list(item['parameters']), list(node['parameters'])),
      ...(body ? { body } : {}),
      responses: this.#responses(object(node['responses'])),
      callbacks: Object.values(object(node['callbacks'])).flatMap((callback) => {
        const followed = this.#follow(callback);
        return Object.entries(object(followed)).flatMap(([url, value]) => {
          const target = this.#follow(value);
          return isObject(target) ? this.#pathItem(url.startsWith('/') ? url : `/${url}`, target) : [];
        });
      }),
      links: [],
      security: Array.isArray(security)
        ? security.filter(isObject).map((entry) => entry as unknown as Requirement)
        : undefined,
      servers: readServers(node['servers']) ?? readServers(item['servers']) ?? this.#servers,
      tags: list(node['tags']).map(text),
      deprecated: node['deprecated'] === true,
      policy,
      node,
    };
  }

  /** The path item's parameters, an operation's own winning by (name, in). Three header names mean nothing here. */
  #params(shared: JsonValue[], own: JsonValue[]): Param[] {
    const byKey = new Map<string, Param>();
    for (const value of [...shared, ...own]) {
      const node = this.#follow(value);
      if (!isObject(node)) continue;
      const param = this.#param(node);
      if (param.in === 'header' && ['accept', 'content-type', 'authorization'].includes(param.name.toLowerCase()))
        continue;
      byKey.set(`${param.in} ${param.in === 'header' ? param.name.toLowerCase() : param.name}`, param);
    }
    return [...byKey.values()];
  }

  #param(node: JsonObject, name = text(node['name']), place = text(node['in']) as Param['in']): Param {
    if (!places.includes(place)) throw new Unusable(`a parameter stands in "${place}"`);
    const [media, value] = Object.entries(object(node['content']))[0] ?? [];
    const content = this.#follow(value);
    const style = text(node['style']) || (place === 'path' || place === 'header' ? 'simple' : 'form');
    return {
      name,
      in: place,
      required: place === 'path' || node['required'] === true,
      description: text(node['description']),
      style,
      explode: typeof node['explode'] === 'boolean' ? node['explode'] : style === 'form' || style === 'cookie',
      allowReserved: node['allowReserved'] === true,
      schema: ((isObject(content) ? content['schema'] : node['schema']) as Schema | undefined) ?? true,
      ...(media ? { media } : {}),
      ...(isObject(content) && isObject(content['encoding']) ? { encoding: content['encoding'] } : {}),
      policy: object(node['x-plinth']),
    };
  }

  #body(value: JsonValue | undefined): Body | undefined {
    const node = this.#follow(value);
    if (!isObject(node)) return undefined;
    return { required: node['required'] === true, media: this.#media(object(node['content'])) };
  }

  #responses(node: JsonObject): Response[] {
    return Object.entries(node).flatMap(([status, value]) => {
      const response = this.#follow(value);
      if (!isObject(response) || !/^([1-5]\d\d|[1-5]XX|default)$/i.test(status)) return [];
      return [
        {
          status: /^\d{3}$/.test(status) ? Number(status) : status.length === 3 ? status.toUpperCase() : 'default',
          summary: text(response['summary']),
          description: text(response['description']),
          headers: Object.entries(object(response['headers'])).flatMap(([name, header]) => {
            const followed = this.#follow(header);
            return isObject(followed) ? [this.#param(followed, name, 'header')] : [];
          }),
          media: this.#media(object(response['content'])),
        },
      ];
    });
  }

  #media(content: JsonObject): Media[] {
    return Object.entries(content).map(([type, value]) => {
      const media = object(this.#follow(value));
      return {
        type: type.toLowerCase(),
        ...(media['schema'] === undefined ? {} : { schema: media['schema'] as Schema }),
        ...(media['itemSchema'] === undefined ? {} : { itemSchema: media['itemSchema'] as Schema }),
        encoding: object(media['encoding']),
        ...(Array.isArray(media['prefixEncoding']) ? { prefixEncoding: media['prefixEncoding'].map(object) } : {}),
        ...(isObject(media['itemEncoding']) ? { itemEncoding: media['itemEncoding'] } : {}),
        examples: this.#examples(media, type),
      };
    });
  }

  #examples(media: JsonObject, type: string): Example[] {
    const named = Object.entries(object(media['examples'])).flatMap(([name, value]) => {
      const example = object(this.#follow(value));
      const shown = exampleValue(example, type);
      return shown === undefined ? [] : [{ name, summary: text(example['summary']), value: shown }];
    });
    return media['example'] === undefined
      ? named
      : [{ name: 'example', summary: '', value: media['example'] }, ...named];
  }

  #uniqueId(wanted: string): string {
    let id = wanted;
    for (let count = 2; this.#ids.has(id); count++) id = `${wanted}${count}`;
    this.#ids.add(id);
    return id;
  }

  /** From 3.1 on, words beside a reference are better than those of what it names; before, they mean nothing. */
  #follow(value: JsonValue | undefined): JsonValue | undefined {
    const found = follow(this.#input.document, value);
    if (found === value || !isObject(value) || !isObject(found) || this.#input.dialect < '3.1') return found;
    const words = ['summary', 'description'].filter((key) => typeof value[key] === 'string');
    return words.length === 0
      ? found
      : { ...found, ...Object.fromEntries(words.map((key) => [key, value[key] ?? ''])) };
  }
}

/** `dataValue` (3.2) is the value as data, as `value` means to be; `serializedValue` is its text on the wire. */
function exampleValue(example: JsonObject, type: string): JsonValue | undefined {
  const shown = example['dataValue'] ?? example['value'];
  const serialized = example['serializedValue'];
  if (shown !== undefined || typeof serialized !== 'string' || !/[/+]json\b/i.test(type)) return shown ?? serialized;
  try {
    return JSON.parse(serialized) as JsonValue;
  } catch {
    return undefined;
  }
}

function readTag(node: JsonObject): Tag {
  const keys = ['summary', 'description', 'parent', 'kind'] as const;
  const known = keys.flatMap((key) => (typeof node[key] === 'string' ? [[key, node[key]]] : []));
  return { name: text(node['name']), ...(Object.fromEntries(known) as Partial<Tag>) };
}

/** `GET /orders/{orderId}` → `getOrdersByOrderId`; does not depend on the order of paths. */
export function derivedId(method: string, path: string): string {
  const words = path
    .split('/')
    .filter(Boolean)
    .map((part) => {
      const name = part
        .replaceAll(/[{}]/g, '')
        .replaceAll(/[^A-Za-z0-9]+(.)?/g, (_, letter: string | undefined) => (letter ?? '').toUpperCase());
      const capital = name.charAt(0).toUpperCase() + name.slice(1);
      return part.startsWith('{') ? `By${capital}` : capital;
    });
  return `${method}${words.join('') || 'Root'}`;
}

function kebab(title: string): string {
  return title
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replaceAll(/[^A-Za-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .toLowerCase();
}

function object(value: JsonValue | undefined): JsonObject {
  return isObject(value) ? value : {};
}

function list(value: JsonValue | undefined): JsonValue[] {
  return Array.isArray(value) ? value : [];
}

function text(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
}
