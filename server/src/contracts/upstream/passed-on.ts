// What of a call goes on as it came, where a manifest passes calls on: what its contract names is judged and written anew,
// and what came beside it follows.

import { compileBodyCodec, type Contract, isJsonType, type Param } from '@plinth/contract';
import type { Sent } from '@plinth/runtime';
import { fieldsPassed } from '@plinth/runtime/pipeline';
import type { PlanParts, Written } from './plan.ts';

/** What the contract names, written; `content`: the body as it was judged. */
interface Named {
  query: string;
  /** By lower-case name. */
  headers: Readonly<Record<string, string>>;
  content: unknown;
}

/** Adds what came beside it. A call from within has nothing beside it. */
type Passing = (named: Named, sent: Sent | undefined) => Omit<Written, 'method' | 'target'> & { query: string };

/** Of an operation whose manifest passes calls on, and maps nothing of it. */
export function compilePassing({ manifest, contract, operation, theirs, idempotency }: PlanParts): Passing {
  const params = [...operation.params, ...theirs.params];
  const addsQuery = operation.policy.unknown === 'pass' && params.every((param) => param.in !== 'querystring');
  const named = (place: Param['in']): string[] => [...namesOf(params, place), ...credentialsOf(contract, place)];
  const inQuery = new Set(named('query').map(asRead));
  const kept = new Set(['idempotency-key', ...named('header').map((name) => name.toLowerCase())]);
  const { credential } = manifest;
  if (credential !== undefined && 'header' in credential) kept.add(credential.header.toLowerCase());
  if (typeof idempotency === 'object' && 'header' in idempotency) kept.add(idempotency.header.toLowerCase());
  const keptCookies = new Set(named('cookie'));
  const codec = operation.body && compileBodyCodec(operation.body, contract, { unknown: 'pass' });
  return ({ query, headers, content }, sent) => {
    const { cookie, ...written } = headers;
    if (sent === undefined) {
      const encoded = content === undefined ? undefined : codec?.encode(content);
      const fields = ['accept', 'application/json', ...Object.entries(headers).flat()];
      return { query, headers: fields, body: encoded?.body, type: encoded?.type };
    }
    const body = bodyOf(content, sent);
    // A digest of other bytes than those that go would be wrong.
    const isAnew = body.body !== sent.body;
    const others = fieldsPassed(sent, (name) => kept.has(name) || (isAnew && /^(?:content-md5|.*digest)$/.test(name)));
    const cookies = others.cookies.filter((each) => !keptCookies.has(each.split('=', 1)[0]?.trim() ?? ''));
    const all = [...(cookie === undefined ? [] : [cookie]), ...cookies].join('; ');
    return {
      query: addsQuery ? joined(query, undeclared(sent.query, query, inQuery)) : query,
      headers: [...Object.entries(written).flat(), ...others.fields, ...(all === '' ? [] : ['cookie', all])],
      ...body,
    };
  };
}

/** JSON as it was judged, in one spelling for both sides; anything else as the bytes that came. */
function bodyOf(content: unknown, { fields, body }: Sent): Pick<Written, 'body' | 'type'> {
  if (content === undefined) return { body: undefined };
  const at = fields.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === 'content-type');
  const type = fields[at + 1] ?? '';
  return isJsonType(type) ? { body: JSON.stringify(content), type } : { body, type };
}

/**
 * Members of a query that the contract does not name, as they came. What the other side could take for a declared one would
 * not be what was judged; nor would what it takes for two members, or for the method.
 */
function undeclared(raw: string, written: string, declared: ReadonlySet<string>): string {
  if (raw === '') return '';
  const said = new Set(written.slice(1).split('&').map(nameIn));
  return raw
    .split('&')
    .filter((member) => {
      const name = nameIn(member);
      return name !== '' && name !== '_method' && !said.has(name) && !declared.has(name);
    })
    .join('&')
    .replaceAll(';', '%3B')
    .replaceAll('#', '%23');
}

function joined(query: string, more: string): string {
  return more === '' ? query : `${query === '' ? '?' : `${query}&`}${more}`;
}

/** Decoded; a broken escape stays as it is. */
function nameIn(member: string): string {
  const [name = ''] = new URLSearchParams(member).keys();
  return asRead(name);
}

/** A name as the most lenient readers take it: `Account.Id[0]` is `account_id`. */
function asRead(name: string): string {
  return (name.split('[', 1)[0] ?? '').toLowerCase().replaceAll(/[.\s]/g, '_');
}

function namesOf(params: readonly Param[], place: Param['in']): string[] {
  return params.filter((param) => param.in === place).map(({ name }) => name);
}

/** Where the contract says that keys of callers are. */
function credentialsOf({ securitySchemes }: Contract, place: Param['in']): string[] {
  return [...securitySchemes.values()].flatMap(({ type, in: where, name }) =>
    type === 'apiKey' && where === place && typeof name === 'string' ? [name] : [],
  );
}
