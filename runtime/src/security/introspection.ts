// Opaque access tokens (RFC 7662): the issuer is asked, with our own credential, through the guarded client. An answer is
// good for 60 s and never longer than the token. When the issuer does not answer, nobody is let in on a guess.

import { hash } from 'node:crypto';
import { PortError, type Clock } from '../kernel/index.ts';
import type { Vouching } from './claims.ts';
import type { Egress } from './egress.ts';
import { checkClaims, type TokenRefusal } from './issuers.ts';
import type { Claims } from './strict-token.ts';
import type { Verified } from './token-cache.ts';

export interface IntrospectionOptions {
  /** The principal's issuer; an answer that names another is refused. */
  issuer: string;
  uri: string;
  /** Our own credential at the issuer. */
  clientId: string;
  clientSecret: string;
  /** Exact `aud` of tokens for the API; an answer without it is refused. */
  audience: string;
  /** Whom the issuer may vouch for. undefined = whoever its answers name. */
  vouches?: Vouching | undefined;
}

const mostCachedS = 60;
/** Questions under way; more callers are told to come again. */
const mostUnderWay = 64;
/** `b64token` of RFC 6750, as long as something that cannot be guessed. Three parts are a JWT and never asked about. */
const shape = /^[A-Za-z0-9._~+/-]{16,4096}={0,2}$/;

/** True for what may be an opaque token. */
export function looksOpaque(credential: string): boolean {
  return shape.test(credential) && credential.split('.', 4).length !== 3;
}

export class Introspection {
  readonly #options: IntrospectionOptions;
  readonly #egress: Egress;
  readonly #clock: Clock;
  readonly #authorization: string;
  readonly #underWay = new Map<string, Promise<Verified | TokenRefusal>>();

  constructor(options: IntrospectionOptions, egress: Egress, clock: Clock) {
    this.#options = options;
    this.#egress = egress;
    this.#clock = clock;
    const pair = [options.clientId, options.clientSecret].map(encodeURIComponent).join(':');
    this.#authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
  }

  /** One question per token at a time. Rejects with PortError `unavailable` when the issuer gives no usable answer. */
  verify(token: string, audience = this.#options.audience): Promise<Verified | TokenRefusal> {
    const key = hash('sha256', `${audience} ${token}`, 'base64');
    const known = this.#underWay.get(key);
    if (known !== undefined) return known;
    if (this.#underWay.size >= mostUnderWay)
      return Promise.reject(new PortError('unavailable', 'Too many tokens are being asked about'));
    const asked = this.#ask(token, audience).finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, asked);
    return asked;
  }

  async #ask(token: string, audience: string): Promise<Verified | TokenRefusal> {
    const { issuer, uri, vouches } = this.#options;
    const claims = await this.#answer(uri, token);
    if (claims['active'] !== true) return { refused: 'not active' };
    if (claims['iss'] !== undefined && claims['iss'] !== issuer) return { refused: 'another issuer' };
    const type = claims['token_type'] ?? 'bearer';
    if (typeof type !== 'string' || type.toLowerCase() !== 'bearer') return { refused: 'not a bearer token' };
    const nowS = Math.floor(this.#clock.now().epochMilliseconds / 1000);
    const { exp = nowS + mostCachedS, ...others } = claims;
    const result = checkClaims(
      { ...others, exp },
      { issuer, ...(vouches === undefined ? {} : { vouches }) },
      { audience, nowS },
    );
    if ('refused' in result) return result;
    // Of a token that is asked about no clock is forgiven.
    return { ...result, until: Math.min(exp as number, nowS + mostCachedS) };
  }

  async #answer(url: string, token: string): Promise<Claims> {
    const { status, body } = await this.#egress({
      url,
      headers: {
        authorization: this.#authorization,
        accept: 'application/json',
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: new URLSearchParams({ token, token_type_hint: 'access_token' }).toString(),
    }).catch((error: unknown) => {
      throw new PortError('unavailable', 'The issuer cannot be asked about a token', error);
    });
    if (status !== 200) throw new PortError('unavailable', `The issuer answers ${status} about a token`);
    let value: unknown;
    try {
      value = JSON.parse(body);
    } catch (error) {
      throw new PortError('unavailable', 'The issuer’s answer about a token is no JSON', error);
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new PortError('unavailable', 'The issuer’s answer about a token is no object');
    return value as Claims;
  }
}
