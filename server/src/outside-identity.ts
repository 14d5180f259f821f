// Issuers of the enterprise: a JSON file that PLINTH_ISSUERS names. Read once at start; whatever is wrong with it stops the
// start with the place and what would be right.
//
//   { "issuers": [{ "issuer": "https://id.example", "jwksUri": "https://id.example/keys", "audience": "https://api.example",
//                   "algorithms": ["ES256"], "kinds": ["customer"], "claims": { "customerId": "customer_number" } }],
//     "introspection": { "issuer": …, "uri": …, "clientId": …, "audience": … },
//     "signIn": { "issuer": "https://id.example", "clientId": "plinth" }, "embedded": false }

import { readFileSync } from 'node:fs';
import type { IntrospectionOptions, Issuer, Vouching } from '@plinth/runtime/pipeline';
import { claimFields } from '@plinth/runtime/pipeline/storeless';
import { ConfigError } from './config-error.ts';

export interface OutsideIdentity {
  issuers: readonly Issuer[];
  introspection: IntrospectionOptions | undefined;
  /** Where people sign in to our pages; undefined = at the embedded provider, or nowhere. */
  signIn: OutsideSignIn | undefined;
  /** False: the embedded identity provider does not run. */
  embedded: boolean;
}

/** Our pages as a client of an OpenID provider. */
export interface OutsideSignIn {
  /** One of the issuers of access tokens. */
  issuer: string;
  clientId: string;
  clientSecret: string;
  /** What is asked for. */
  scope: string;
  /** Whom access tokens are asked to be for (RFC 8707); undefined = nothing is said of it. */
  resource: string | undefined;
}

/** What does not stand in the file. */
export interface OutsideSecrets {
  /** Our own credential where tokens are asked about (PLINTH_INTROSPECTION_SECRET). */
  introspection: string | undefined;
  /** That of our pages where people sign in (PLINTH_SIGN_IN_SECRET). */
  signIn: string | undefined;
}

const key = 'PLINTH_ISSUERS';
const mostIssuers = 20;
const algorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
const kinds = ['customer', 'staff', 'partner', 'device', 'service'];

/** Kinds of people who have pages. */
export const peopleOfPages: ReadonlySet<string> = new Set(['customer', 'staff', 'partner']);

/** Throws ConfigError. */
export function readOutsideIdentity(file: string, secrets: OutsideSecrets): OutsideIdentity {
  const read = new Reader(file, parse(file));
  read.only('', ['issuers', 'introspection', 'signIn', 'embedded']);
  const given = read.at('/issuers', []);
  if (!Array.isArray(given) || given.length > mostIssuers)
    read.refuse('/issuers', `is not a list of at most ${mostIssuers}`, 'List issuers as objects.');
  const issuers = (given as unknown[]).map((_, index) => issuerAt(read, `/issuers/${index}`));
  const asked = read.at('/introspection') === undefined ? undefined : introspectionAt(read, secrets.introspection);
  if (issuers.length === 0 && asked === undefined)
    read.refuse('/issuers', 'is empty', 'Name at least one issuer, or leave PLINTH_ISSUERS away.');
  const embedded = read.at('/embedded', true);
  if (typeof embedded !== 'boolean') read.refuse('/embedded', 'is neither true nor false', 'Use true or false.');
  const signIn = read.at('/signIn') === undefined ? undefined : signInAt(read, issuers, secrets.signIn);
  return { issuers, introspection: asked, signIn, embedded: embedded as boolean };
}

function parse(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const advice = 'Name a JSON file; docs/guides/issuers.md shows one.';
    throw new ConfigError(key, `${key} names ${file}, which cannot be read (${(error as Error).message})`, advice);
  }
}

function issuerAt(read: Reader, place: string): Issuer {
  read.only(place, ['issuer', 'jwksUri', 'jwks', 'audience', 'algorithms', 'strictType', 'kinds', 'claims']);
  const jwks = read.at(`${place}/jwks`) as Issuer['jwks'] | undefined;
  const hasUri = read.at(`${place}/jwksUri`) !== undefined;
  if ((jwks === undefined) !== hasUri)
    read.refuse(place, 'has both jwks and jwksUri, or neither', 'Give the address of the keys, or the keys.');
  if (jwks !== undefined && !Array.isArray((jwks as { keys?: unknown }).keys))
    read.refuse(`${place}/jwks`, 'is no set of keys', 'Write { "keys": [ … ] } (RFC 7517).');
  return {
    issuer: read.text(`${place}/issuer`),
    audience: read.text(`${place}/audience`),
    algorithms: read.list(`${place}/algorithms`, algorithms),
    vouches: vouchingAt(read, place),
    ...(jwks === undefined ? { jwksUri: read.url(`${place}/jwksUri`) } : { jwks }),
    ...(read.at(`${place}/strictType`) === false ? { strictType: false } : {}),
  };
}

