// `--auth dev`: the mock issues tokens for whoever is named, and the edge judges them as it judges all tokens: audience,
// scopes and whose things they are. The key lives as long as the process.

import type { Audience } from '@plinth/contract/serving';
import { channelsOf } from '@plinth/runtime/pipeline/storeless';
import type { JWK } from 'jose';

export const issuer = 'urn:plinth:mock';
export const resource = 'urn:plinth:mock:api';
/** Seconds a token lives. */
export const tokenLifeS = 3600;

export interface DevTokens {
  jwks: { keys: JWK[] };
  issue(wish: TokenWish): Promise<string>;
}

export interface TokenWish {
  /** Name; a customer `ada` owns what belongs to `cus_ada`. */
  as: string;
  audience: Audience;
  /** Space-separated; absent = all. */
  scope: string | undefined;
}

export async function devTokens(): Promise<DevTokens> {
  // Most mocks look at no credential and start without it.
  const { exportJWK, generateKeyPair, SignJWT } = await import('jose');
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: 'mock', alg: 'ES256', use: 'sig' };
  return {
    jwks: { keys: [jwk] },
    issue({ as, audience, scope = '*' }) {
      // Tokens are judged by real time: a mock whose clock stands still would issue them expired.
      const nowS = Math.floor(Temporal.Now.instant().epochMilliseconds / 1000);
      return new SignJWT({ ...claimsOf(as, audience), scope, client_id: 'mock' })
        .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'mock' })
        .setIssuer(issuer)
        .setAudience(resource)
        .setSubject(as)
        .setIssuedAt(nowS)
        .setExpirationTime(nowS + tokenLifeS)
        .sign(privateKey);
    },
  };
}

/** An agent acts for the customer of the same name. */
function claimsOf(as: string, audience: Audience): Record<string, unknown> {
  if (audience === 'agent')
    return { plinth_audience: 'customer', customer_id: `cus_${as}`, act: { sub: 'mock-agent' } };
  return {
    plinth_audience: audience,
    ...(audience === 'customer' ? { customer_id: `cus_${as}` } : {}),
    ...(audience === 'partner' ? { partner_id: `par_${as}` } : {}),
  };
}

/** What is wrong with `?as=…&audience=…&scope=…` in words, or the wish. */
export function readTokenWish(query: URLSearchParams): TokenWish | string {
  const as = query.get('as') ?? '';
  if (!/^[a-z][a-z0-9_-]{0,39}$/.test(as)) return 'Say who: ?as=ada (a–z, 0–9, - and _).';
  const audience = query.get('audience') ?? 'customer';
  if (!(audience in channelsOf)) return `Audience is one of ${Object.keys(channelsOf).join(', ')}.`;
  return { as, audience: audience as Audience, scope: query.get('scope') ?? undefined };
}
