// Which claim feeds which field of a Principal. Claims of our embedded identity provider; others map to the same names.

import type { Audience, Channel } from '@plinth/contract';
import type { Principal } from '../kernel/index.ts';
import type { Claims } from './strict-token.ts';

const people = new Set<string>(['customer', 'staff', 'device', 'partner', 'service']);

/** The first is what a caller of that kind uses unless `Plinth-Channel` names another of the list. */
export const channelsOf: Readonly<Record<Audience, readonly Channel[]>> = {
  customer: ['web', 'mobile', 'chat'],
  staff: ['desk', 'web'],
  agent: ['mcp', 'chat'],
  partner: ['partner'],
  device: ['kiosk'],
  service: ['web', 'mobile', 'chat', 'kiosk', 'desk', 'partner', 'mcp'],
};

/** undefined when the claims do not name somebody this platform knows how to treat. */
export function toPrincipal(claims: Claims, issuer: string): Principal | undefined {
  const subject = text(claims['sub']);
  if (subject === undefined) return undefined;
  const kind = claims['plinth_audience'] ?? 'customer';
  if (typeof kind !== 'string' || !people.has(kind)) return undefined;
  const actor = actors(claims['act']);
  // Software acting for somebody is an agent, whoever it acts for.
  const audience: Audience = actor.length > 0 ? 'agent' : (kind as Audience);
  const customerId = text(claims['customer_id']);
  const applicationId = text(claims['client_id']) ?? text(claims['azp']);
  const partnerId = text(claims['partner_id']);
  const sessionId = text(claims['sid']);
  const name = text(claims['name']);
  return {
    issuer,
    subject,
    audience,
    actor,
    scopes: new Set((text(claims['scope']) ?? '').split(' ').filter(Boolean)),
    acr: text(claims['acr']) ?? '',
    authTime: typeof claims['auth_time'] === 'number' ? claims['auth_time'] : 0,
    channel: channelsOf[audience][0] as Channel,
    expiresAt: claims['exp'] as number,
    ...(customerId === undefined ? {} : { customerId }),
    ...(applicationId === undefined ? {} : { applicationId }),
    ...(partnerId === undefined ? {} : { partnerId }),
    ...(sessionId === undefined ? {} : { sessionId }),
    ...(name === undefined ? {} : { name }),
  };
}

/** The chain of `act` claims (RFC 8693), outermost first; at most 5 deep. */
function actors(act: unknown): string[] {
  const chain: string[] = [];
  let next = act;
  for (let depth = 0; depth < 5 && typeof next === 'object' && next !== null; depth++) {
    const { sub, act: inner } = next as { sub?: unknown; act?: unknown };
    chain.push(text(sub) ?? 'unknown');
    next = inner;
  }
  return chain;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
