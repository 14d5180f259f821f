// How the provider is set: code flow with PKCE for people, device flow for kiosks, client credentials for partners'
// servers; access tokens are JWTs for one resource (RFC 8707), the API or MCP.

import type { Database } from '@plinth/runtime';
import type { Configuration, Grant, KoaContextWithOIDC } from 'oidc-provider';
import { type Account, claimsOf, passwordClass } from './account.ts';
import { type Application, channelsKey, clients, knownClients, partnerKey, scopesKey } from './clients.ts';
import type { Keys } from './keys.ts';
import { errors } from './library.ts';
import { deviceCodePage, deviceConfirmPage, messagePage, signOutPage } from './pages.ts';
import { pageHeaders } from './respond.ts';
import { recordStore } from './store.ts';

export interface Setting {
  /** `http://localhost:4000`; the provider stands at `/oidc` below it. */
  baseUrl: string;
  /** Where the platform's own pages stand that people sign in to; `baseUrl` when absent. */
  pages?: string | undefined;
  database: Database;
  /** Scopes of all contracts as they are now. */
  scopes: () => readonly string[];
  webClientSecret: string;
  /** Audience of tokens for the API. */
  audience: string;
  keys: Keys;
  byId: ReadonlyMap<string, Account>;
  findApplication: (id: string) => Promise<Application | undefined>;
}

const identityScopes = ['openid', 'offline_access'];

export function configurationOf(setting: Setting): Configuration {
  const { keys, byId } = setting;
  return {
    adapter: recordStore(setting.database, setting.findApplication),
    clients: knownClients(setting.pages ?? setting.baseUrl, setting.webClientSecret),
    extraClientMetadata: { properties: [partnerKey, scopesKey, channelsKey] },
    jwks: keys.private,
    cookies: {
      keys: keys.cookieKeys,
      names: { session: 'plinth_oidc', interaction: 'plinth_interaction', resume: 'plinth_resume' },
    },
    // All that is known of a person here is a password.
    acrValues: [passwordClass],
    pkce: { required: () => true },
    scopes: identityScopes,
    claims: { openid: ['sub', 'name', 'plinth_audience', 'customer_id', 'partner_id'] },
    findAccount: (_context, id) => {
      const account = byId.get(id);
      return account && { accountId: id, claims: () => ({ sub: id, ...claimsOf(account) }) };
    },
    interactions: { url: (_context, interaction) => `/oidc/interaction/${interaction.uid}` },
    loadExistingGrant: (context) => existingGrant(context, setting),
    extraTokenClaims: (context, token) => ({
      ...tokenClaims(context, token, setting),
      [channelsKey]: context.oidc.client?.[channelsKey],
    }),
    features: featuresOf(setting),
    ttl: {
      AccessToken: 3600,
      AuthorizationCode: 60,
      Interaction: 1800,
      Session: 43_200,
      Grant: 1_209_600,
      RefreshToken: 1_209_600,
      DeviceCode: 600,
      IdToken: 3600,
      ClientCredentials: 600,
    },
    renderError: (context, out) =>
      renderPage(context, messagePage('That did not work', out.error_description ?? out.error)),
  };
}

function featuresOf({ baseUrl, audience, scopes }: Setting): NonNullable<Configuration['features']> {
  const mcp = `${baseUrl}/mcp`;
  return {
    devInteractions: { enabled: false },
    // Pages beside it end their own session alone: the person is asked anew at every sign-in.
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: (context, form) => renderPage(context, signOutPage(form)),
      postLogoutSuccessSource: (context) =>
        renderPage(context, messagePage('You are signed out', 'You can close this page.')),
    },
    revocation: { enabled: true },
    clientCredentials: { enabled: true },
    deviceFlow: {
      enabled: true,
      userCodeInputSource: (context, form, _out, error) =>
        renderPage(context, deviceCodePage(form, error ? 'That code is not known or has ended.' : undefined)),
      userCodeConfirmSource: (context, form, ...[, , code]) => renderPage(context, deviceConfirmPage(form, code)),
      successSource: (context) =>
        renderPage(context, messagePage('The device is enrolled', 'You can go back to it now.')),
    },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => audience,
      useGrantedResource: () => true,
      getResourceServerInfo: (context, resource, client) => {
        if (resource !== audience && resource !== mcp)
          throw new errors.InvalidTarget(`tokens are for ${audience} or ${mcp}, not for ${resource}`);
        const given = client[scopesKey];
        const allowed = typeof given === 'string' ? given.split(' ') : [...new Set(scopes())];
        refuseOtherScopes(context, allowed);
        return {
          scope: allowed.join(' '),
          audience: resource,
          accessTokenFormat: 'jwt',
          accessTokenTTL: 3600,
          jwt: { sign: { alg: 'ES256' } },
        };
      },
    },
  };
}

/** Left alone, the provider would drop them without a word, and the software would meet a 403 much later. */
function refuseOtherScopes({ oidc }: KoaContextWithOIDC, allowed: readonly string[]): void {
  const wanted = oidc.params?.['scope'];
  if (typeof wanted !== 'string') return;
  const other = wanted.split(' ').filter((scope) => scope && ![...allowed, ...identityScopes].includes(scope));
  const first = other.slice(0, 5).join(' ');
  if (other.length > 0)
    throw new errors.InvalidScope(`${first}: no operation asks for it, or this application was not given it`, first);
}

type ExtraClaims = NonNullable<Configuration['extraTokenClaims']>;

const tokenClaims = (
  context: KoaContextWithOIDC,
  token: Parameters<ExtraClaims>[1],
  { byId }: Setting,
): Record<string, unknown> => {
  const { client } = context.oidc;
  const account = 'accountId' in token && token.accountId ? byId.get(token.accountId) : undefined;
  if (!account) return { plinth_audience: 'partner', partner_id: client?.[partnerKey], name: client?.clientName };
  if (client?.clientId === clients.kiosk) return { plinth_audience: 'device', name: 'Kiosk' };
  return { ...claimsOf(account), ...(client?.clientId === clients.web ? {} : { act: { sub: client?.clientId } }) };
};

/** The platform's own pages and devices that staff enrols need no consent page; software of others does. */
async function existingGrant(
  { oidc }: KoaContextWithOIDC,
  { audience, scopes, byId }: Setting,
): Promise<Grant | undefined> {
  const clientId = oidc.client?.clientId;
  const accountId = oidc.session?.accountId;
  if (clientId === undefined || accountId === undefined) return undefined;
  if (clientId === clients.kiosk && byId.get(accountId)?.audience !== 'staff') return undefined;
  const known = oidc.result?.consent?.grantId ?? oidc.session?.grantIdFor(clientId);
  if (known) return oidc.provider.Grant.find(known);
  if (clientId !== clients.web && clientId !== clients.kiosk) return undefined;
  const grant = new oidc.provider.Grant({ clientId, accountId });
  grant.addOIDCScope(identityScopes.join(' '));
  grant.addResourceScope(audience, scopes().join(' '));
  await grant.save();
  return grant;
}

function renderPage(
  context: { type?: string; body?: unknown; set(headers: Record<string, string>): void },
  html: string,
): void {
  context.set(pageHeaders);
  context.body = html;
}
