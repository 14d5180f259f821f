// Which claim feeds which field of a Principal. Claims of our embedded identity provider; others map to the same names.

import type { Audience, Channel } from '@plinth/contract';
import type { Principal } from '../kernel/index.ts';
import type { Claims } from './strict-token.ts';

const people = new Set<string>(['customer', 'staff', 'device', 'partner', 'service']);

/**
 * Where callers of a kind come from whose application is registered for no channels. The first is the usual one;
 * `Plinth-Channel` chooses another of the list.
 */
export const channelsOf: Readonly<Record<Audience, readonly Channel[]>> = {
  customer: ['web', 'mobile', 'chat'],
  staff: ['desk', 'web'],
  agent: ['mcp', 'chat'],
  partner: ['partner'],
  device: ['kiosk'],
  service: ['web', 'mobile', 'chat', 'kiosk', 'desk', 'partner', 'mcp'],
};

/** Claims that decide what the caller may do. One of another kind, or empty, must not read as one that is absent. */
const names = ['sub', 'plinth_audience', 'customer_id', 'partner_id', 'client_id', 'azp', 'sid', 'jti'] as const;

/** Fields of a principal and the claim each is read from, for tokens of our own issuer. */
const ownClaims = {
  subject: 'sub',
  audience: 'plinth_audience',
  customerId: 'customer_id',
  partnerId: 'partner_id',
  applicationId: 'client_id',
  scopes: 'scope',
  acr: 'acr',
  sessionId: 'sid',
  channels: 'plinth_channels',
  name: 'name',
} as const;

/** Names of claims that an issuer uses in place of ours. */
export type ClaimNames = Readonly<Partial<Record<keyof typeof ownClaims, string>>>;

/** Fields whose claim may have another name. */
export const claimFields: readonly string[] = Object.keys(ownClaims);

/** What an outside issuer may vouch for, and in which words. */
export interface Vouching {
  /** Kinds of callers it may name; a token without a kind names the first. */
  kinds: readonly Audience[];
  names?: ClaimNames | undefined;
}

/** Claims of an outside issuer in our words. undefined when it names somebody it may not vouch for, or nobody's things. */
export function translate(claims: Claims, { kinds, names = {} }: Vouching): Claims | undefined {
  const told: Record<string, unknown> = { ...claims };
  for (const [field, own] of Object.entries(ownClaims)) {
    const theirs = names[field as keyof ClaimNames];
    if (theirs === undefined) continue;
    // Ours is not looked at: it may mean something else there.
    told[own] = claims[theirs];
  }
  for (const list of ['scope', 'plinth_channels'])
    if (Array.isArray(told[list])) told[list] = (told[list] as unknown[]).join(' ');
  const kind = told['plinth_audience'] ?? kinds[0];
  told['plinth_audience'] = kind;
  if (!kinds.includes(kind as Audience)) return undefined;
  // Whose things they may touch must be said: a subject of theirs is no id of ours.
  if (kind === 'customer' && told['customer_id'] === undefined) return undefined;
  return kind === 'partner' && told['partner_id'] === undefined ? undefined : told;
}

/** undefined when the claims do not name somebody this platform knows how to treat, or say it in another form. */
export function toPrincipal(claims: Claims, issuer: string): Principal | undefined {
  if (names.some((name) => claims[name] !== undefined && text(claims[name]) === undefined)) return undefined;
  if (['scope', 'acr', 'plinth_channels'].some((name) => !['string', 'undefined'].includes(typeof claims[name])))
    return undefined;
  const subject = text(claims['sub']);
  const kind = claims['plinth_audience'] ?? 'customer';
  const actor = actors(claims['act']);
  if (subject === undefined || actor === undefined || !people.has(kind as string)) return undefined;
  // Software acting for somebody is an agent, whoever it acts for.
  const audience: Audience = actor.length > 0 ? 'agent' : (kind as Audience);
  const customerId = text(claims['customer_id']);
  const applicationId = text(claims['client_id']) ?? text(claims['azp']);
  const partnerId = text(claims['partner_id']);
  const sessionId = text(claims['sid']);
  const credentialId = text(claims['jti']);
  const name = text(claims['name']);
  const channels = registered(text(claims['plinth_channels']));
  return {
    issuer,
    subject,
    audience,
    actor,
    scopes: new Set((text(claims['scope']) ?? '').split(' ').filter(Boolean)),
    acr: text(claims['acr']) ?? '',
    authTime: typeof claims['auth_time'] === 'number' ? claims['auth_time'] : 0,
    channel: (channels ?? channelsOf[audience])[0] as Channel,
    expiresAt: claims['exp'] as number,
    ...(customerId === undefined ? {} : { customerId }),
    ...(applicationId === undefined ? {} : { applicationId }),
    ...(partnerId === undefined ? {} : { partnerId }),
    ...(sessionId === undefined ? {} : { sessionId }),
    ...(credentialId === undefined ? {} : { credentialId }),
    ...(channels === undefined ? {} : { channels }),
    ...(name === undefined ? {} : { name }),
  };
}

/** The channels of a registration, names between spaces, the usual one first; undefined when it names none that there is. */
function registered(names = ''): Channel[] | undefined {
  const every: readonly string[] = channelsOf.service;
  const channels = names.split(' ').filter((name) => every.includes(name));
  return channels.length === 0 ? undefined : (channels as Channel[]);
}

const mostActors = 5;

/** The chain of `act` claims (RFC 8693), outermost first; undefined for one that is longer than 5 or no chain of names. */
function actors(act: unknown): string[] | undefined {
  const chain: string[] = [];
  for (let next = act; next !== undefined;) {
    if (typeof next !== 'object' || next === null || chain.length === mostActors) return undefined;
    const { sub, act: inner } = next as { sub?: unknown; act?: unknown };
    const name = text(sub);
    if (name === undefined) return undefined;
    chain.push(name);
    next = inner;
  }
  return chain;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