function introspectionAt(read: Reader, clientSecret: string | undefined): IntrospectionOptions {
  const place = '/introspection';
  read.only(place, ['issuer', 'uri', 'clientId', 'audience', 'kinds', 'claims']);
  if (!clientSecret)
    throw new ConfigError(
      'PLINTH_INTROSPECTION_SECRET',
      'Tokens are to be asked about, and there is no credential to ask with',
      'Set PLINTH_INTROSPECTION_SECRET_FILE to a file with the secret of our client at the issuer.',
    );
  return {
    issuer: read.text(`${place}/issuer`),
    uri: read.url(`${place}/uri`),
    clientId: read.text(`${place}/clientId`),
    clientSecret,
    audience: read.text(`${place}/audience`),
    vouches: vouchingAt(read, place),
  };
}

function signInAt(read: Reader, issuers: readonly Issuer[], clientSecret: string | undefined): OutsideSignIn {
  const place = '/signIn';
  read.only(place, ['issuer', 'clientId', 'scope', 'resource']);
  const name = read.text(`${place}/issuer`);
  const issuer = issuers.find((each) => each.issuer === name);
  if (issuer === undefined) read.refuse(`${place}/issuer`, 'is not listed', 'List it in /issuers, with its keys.');
  read.url(`${place}/issuer`);
  if (!issuer.vouches?.kinds.some((kind) => peopleOfPages.has(kind)))
    read.refuse(
      `${place}/issuer`,
      'vouches for nobody who has pages',
      `Give it kinds: ${[...peopleOfPages].join(', ')}.`,
    );
  if (!clientSecret)
    throw new ConfigError(
      'PLINTH_SIGN_IN_SECRET',
      `People are to sign in at ${name}, and our pages have no secret there`,
      'Set PLINTH_SIGN_IN_SECRET_FILE to a file with the secret of our client at the provider.',
    );
  const scope = read.at(`${place}/scope`) === undefined ? 'openid' : read.text(`${place}/scope`);
  if (!scope.split(' ').includes('openid'))
    read.refuse(`${place}/scope`, 'lacks openid', 'Write openid, and what else is asked for, separated by spaces.');
  const resource = read.at(`${place}/resource`) === undefined ? undefined : read.text(`${place}/resource`);
  return { issuer: name, clientId: read.text(`${place}/clientId`), clientSecret, scope, resource };
}

/** Customers only, unless more is said: an issuer of customers must not make staff. */
function vouchingAt(read: Reader, place: string): Vouching {
  const names = read.at(`${place}/claims`, {});
  read.only(`${place}/claims`, claimFields);
  for (const field of Object.keys(names as object)) read.text(`${place}/claims/${field}`);
  const vouched = read.at(`${place}/kinds`) === undefined ? ['customer'] : read.list(`${place}/kinds`, kinds);
  return { kinds: vouched as Vouching['kinds'], names: names as Record<string, string> };
}

/** Values of the file by JSON Pointer; refusals name the place. */
class Reader {
  readonly #file: string;
  readonly #root: unknown;

  constructor(file: string, root: unknown) {
    this.#file = file;
    this.#root = root;
  }

  at(pointer: string, absent?: unknown): unknown {
    let value = this.#root;
    for (const name of pointer.split('/').slice(1)) {
      if (typeof value !== 'object' || value === null) return absent;
      value = (value as Record<string, unknown>)[name];
    }
    return value ?? absent;
  }

  only(pointer: string, known: readonly string[]): void {
    const value = this.at(pointer);
    if (value === undefined && pointer.endsWith('/claims')) return;
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      this.refuse(pointer, 'is no object', 'docs/guides/issuers.md shows the whole file.');
    const odd = Object.keys(value).find((name) => !known.includes(name));
    if (odd !== undefined) this.refuse(`${pointer}/${odd}`, 'is not known', `Use only ${known.join(', ')}.`);
  }

  text(pointer: string): string {
    const value = this.at(pointer);
    if (typeof value !== 'string' || value === '') this.refuse(pointer, 'is no text', 'Give a text that is not empty.');
    return value;
  }

  url(pointer: string): string {
    const text = this.text(pointer);
    if (!['https:', 'http:'].includes(URL.parse(text)?.protocol ?? ''))
      this.refuse(
        pointer,
        'is no address',
        'Give an https address; http only to a pair in PLINTH_ALLOWED_PRIVATE_HOSTS.',
      );
    return text;
  }

  list(pointer: string, known: readonly string[]): string[] {
    const value = this.at(pointer);
    const isGood = Array.isArray(value) && value.length > 0 && value.every((each) => known.includes(each as string));
    if (!isGood) this.refuse(pointer, 'is not a list of known names', `Use some of ${known.join(', ')}.`);
    return value as string[];
  }

  refuse(pointer: string, why: string, advice: string): never {
    throw new ConfigError(key, `${key}: ${this.#file}, ${pointer || 'the whole'} ${why}`, advice);
  }
}
