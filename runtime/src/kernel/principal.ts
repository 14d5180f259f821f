// Who calls, after authentication. Made only by `runtime/security`; everything else reads it.

import { createHash } from 'node:crypto';
import type { Audience, Channel } from '@plinth/contract';

export interface Principal {
  readonly issuer: string;
  /** Stable within the issuer: the customer's, staff member's, device's or application's id there. */
  readonly subject: string;
  readonly audience: Audience;
  /** Set when the subject is a customer, or software acting for one: `cus_…`. */
  readonly customerId?: string;
  readonly applicationId?: string;
  readonly partnerId?: string;
  /** Outermost first: who acts for `subject`. */
  readonly actor: readonly string[];
  /** `*` = all scopes (embedded services only). */
  readonly scopes: ReadonlySet<string>;
  readonly acr: string;
  /** Seconds since the epoch. */
  readonly authTime: number;
  readonly sessionId?: string;
  /** `jti` of the token, or id of the key, that named the principal, by which that is withdrawn; a session has its own. */
  readonly credentialId?: string;
  /** Where it comes from now. */
  readonly channel: Channel;
  /** Where its application may come from, by its registration; undefined = it names none: those of its kind of caller. */
  readonly channels?: readonly Channel[];
  readonly name?: string;
  /** Seconds since the epoch after which the credential is worthless. */
  readonly expiresAt: number;
}

/** Nobody: the principal of a public operation. */
export const anonymous: Principal = {
  issuer: '',
  subject: '',
  audience: 'customer',
  actor: [],
  scopes: new Set(),
  acr: '',
  authTime: 0,
  channel: 'web',
  expiresAt: Number.MAX_SAFE_INTEGER,
};

/** The platform's own work: reactions, workflows, seeds. */
export function servicePrincipal(name: string, onBehalfOf?: string): Principal {
  return {
    issuer: 'plinth',
    subject: name,
    audience: 'service',
    actor: [name],
    scopes: new Set(['*']),
    acr: 'service',
    authTime: 0,
    channel: 'web',
    expiresAt: Number.MAX_SAFE_INTEGER,
    ...(onBehalfOf === undefined ? {} : { customerId: onBehalfOf }),
  };
}

/** One line per caller that stays the same when the token is renewed. */
export function whoIs(principal: Principal): string {
  const { issuer, subject, customerId = '', applicationId = '', actor } = principal;
  return [issuer, subject, customerId, applicationId, ...actor].map(encodeURIComponent).join(' ');
}

/** SHA-256 of `whoIs`: what is stored of a caller. */
export function whoHash(principal: Principal): Buffer {
  return createHash('sha256').update(whoIs(principal)).digest();
}

/** Whose yes software needs that comes as `principal`: its customer's. */
export function whoConfirms(principal: Principal): string {
  return principal.customerId ?? principal.subject;
}
