// The embedded OpenID provider of development and demo: sign-in for people, delegated tokens for software acting for
// them (agents), device enrolment. In production the enterprise's own provider takes its place by configuration.

import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Database } from '@plinth/runtime';
import type { JWK } from 'jose';
import Provider, { type ClientMetadata, type Configuration, type Grant, type KoaContextWithOIDC } from 'oidc-provider';
import { loadKeys } from './keys.ts';
import {
  consentPage,
  deviceCodePage,
  deviceConfirmPage,
  messagePage,
  signInPage,
  stylesheet,
  stylesheetPath,
} from './pages.ts';
import { recordStore, sweepRecords } from './store.ts';

export { oidcMigrations } from './store.ts';

export interface Account {
  username: string;
  password: string;
  name: string;
  /** Shown beside the name on the sign-in page. */
  note: string;
  audience: 'customer' | 'staff' | 'partner';
  /** `cus_…`, `stf_…` or `ptn_…`: the subject of tokens. */
  id: string;
}

export interface ProviderOptions {
  /** `http://localhost:4000`; the provider stands at `/oidc` below it. */
  baseUrl: string;
  database: Database;
  accounts: readonly Account[];
  /** Scopes of all contracts as they are now. */
  scopes: () => readonly string[];
  /** Secret of the platform's own web client. */
  webClientSecret: string;
  /** Told about defects of the provider; callers see a plain page. */
  onError: (error: unknown) => void;
}

export interface IdentityProvider {
  /** True when the request was one of the provider's (`/oidc/…`, its discovery document). */
  handle(request: IncomingMessage, response: ServerResponse): boolean;
  issuer: string;
  /** Audience of access tokens for the API, and of those for MCP. */
  audience: string;
  jwks: { keys: JWK[] };
  close(): void;
}

/** Clients every demo knows. */
export const clients = { web: 'plinth-web', agent: 'northfold-agent', kiosk: 'plinth-kiosk' } as const;

const clientNames: Readonly<Record<string, string>> = {
  [clients.web]: 'Northfold',
  [clients.agent]: 'Northfold Agent',
  [clients.kiosk]: 'a Northfold kiosk',
};

const csp =
  "default-src 'none'; style-src 'self'; img-src data:; form-action 'self' http://127.0.0.1:* http://localhost:*; base-uri 'none'; frame-ancestors 'none'";

/** Starts the provider; keys are made on first use and kept. */
export async function createIdentityProvider(options: ProviderOptions): Promise<IdentityProvider> {
  const keys = await loadKeys(options.database);
  const issuer = `${options.baseUrl}/oidc`;
  const audience = `${options.baseUrl}/`;
  const byId = new Map(options.accounts.map((account) => [account.id, account]));
  const provider = new Provider(issuer, configuration(options, { keys, audience, byId }));
  // Behind the platform's own listener on loopback or a proxy that speaks for us.
  provider.proxy = true;
  provider.on('server_error', (_context: unknown, error: unknown) => options.onError(error));
  const callback = provider.callback();
  const pages = new Pages(provider, options);
  const sweep = setInterval(() => void sweepRecords(options.database).catch(options.onError), 600_000);
  sweep.unref();
  return {
    issuer,
    audience,
    jwks: keys.public,
    close: () => clearInterval(sweep),
    handle(request, response) {
      const target = request.url ?? '';
      if (!target.startsWith('/oidc/')) return false;
      if (target === stylesheetPath) {
        response.writeHead(200, { 'content-type': 'text/css', 'cache-control': 'max-age=3600' }).end(stylesheet);
        return true;
      }
      if (target.startsWith('/oidc/interaction/')) {
        void pages.handle(request, response).catch((error: unknown) => {
          options.onError(error);
          sendPage(
            response,
            400,
            messagePage('This sign-in has ended', 'Go back to where you came from and start again.'),
          );
        });
        return true;
      }
      // What the provider calls its mount point: the path below the issuer.
      Object.assign(request, { originalUrl: target });
      request.url = target.slice('/oidc'.length);
      void callback(request, response);
      return true;
    },
  };
}

interface Parts {
  keys: Awaited<ReturnType<typeof loadKeys>>;
  audience: string;
  byId: ReadonlyMap<string, Account>;
}

