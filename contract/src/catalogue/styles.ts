// The matters of consistency: where each is seen in a contract, and in which style.

import { pagingOf } from '../emit/descriptor.ts';
import { propertiesOf, schemasOf, typesOf } from '../lint/nodes.ts';
import { follow, isObject } from '../load/pointer.ts';
import type { Contract, JsonObject, Operation, Requirement } from '../model/contract.ts';
import { isListAnswer } from '../model/resources.ts';
import { declaredMembers } from '../schema/members.ts';
import { versionPart, wordsOf } from './words.ts';

export interface Sighting {
  style: string;
  /** Where it was seen, in the author's words. */
  what: string;
  node: object;
  /** Nothing is settled here: never the usual style. */
  gap?: true;
}

/** Every matter by its name; each is looked at independently. */
export const matters = {
  'property names': propertyNames,
  'path names': pathNames,
  'operation ids': operationIds,
  'query parameter names': queryNames,
  paging,
  errors,
  dates,
  ids,
  money,
  authentication,
  versions,
} as const satisfies Record<string, (contract: Contract) => Sighting[]>;

export type Matter = keyof typeof matters;

const casings: readonly [style: string, is: RegExp][] = [
  ['camelCase', /^[a-z][a-z0-9]*([A-Z][A-Za-z0-9]*)+$/],
  ['snake_case', /^[a-z][a-z0-9]*(_[a-z0-9]+)+$/],
  ['kebab-case', /^[a-z][a-z0-9]*(-[a-z0-9]+)+$/],
  ['PascalCase', /^([A-Z][a-z0-9]*)+$/],
  ['SCREAMING_CASE', /^[A-Z0-9]+(_[A-Z0-9]+)+$/],
  ['dotted.name', /^[\w[\]]+(\.[\w[\]]+)+$/],
];

/** The casing of a name; undefined for one word in lower case, which fits them all. */
function casingOf(name: string): string | undefined {
  if (/^[a-z0-9]+$/.test(name)) return undefined;
  return casings.find(([, is]) => is.test(name))?.[0] ?? 'mixed';
}

/** Each name once, where it stands first. */
function named(names: Iterable<readonly [name: string, node: object]>): Sighting[] {
  const seen = new Set<string>();
  return [...names].flatMap(([what, node]) => {
    const style = casingOf(what);
    if (style === undefined || seen.has(what)) return [];
    seen.add(what);
    return [{ style, what, node }];
  });
}

function propertyNames(contract: Contract): Sighting[] {
  return named(
    schemasOf(contract)
      .flatMap(propertiesOf)
      .filter(([name]) => !/^[@$_]/.test(name)),
  );
}

function pathNames(contract: Contract): Sighting[] {
  return named(
    contract.operations.flatMap(({ path, node }) =>
      path
        .replace(/\?.*$/, '')
        .split('/')
        .filter((part) => part !== '' && !part.includes('{') && !versionPart.test(part))
        .map((part) => [part, node] as const),
    ),
  );
}

function operationIds(contract: Contract): Sighting[] {
  return contract.operations.flatMap(({ id, key, node }): Sighting[] => {
    if (typeof node['operationId'] !== 'string') return [{ style: 'missing', what: key, node, gap: true }];
    const style = casingOf(id);
    return style === undefined ? [] : [{ style, what: id, node }];
  });
}

function queryNames(contract: Contract): Sighting[] {
  return named(
    contract.operations.flatMap(({ params, node }) =>
      params.filter((param) => param.in === 'query').map(({ name }) => [name.replaceAll(/[[\]]/g, ''), node] as const),
    ),
  );
}

function paging(contract: Contract): Sighting[] {
  return contract.operations
    .filter(({ method, path }) => method === 'get' && !path.endsWith('}'))
    .filter((operation) => isListAnswer(contract, operation))
    .map((operation) => {
      const at = { what: operation.key, node: operation.node };
      const found = pagingOf(contract, operation);
      if (found) return { style: found.style ?? 'cursor', ...at };
      const style = namedPaging(operation);
      return style === undefined ? { style: 'none', ...at, gap: true } : { style, ...at };
    });
}

/** By the query parameters alone, where pages say nothing of what follows. */
function namedPaging({ params }: Operation): string | undefined {
  const asks = (is: RegExp): boolean => params.some((param) => param.in === 'query' && is.test(param.name));
  if (asks(/^(cursor|after|before|starting_?after|page_?token|continuation_?token)$/i)) return 'cursor';
  if (asks(/^(offset|skip|start)$/i)) return 'offset';
  return asks(/^page([-_]?(number|index|no))?$/i) ? 'page' : undefined;
}

function errors(contract: Contract): Sighting[] {
  return contract.operations.map((operation) => {
    const at = { what: operation.key, node: operation.node };
    const failures = operation.responses.filter(({ status }) =>
      typeof status === 'number' ? status >= 400 : status !== '2XX' && status !== '3XX',
    );
    const media = failures.flatMap((response) => response.media);
    // For a contract of ours the edge answers with problems by itself.
    if (!contract.foreign || media.some(({ type }) => type.startsWith('application/problem+')))
      return { style: 'problem+json', ...at };
    const schema = media.find(({ schema: shape }) => shape !== undefined)?.schema;
    if (schema !== undefined) return { style: ownError(contract, schema), ...at };
    return { style: failures.length > 0 ? 'status only' : 'not declared', ...at, gap: true };
  });
}

const shownProperties = 4;

