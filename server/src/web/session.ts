// Sign-in of browsers: the page holds a cookie, the server the session. Tokens never reach a page. The identity
// provider is reached by the standard protocol, so that another one can take its place.

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Principal, Sessions } from '@plinth/runtime';
import { channelsOf } from '@plinth/runtime/pipeline';
import * as oidc from 'openid-client';
import { apps } from './static.ts';

export interface SignInOptions {
  baseUrl: string;
  /** Where people sign in; undefined = nowhere. */
  provider: { issuer: string; clientId: string; clientSecret: string } | undefined;
  /** Audience of access tokens. */
  resource: string;
  sessions: Sessions;
  /** Verifies an access token and gives whom it names. */
  principalOf: (token: string) => Promise<Principal | undefined>;
  isRevoked: (principal: Principal) => boolean;
  /** A session ended: it ends in every process. */
  ended: (sessionId: string) => Promise<void>;
  onError: (error: unknown) => void;
}

/** Where each kind of person belongs. */
const homes: Readonly<Record<string, string>> = {
  customer: '/portal/',
  staff: '/desk/',
  partner: '/developers/',
  device: '/kiosk/',
};

const flowCookie = 'plinth_flow';
const flowLifeS = 600;

export class SignIn {
  readonly #options: SignInOptions;
  readonly #secure: boolean;
  readonly #flowKey = randomBytes(32);
  #provider: Promise<oidc.Configuration> | undefined;

  constructor(options: SignInOptions) {
    this.#options = options;
    this.#secure = options.baseUrl.startsWith('https:');
  }

  /** Answers `/session…`; false = not ours. */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const [path = ''] = (request.url ?? '').split('?', 1);
    const route = `${request.method} ${path}`;
    const routes: Record<string, () => Promise<void>> = {
      'GET /session': () => this.#show(request, response),
      'GET /session/login': () => this.#begin(request, response),
      'GET /session/callback': () => this.#finish(request, response),
      'POST /session/logout': () => this.#end(request, response),
    };
    const run = routes[route];
    if (!run || (this.#options.provider === undefined && path.startsWith('/session/'))) return false;
    void run().catch((error: unknown) => {
      this.#options.onError(error);
      if (!response.headersSent)
        response.writeHead(302, { location: '/portal/?signin=failed', 'cache-control': 'no-store' }).end();
    });
    return true;
  }

  /** The signed-in principal of a request, or undefined. */
  async principalOf(request: IncomingMessage): Promise<Principal | undefined> {
    const id = cookieOf(request, this.cookieName);
    const principal = id === undefined ? undefined : await this.#options.sessions.find(id);
    return principal === undefined || this.#options.isRevoked(principal) ? undefined : principal;
  }

  async #show(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const principal = await this.principalOf(request);
    const body = principal
      ? {
          signedIn: true,
          name: principal.name ?? '',
          audience: principal.audience,
          subject: principal.subject,
          customerId: principal.customerId ?? null,
          partnerId: principal.partnerId ?? null,
        }
      : { signedIn: false };
    sendJson(response, 200, body);
  }

