// Typed values by name → path, query and headers; the other way of params.ts.

import type { Operation, Param } from '../model/contract.ts';

export interface EncodedParams {
  /** Path with its variables filled in. */
  path: string;
  /** `?a=1` or ''. */
  query: string;
  /** By lower-case name. */
  headers: Record<string, string>;
}

/** Values that are undefined are left out; an empty exploded list cannot be told from none. */
export function encodeParams(
  operation: Pick<Operation, 'path' | 'params'>,
  input: Readonly<Record<string, unknown>>,
): EncodedParams {
  let { path } = operation;
  const query: string[] = [];
  const headers: Record<string, string> = {};
  const cookies: string[] = [];
  for (const param of operation.params) {
    const value = input[param.name];
    if (value === undefined) continue;
    if (param.in === 'path') path = path.replace(`{${param.name}}`, encodeURIComponent(plain(value, param)));
    else if (param.in === 'header') headers[param.name.toLowerCase()] = plain(value, param);
    else if (param.in === 'cookie') cookies.push(`${param.name}=${plain(value, param)}`);
    else if (param.in === 'querystring' && (param.media?.includes('json') || !isRecord(value)))
      query.push(percent(value));
    else query.push(...encodeQuery(param, value));
  }
  if (cookies.length > 0) headers['cookie'] = cookies.join('; ');
  return { path, query: query.length > 0 ? `?${query.join('&')}` : '', headers };
}

/** Style simple: `a,b`, `k,v` or exploded `k=v`. */
function plain(value: unknown, { explode, media }: Pick<Param, 'explode' | 'media'>): string {
  if (media?.includes('json')) return JSON.stringify(value);
  if (Array.isArray(value)) return value.map(scalar).join(',');
  if (!isRecord(value)) return scalar(value);
  return Object.entries(value)
    .map(([key, part]) => `${key}${explode ? '=' : ','}${scalar(part)}`)
    .join(',');
}

function scalar(value: unknown): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
}

function percent(value: unknown): string {
  return encodeURIComponent(scalar(value));
}

function encodeQuery(param: Param, value: unknown): string[] {
  const name = encodeURIComponent(param.name);
  if (param.media?.includes('json')) return [`${name}=${encodeURIComponent(JSON.stringify(value))}`];
  if (param.style === 'deepObject') return encodeDeep(name, value);
  if (Array.isArray(value)) {
    if (param.explode) return value.map((part) => `${name}=${percent(part)}`);
    const delimiter = param.style === 'spaceDelimited' ? '%20' : param.style === 'pipeDelimited' ? '%7C' : ',';
    return [`${name}=${value.map(percent).join(delimiter)}`];
  }
  if (!isRecord(value)) return [`${name}=${percent(value)}`];
  const entries = Object.entries(value).map(([key, part]) => [encodeURIComponent(key), percent(part)]);
  return param.explode
    ? entries.map(([key, part]) => `${key}=${part}`)
    : [`${name}=${entries.map((entry) => entry.join(',')).join(',')}`];
}

function encodeDeep(name: string, value: unknown): string[] {
  if (Array.isArray(value)) {
    return value.flatMap((part, index) =>
      typeof part === 'object' && part !== null
        ? encodeDeep(`${name}[${index}]`, part)
        : [`${name}[]=${percent(part)}`],
    );
  }
  if (!isRecord(value)) return [`${name}=${percent(value)}`];
  return Object.entries(value)
    .filter(([, part]) => part !== undefined)
    .flatMap(([key, part]) => encodeDeep(`${name}[${encodeURIComponent(key)}]`, part));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