/** An error shape of a house's own, by its properties. */
function ownError(
  contract: Contract,
  schema: NonNullable<Operation['responses'][number]['media'][number]['schema']>,
): string {
  const names = [...declaredMembers(schema, contract.document).properties.keys()];
  const more = names.length > shownProperties ? ', …' : '';
  return names.length === 0 ? 'own, free form' : `own {${names.slice(0, shownProperties).join(', ')}${more}}`;
}

/** Every named property with what it refers to, once each place. */
function properties(
  contract: Contract,
): { name: string; words: string[]; written: JsonObject; node: JsonObject; beside: string[] }[] {
  return schemasOf(contract).flatMap((schema) => {
    const own = propertiesOf(schema);
    const beside = own.map(([name]) => name);
    return own.flatMap(([name, written]) => {
      const node = follow(contract.document, written);
      return isObject(node) ? [{ name, words: wordsOf(name), written, node, beside }] : [];
    });
  });
}

const instants = /(?:^|[a-z_])(?:At|Date|_at|_date|_on|Time|DateTime|[Tt]imestamp)$|^(?:date|created|updated)$/;

/** Instants; a plain calendar date is something else. */
function dates(contract: Contract): Sighting[] {
  return properties(contract).flatMap(({ name, written, node }): Sighting[] => {
    const at = { what: name, node: written };
    const types = typesOf(node);
    if (node['format'] === 'date-time') return [{ style: 'date-time', ...at }];
    if (!instants.test(name) || node['format'] === 'date') return [];
    if (types.includes('integer') || types.includes('number')) return [{ style: 'Unix time', ...at }];
    return types.includes('string') && node['enum'] === undefined ? [{ style: 'free text', ...at, gap: true }] : [];
  });
}

function ids(contract: Contract): Sighting[] {
  return properties(contract).flatMap(({ name, written, node }): Sighting[] => {
    if (name.toLowerCase() !== 'id') return [];
    const types = typesOf(node);
    const at = { what: name, node: written };
    if (types.includes('integer') || types.includes('number')) return [{ style: 'number', ...at }];
    if (!types.includes('string')) return [];
    return [{ style: node['format'] === 'uuid' ? 'uuid' : 'text', ...at }];
  });
}

const moneyWords = new Set(['amount', 'price', 'subtotal', 'balance', 'fee', 'cost', 'discount']);

/** An object with a currency is money; so is a bare number that is named like it. */
function money(contract: Contract): Sighting[] {
  const whole = schemasOf(contract).flatMap((schema): Sighting[] => {
    const own = propertiesOf(schema);
    const currency = own.find(([name]) => /^currency(_?code)?$/i.test(name));
    const value = own.find(([name]) => /^(value|amount|amount_?minor|units?)$/i.test(name));
    const style = value && numberStyle(follow(contract.document, value[1]));
    if (!currency || !value || style === undefined || own.length > 4) return [];
    return [
      { style: `{${currency[0]}, ${value[0]}: ${style}}`, what: own.map(([name]) => name).join(', '), node: schema },
    ];
  });
  const inside = new Set(whole.map(({ node }) => node));
  const bare = schemasOf(contract)
    .filter((schema) => !inside.has(schema))
    .flatMap(propertiesOf)
    .flatMap(([name, written]): Sighting[] => {
      if (!moneyWords.has(wordsOf(name).at(-1) ?? '')) return [];
      const style = numberStyle(follow(contract.document, written));
      return style === undefined || style === 'text' ? [] : [{ style: `bare ${style}`, what: name, node: written }];
    });
  return [...whole, ...bare];
}

function numberStyle(schema: unknown): 'integer' | 'fraction' | 'text' | undefined {
  if (!isObject(schema)) return undefined;
  const types = typesOf(schema);
  if (types.includes('integer')) return 'integer';
  if (types.includes('number')) return 'fraction';
  return types.includes('string') ? 'text' : undefined;
}

function authentication(contract: Contract): Sighting[] {
  return contract.operations.map(({ security, key, node }) => {
    const at = { what: key, node };
    if (security === undefined) return { style: 'not declared', ...at, gap: true };
    const ways = [...new Set(security.map((needed) => wayOf(contract, needed)))].toSorted();
    return { style: ways.length === 0 || ways.includes('public') ? 'public' : ways.join(' or '), ...at };
  });
}

const schemeNames: Readonly<Record<string, string>> = {
  oauth2: 'OAuth 2',
  openIdConnect: 'OpenID Connect',
  mutualTLS: 'mutual TLS',
};

function wayOf(contract: Contract, needed: Requirement): string {
  const schemes = Object.keys(needed).map((name) => {
    const { type, in: place, scheme } = contract.securitySchemes.get(name) ?? {};
    if (type === 'apiKey' && typeof place === 'string') return `API key in ${place}`;
    if (type === 'http' && typeof scheme === 'string') return `HTTP ${scheme.toLowerCase()}`;
    return (typeof type === 'string' ? schemeNames[type] : undefined) ?? name;
  });
  return schemes.length === 0 ? 'public' : schemes.toSorted().join(' and ');
}

/** How callers say which version they mean: one sighting a contract. */
function versions(contract: Contract): Sighting[] {
  if (contract.operations.length === 0) return [];
  const at = { what: contract.version, node: contract.document };
  const paths = [contract.basePath, ...contract.operations.map(({ path }) => path)];
  if (paths.some((path) => path.split('/').some((part) => versionPart.test(part))))
    return [{ style: 'in the path', ...at }];
  const header = contract.operations
    .flatMap(({ params }) => params)
    .find((param) => param.in === 'header' && /^(x-v|(x-)?(api-)?version)$/i.test(param.name));
  return [header ? { style: 'in a header', ...at } : { style: 'nowhere', ...at, gap: true }];
}