  async #begin(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const query = new URL(request.url ?? '/', this.#options.baseUrl).searchParams;
    const verifier = oidc.randomPKCECodeVerifier();
    const state = oidc.randomState();
    const returnTo = safePath(query.get('returnTo') ?? `/${query.get('app') ?? 'portal'}/`);
    const target = oidc.buildAuthorizationUrl(await this.discover(), {
      redirect_uri: `${this.#options.baseUrl}/session/callback`,
      scope: 'openid',
      resource: this.#options.resource,
      state,
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      // Always asks: a shared screen must not sign in whoever was there before.
      prompt: 'login',
    });
    const flow = this.#seal(JSON.stringify({ verifier, state, returnTo, until: Date.now() + flowLifeS * 1000 }));
    response
      .writeHead(302, {
        location: target.href,
        'cache-control': 'no-store',
        'set-cookie': this.cookie(flowCookie, flow, flowLifeS, '/session'),
      })
      .end();
  }

  async #finish(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const flow = this.#unseal(cookieOf(request, flowCookie) ?? '');
    if (!flow) throw new Error('the sign-in was not begun in this browser, or took too long');
    const current = new URL(request.url ?? '/', this.#options.baseUrl);
    const tokens = await oidc.authorizationCodeGrant(
      await this.discover(),
      current,
      { pkceCodeVerifier: flow.verifier, expectedState: flow.state },
      { resource: this.#options.resource },
    );
    const principal = await this.firstParty(tokens.access_token);
    if (!principal) throw new Error('the identity provider gave a token that does not name anybody we know');
    const { id, maxAgeS } = await this.#options.sessions.start(principal);
    const home = flow.returnTo === '/portal/' ? (homes[principal.audience] ?? flow.returnTo) : flow.returnTo;
    response
      .writeHead(302, {
        location: home,
        'cache-control': 'no-store',
        'set-cookie': [this.cookie(this.cookieName, id, maxAgeS), this.cookie(flowCookie, '', 0, '/session')],
      })
      .end();
  }

  /** Our own pages act as the person themselves: every scope, no actor; audience and owner checks bound them. */
  async firstParty(token: string): Promise<Principal | undefined> {
    const principal = await this.#options.principalOf(token);
    if (!principal) return undefined;
    return { ...principal, scopes: new Set(['*']), channel: channelsOf[principal.audience][0] ?? 'web' };
  }

  async #end(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!isSameSite(request)) {
      sendJson(response, 403, { error: 'cross-site' });
      return;
    }
    const id = cookieOf(request, this.cookieName);
    const sessionId = id === undefined ? undefined : await this.#options.sessions.end(id);
    if (sessionId !== undefined) await this.#options.ended(sessionId);
    response
      .writeHead(204, {
        'cache-control': 'no-store',
        'clear-site-data': '"cache", "storage"',
        'set-cookie': this.cookie(this.cookieName, '', 0),
      })
      .end();
  }

  /** The identity provider, found once. */
  async discover(): Promise<oidc.Configuration> {
    const { provider } = this.#options;
    if (provider === undefined) throw new Error('nobody signs in here: there is no identity provider for browsers');
    this.#provider ??= oidc
      .discovery(new URL(provider.issuer), provider.clientId, provider.clientSecret, undefined, {
        execute: [oidc.allowInsecureRequests],
      })
      .catch((error: unknown) => {
        this.#provider = undefined;
        throw error;
      });
    return this.#provider;
  }

  /** Name of the cookie that holds the session. */
  get cookieName(): string {
    return SignIn.cookieNameOf(this.#options.baseUrl);
  }

  /** Under TLS a name that no other host can set. */
  static cookieNameOf(baseUrl: string): string {
    return baseUrl.startsWith('https:') ? '__Host-plinth' : 'plinth';
  }

  /** A `set-cookie` of ours; `maxAgeS` 0 removes it. */
  cookie(name: string, value: string, maxAgeS: number, path = '/'): string {
    return `${name}=${value}; Path=${path}; Max-Age=${maxAgeS}; HttpOnly; SameSite=Lax${this.#secure ? '; Secure' : ''}`;
  }

  #seal(text: string): string {
    const body = Buffer.from(text).toString('base64url');
    return `${body}.${createHmac('sha256', this.#flowKey).update(body).digest('base64url')}`;
  }

  #unseal(sealed: string): { verifier: string; state: string; returnTo: string } | undefined {
    const [body = '', mark = ''] = sealed.split('.');
    const right = createHmac('sha256', this.#flowKey).update(body).digest();
    const given = Buffer.from(mark, 'base64url');
    if (given.length !== right.length || !timingSafeEqual(given, right)) return undefined;
    const flow = JSON.parse(Buffer.from(body, 'base64url').toString()) as {
      verifier: string;
      state: string;
      returnTo: string;
      until: number;
    };
    return flow.until > Date.now() ? flow : undefined;
  }
}

/** Only paths of our own pages: a sign-in never sends anybody elsewhere. */
function safePath(path: string): string {
  const known =
    apps.some((app) => path === `/${app}` || path.startsWith(`/${app}/`)) ||
    path.startsWith('/confirmations/') ||
    path.startsWith('/visits/');
  return known && !path.includes('\\') && !path.startsWith('//') ? path : '/portal/';
}

/** Browsers say where a request comes from; one from another site changes nothing here. */
export function isSameSite(request: IncomingMessage): boolean {
  const { 'sec-fetch-site': site, origin, host } = request.headers;
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  // Browsers of old say at least from where a form was sent.
  return origin === undefined || (origin !== 'null' && URL.parse(origin)?.host === host);
}

export function cookieOf(request: IncomingMessage, name: string): string | undefined {
  for (const part of (request.headers.cookie ?? '').split(';')) {
    const at = part.indexOf('=');
    if (part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return undefined;
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string | string[]> = {},
): void {
  const text = JSON.stringify(body);
  response
    .writeHead(status, {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(text)),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...headers,
    })
    .end(text);
}
