// `WWW-Authenticate` of bearer tokens (RFC 6750 3), with where tokens come from (RFC 9728 5.1), and what is said to whoever
// was not recognized.

import { unreachable } from '../kernel/index.ts';
import type { AuthenticationFault } from './authenticator.ts';

/** Makes the value of the field; parameters in the order given, those that are undefined left out. */
export type Challenge = (parameters: Readonly<Record<string, string | undefined>>) => string;

/** `metadata`: address of the protected resource's metadata, where there is one. Values hold neither quotes nor backslashes. */
export function challengeOf(metadata?: string): Challenge {
  return (parameters) => {
    const all = Object.entries({ realm: 'plinth', ...parameters, resource_metadata: metadata });
    const told = all.filter(([, value]) => value !== undefined && value !== '');
    return `Bearer ${told.map(([name, value]) => `${name}="${value}"`).join(', ')}`;
  };
}

/** Code and header fields of the refusal of a credential. `scope`: what the operation asks for. */
export function refusalOf(
  fault: AuthenticationFault,
  challenge: Challenge,
  scope?: string,
): { code: string; headers: string[] } {
  switch (fault.fault) {
    case 'none':
      return { code: 'unauthenticated', headers: ['WWW-Authenticate', challenge({ scope })] };
    case 'invalid':
      return { code: 'invalid-token', headers: ['WWW-Authenticate', challenge({ error: 'invalid_token', scope })] };
    // No challenge: it would send software for one token after the other.
    case 'suspended':
      return { code: 'partner-suspended', headers: [] };
    case 'cross-site':
      return { code: 'cross-site-request', headers: [] };
    case 'blocked':
      return { code: 'too-many-failures', headers: ['Retry-After', String(fault.retryAfterS)] };
    default:
      return unreachable(fault);
  }
}
