// The software that may ask for tokens: the platform's own, a demo agent, kiosks, and partners' applications.

import { timingSafeEqual } from 'node:crypto';
import { hashSecret, parseApiKey } from '@plinth/runtime';
import type { ClientMetadata } from 'oidc-provider';

/** Clients every demo knows. */
export const clients = { web: 'plinth-web', agent: 'northfold-agent', kiosk: 'plinth-kiosk' } as const;

/** A partner's server that acts for the partner itself (client credentials). */
export interface Application {
  id: string;
  /** Shown to people. */
  name: string;
  /** SHA-256 of the secrets of its API keys, hex: a key is shown once and kept nowhere. */
  secretHashes: readonly string[];
  /** `ptn_…` */
  partnerId: string;
  scopes: readonly string[];
}

const names: Readonly<Record<string, string>> = {
  [clients.web]: 'Northfold',
  [clients.agent]: 'Northfold Agent',
  [clients.kiosk]: 'a Northfold kiosk',
};

/** How pages call it. */
export function nameOf(client: { clientId: string; clientName?: string | undefined }): string {
  return names[client.clientId] ?? client.clientName ?? client.clientId;
}

/** Member of a client's metadata, and claim of its tokens: the channels it is registered for, the usual one first. */
export const channelsKey = 'plinth_channels';

const common = { id_token_signed_response_alg: 'ES256' as const, response_types: ['code' as const] };

/** `pages`: where the platform's own pages stand. */
export function knownClients(pages: string, webClientSecret: string): ClientMetadata[] {
  return [
    {
      ...common,
      // For no channels: they are the pages of customers, staff and partners, whose channels are those of their kind.
      client_id: clients.web,
      client_secret: webClientSecret,
      redirect_uris: [`${pages}/session/callback`],
      post_logout_redirect_uris: [`${pages}/`],
      // Operations may ask how long ago somebody signed in.
      require_auth_time: true,
      grant_types: ['authorization_code'],
    },
    // A native application: any loopback port is its own (RFC 8252, 7.3).
    {
      ...common,
      client_id: clients.agent,
      [channelsKey]: 'mcp chat',
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      redirect_uris: ['http://127.0.0.1/callback'],
      grant_types: ['authorization_code', 'refresh_token'],
    },
    {
      ...common,
      client_id: clients.kiosk,
      [channelsKey]: 'kiosk',
      token_endpoint_auth_method: 'none',
      redirect_uris: [],
      response_types: [],
      grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
    },
  ];
}

/** Client metadata of ours: the partner's id, and the scopes they were given. */
export const partnerKey = 'plinth_partner';
export const scopesKey = 'plinth_scopes';

export function applicationClient({ id, name, secretHashes, partnerId, scopes }: Application): ClientMetadata {
  return {
    client_id: id,
    [channelsKey]: 'partner',
    client_name: name,
    // What the provider keeps are hashes; `isSecret` below compares accordingly.
    client_secret: secretHashes.join(' '),
    id_token_signed_response_alg: 'ES256',
    redirect_uris: [],
    response_types: [],
    grant_types: ['client_credentials'],
    token_endpoint_auth_method: 'client_secret_basic',
    [partnerKey]: partnerId,
    [scopesKey]: scopes.join(' '),
  };
}

/** Our own web client's secret stands in clear (made anew at each start); a partner's application shows an API key. */
export function isSecret(client: { clientSecret?: string; [partnerKey]?: unknown }, given: string): boolean {
  const kept = client.clientSecret ?? '';
  if (client[partnerKey] === undefined) return sameText(given, kept);
  const secret = parseApiKey(given)?.secret;
  if (secret === undefined) return false;
  const shown = hashSecret(secret);
  return kept.split(' ').some((hash) => sameText(shown, hash));
}

/** In equal time for equal lengths. */
export function sameText(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length > 0 && a.length === b.length && timingSafeEqual(a, b);
}