function configuration(options: ProviderOptions, { keys, audience, byId }: Parts): Configuration {
  const mcp = `${options.baseUrl}/mcp`;
  return {
    adapter: recordStore(options.database) as unknown as Configuration['adapter'] & object,
    clients: knownClients(options),
    jwks: keys.private as unknown as NonNullable<Configuration['jwks']>,
    cookies: {
      keys: keys.cookieKeys,
      names: { session: 'plinth_oidc', interaction: 'plinth_interaction', resume: 'plinth_resume' },
    },
    pkce: { required: () => true },
    scopes: ['openid', 'offline_access'],
    claims: { openid: ['sub', 'name', 'plinth_audience', 'customer_id', 'partner_id'] },
    findAccount: (_context, id) => {
      const account = byId.get(id);
      return account && { accountId: id, claims: () => ({ sub: id, ...claimsOf(account) }) };
    },
    interactions: { url: (_context, interaction) => `/oidc/interaction/${interaction.uid}` },
    loadExistingGrant: (context) => existingGrant(context, { audience, scopes: options.scopes }),
    extraTokenClaims: (_context, token) => {
      const account = 'accountId' in token && token.accountId ? byId.get(token.accountId) : undefined;
      const client = (token as { clientId?: string }).clientId;
      if (!account) return undefined;
      if (client === clients.kiosk) return { plinth_audience: 'device', name: 'Kiosk' };
      return { ...claimsOf(account), ...(client === clients.web ? {} : { act: { sub: client ?? 'agent' } }) };
    },
    features: {
      devInteractions: { enabled: false },
      revocation: { enabled: true },
      clientCredentials: { enabled: true },
      deviceFlow: {
        enabled: true,
        userCodeInputSource: (context, form, _out, error) =>
          renderPage(context, deviceCodePage(form, error ? 'That code is not known or has ended.' : undefined)),
        userCodeConfirmSource: (context, form, _client, _device, code) =>
          renderPage(context, deviceConfirmPage(form, code)),
        successSource: (context) =>
          renderPage(context, messagePage('The device is enrolled', 'You can go back to it now.')),
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => audience,
        useGrantedResource: () => true,
        getResourceServerInfo: (_context, resource) => {
          if (resource !== audience && resource !== mcp) throw new Error('unknown resource');
          return {
            scope: [...new Set(options.scopes())].join(' '),
            audience: resource,
            accessTokenFormat: 'jwt',
            accessTokenTTL: 3600,
            jwt: { sign: { alg: 'ES256' } },
          };
        },
      },
    },
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

function knownClients({ baseUrl, webClientSecret }: ProviderOptions): ClientMetadata[] {
  const common = { id_token_signed_response_alg: 'ES256' as const, response_types: ['code' as const] };
  return [
    {
      ...common,
      client_id: clients.web,
      client_secret: webClientSecret,
      redirect_uris: [`${baseUrl}/session/callback`],
      grant_types: ['authorization_code'],
      post_logout_redirect_uris: [`${baseUrl}/`],
    },
    // A native application: any loopback port is its own (RFC 8252, 7.3).
    {
      ...common,
      client_id: clients.agent,
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      redirect_uris: ['http://127.0.0.1/callback'],
      grant_types: ['authorization_code', 'refresh_token'],
    },
    {
      ...common,
      client_id: clients.kiosk,
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      redirect_uris: [],
      response_types: [],
      grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
    },
  ];
}

function claimsOf(account: Account): Record<string, string> {
  return {
    plinth_audience: account.audience,
    name: account.name,
    ...(account.audience === 'customer' ? { customer_id: account.id } : {}),
    ...(account.audience === 'partner' ? { partner_id: account.id } : {}),
  };
}

/** The platform's own pages and devices need no consent page; software of others does. */
async function existingGrant(
  context: KoaContextWithOIDC,
  by: { audience: string; scopes: () => readonly string[] },
): Promise<Grant | undefined> {
  const { oidc } = context;
  const clientId = oidc.client?.clientId;
  const known =
    oidc.result?.consent?.grantId ?? (clientId === undefined ? undefined : oidc.session?.grantIdFor(clientId));
  if (known) return oidc.provider.Grant.find(known);
  if (clientId !== clients.web && clientId !== clients.kiosk) return undefined;
  const accountId = oidc.session?.accountId;
  if (!accountId) return undefined;
  const grant = new oidc.provider.Grant({ clientId, accountId });
  grant.addOIDCScope('openid offline_access');
  grant.addResourceScope(by.audience, by.scopes().join(' '));
  await grant.save();
  return grant;
}

function renderPage(
  context: { type?: string; body?: unknown; set(name: string, value: string): void },
  html: string,
): void {
  context.type = 'html';
  context.set('content-security-policy', csp);
  context.body = html;
}

function sendPage(response: ServerResponse, status: number, html: string): void {
  if (response.headersSent) return;
  response
    .writeHead(status, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': csp,
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    })
    .end(html);
}

/** Sign-in and consent: what the provider calls interactions. */
class Pages {
  readonly #provider: Provider;
  readonly #options: ProviderOptions;

  constructor(provider: Provider, options: ProviderOptions) {
    this.#provider = provider;
    this.#options = options;
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, , , uid = '', act] = (request.url ?? '').split('?', 1)[0]?.split('/') ?? [];
    const details = await this.#provider.interactionDetails(request, response);
    if (details.uid !== uid) throw new Error('another interaction');
    const client = clientNames[String(details.params['client_id'])] ?? String(details.params['client_id']);
    if (request.method !== 'POST') {
      sendPage(
        response,
        200,
        details.prompt.name === 'consent' ? consentPage(uid, client, this.#wishes(details)) : this.#signIn(uid, client),
      );
      return;
    }
    const form = new URLSearchParams(await readForm(request));
    if (act === 'login') await this.#login(request, response, { uid, client, form });
    else if (act === 'allow') await this.#allow(request, response, details);
    else
      await this.#provider.interactionFinished(request, response, {
        error: 'access_denied',
        error_description: 'The customer did not allow it.',
      });
  }

  async #login(
    request: IncomingMessage,
    response: ServerResponse,
    given: { uid: string; client: string; form: URLSearchParams },
  ): Promise<void> {
    const username = (given.form.get('username') ?? '').trim().toLowerCase();
    const account = this.#options.accounts.find((entry) => entry.username === username);
    if (!account || !sameText(account.password, given.form.get('password') ?? '')) {
      sendPage(response, 401, this.#signIn(given.uid, given.client, 'User name and password do not belong together.'));
      return;
    }
    await this.#provider.interactionFinished(request, response, { login: { accountId: account.id } });
  }

  async #allow(
    request: IncomingMessage,
    response: ServerResponse,
    details: Awaited<ReturnType<Provider['interactionDetails']>>,
  ): Promise<void> {
    const { prompt, params, session, grantId } = details;
    const grant =
      (grantId ? await this.#provider.Grant.find(grantId) : undefined) ??
      new this.#provider.Grant({ accountId: session?.accountId ?? '', clientId: String(params['client_id']) });
    const missing = prompt.details as { missingOIDCScope?: string[]; missingResourceScopes?: Record<string, string[]> };
    if (missing.missingOIDCScope) grant.addOIDCScope(missing.missingOIDCScope.join(' '));
    for (const [resource, scopes] of Object.entries(missing.missingResourceScopes ?? {}))
      grant.addResourceScope(resource, scopes.join(' '));
    await this.#provider.interactionFinished(
      request,
      response,
      { consent: { grantId: await grant.save() } },
      { mergeWithLastSubmission: true },
    );
  }

  #signIn(uid: string, client: string, error?: string): string {
    return signInPage({ uid, client, accounts: this.#options.accounts, ...(error ? { error } : {}) });
  }

  /** Scopes in words: `orders.read` → "See your orders". */
  #wishes(details: Awaited<ReturnType<Provider['interactionDetails']>>): string[] {
    const missing = details.prompt.details as { missingResourceScopes?: Record<string, string[]> };
    const scopes = Object.values(missing.missingResourceScopes ?? {}).flat();
    return scopes.map((scope) => {
      const [thing = scope, act = ''] = scope.split('.');
      return act === 'read'
        ? `See your ${thing}`
        : act === 'write'
          ? `Change your ${thing}, after asking you`
          : `${thing}: ${act}`;
    });
  }
}

const formBytes = 8192;

async function readForm(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > formBytes) throw new Error('the form is too large');
  }
  return text;
}

function sameText(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}
