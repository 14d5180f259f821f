// Sign-in of browsers: the page holds a cookie, the server the session. Tokens never reach a page. The identity
// provider is reached by the standard protocol, so that another one can take its place.

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Egress, Principal, Sessions } from '@plinth/runtime';
import { type FromBrowser, mayUseCookie } from '@plinth/runtime/pipeline';
import * as oidc from 'openid-client';
import { apps } from './static.ts';

export interface SignInOptions {
  baseUrl: string;
  /** Where people sign in; undefined = nowhere. */
  provider: SignInProvider | undefined;
  /** Seals what a browser keeps during a sign-in; the same in all processes that may finish it. */
  flowKey: Buffer;
  sessions: Sessions;
  /** Verifies an access token and gives whom it names. */
  principalOf: (token: string) => Promise<Principal | undefined>;
  isRevoked: (principal: Principal) => boolean;
  /** A session ended: it ends in every process. */
  ended: (sessionId: string) => Promise<void>;
  onError: (error: unknown) => void;
}

export interface SignInProvider {
  issuer: string;
  clientId: string;
  clientSecret: string;
  /** What is asked for; `openid` is among it. */
  scope: string;
  /** Audience that access tokens are asked to have; undefined = nothing is said of it. */
  resource: string | undefined;
  /** How it is reached; undefined = it is this very process. */
  egress: Egress | undefined;
  /** Signing out ends the person's session there, too. */
  endsSessions: boolean;
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

/** A sign-in may end in another process than it began in: what they share is the sealing key. Without one none knows another's. */
export function flowKeyOf(sealingKey: string | undefined): Buffer {
  return sealingKey === undefined ? randomBytes(32) : createHmac('sha256', sealingKey).update('sign-in').digest();
}

export class SignIn {
  readonly #options: SignInOptions;
  readonly #secure: boolean;
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
    const [state, nonce] = [oidc.randomState(), oidc.randomNonce()];
    const asked = stepUpOf(query);
    const { provider } = this.#options;
    const returnTo = safePath(query.get('returnTo') ?? `/${query.get('app') ?? 'portal'}/`);
    const target = oidc.buildAuthorizationUrl(await this.discover(), {
      redirect_uri: `${this.#options.baseUrl}/session/callback`,
      scope: provider?.scope ?? 'openid',
      ...resourceOf(provider),
      ...(asked.acr === undefined ? {} : { acr_values: asked.acr }),
      ...(asked.maxAgeS === undefined ? {} : { max_age: String(asked.maxAgeS) }),
      state,
      nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      // Always asks: a shared screen must not sign in whoever was there before.
      prompt: 'login',
    });
    const until = Date.now() + flowLifeS * 1000;
    const flow = this.#seal(JSON.stringify({ verifier, state, nonce, returnTo, maxAgeS: asked.maxAgeS, until }));
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
      {
        pkceCodeVerifier: flow.verifier,
        expectedState: flow.state,
        expectedNonce: flow.nonce,
        idTokenExpected: true,
        ...(flow.maxAgeS === undefined ? {} : { maxAge: flow.maxAgeS }),
      },
      resourceOf(this.#options.provider),
    );
    const person = await this.firstParty(tokens.access_token);
    const principal = person && withSignIn(person, tokens.claims() ?? {});
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
    return { ...principal, scopes: new Set(['*']) };
  }

  async #end(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!mayUseCookie(saidBy(request), [this.#options.baseUrl])) {
      sendJson(response, 403, { error: 'cross-site' });
      return;
    }
    const id = cookieOf(request, this.cookieName);
    const sessionId = id === undefined ? undefined : await this.#options.sessions.end(id);
    if (sessionId !== undefined) await this.#options.ended(sessionId);
    const headers = {
      'cache-control': 'no-store',
      'clear-site-data': '"cache", "storage"',
      'set-cookie': this.cookie(this.cookieName, '', 0),
    };
    const there = id === undefined ? undefined : await this.#endThere();
    if (there === undefined) response.writeHead(204, headers).end();
    else sendJson(response, 200, { continueAt: there }, headers);
  }

  /** Where the browser ends the person's session at the provider; undefined = there is nothing to end. */
  async #endThere(): Promise<string | undefined> {
    if (this.#options.provider?.endsSessions !== true) return undefined;
    try {
      const found = await this.discover();
      if (found.serverMetadata().end_session_endpoint === undefined) return undefined;
      return oidc.buildEndSessionUrl(found, { post_logout_redirect_uri: `${this.#options.baseUrl}/` }).href;
    } catch (error) {
      // Ours has ended; that of a provider which does not answer ends by itself.
      this.#options.onError(error);
      return undefined;
    }
  }

  /** The identity provider, found once. */
  async discover(): Promise<oidc.Configuration> {
    const { provider } = this.#options;
    if (provider === undefined) throw new Error('nobody signs in here: there is no identity provider for browsers');
    const { egress } = provider;
    // An outside one is reached by the guarded client, which judges addresses by itself, and its id tokens are verified.
    const how =
      egress === undefined
        ? { execute: [oidc.allowInsecureRequests] }
        : {
            execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks],
            [oidc.customFetch]: fetchBy(egress),
          };
    const authentication = egress === undefined ? undefined : oidc.ClientSecretBasic(provider.clientSecret);
    this.#provider ??= oidc
      .discovery(new URL(provider.issuer), provider.clientId, provider.clientSecret, authentication, how)
      .catch((error: unknown) => {
        this.#provider = undefined;
        throw error;
      });
    return this.#provider;
  }

  /** Our own origin. */
  get baseUrl(): string {
    return this.#options.baseUrl;
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
    return `${body}.${createHmac('sha256', this.#options.flowKey).update(body).digest('base64url')}`;
  }

  #unseal(sealed: string): Flow | undefined {
    const [body = '', mark = ''] = sealed.split('.');
    const right = createHmac('sha256', this.#options.flowKey).update(body).digest();
    const given = Buffer.from(mark, 'base64url');
    if (given.length !== right.length || !timingSafeEqual(given, right)) return undefined;
    const flow = JSON.parse(Buffer.from(body, 'base64url').toString()) as Flow;
    return flow.until > Date.now() ? flow : undefined;
  }
}

/** A sign-in between its beginning and its end. */
interface Flow {
  verifier: string;
  state: string;
  nonce: string;
  returnTo: string;
  /** Seconds since the person last proved who they are, at most. */
  maxAgeS?: number;
  until: number;
}

/** What an operation's step-up asks of a sign-in (`acr`, `maxAge`); anything else is as if it were not there. */
function stepUpOf(query: URLSearchParams): { acr?: string; maxAgeS?: number } {
  const [acr, maxAge] = [query.get('acr') ?? '', query.get('maxAge') ?? ''];
  return {
    ...(/^[\x21-\x7e]{1,200}$/.test(acr) ? { acr } : {}),
    ...(/^\d{1,7}$/.test(maxAge) ? { maxAgeS: Number(maxAge) } : {}),
  };
}

/** How and when the person signed in; many providers say so in the id token alone. */
function withSignIn(person: Principal, { acr, auth_time: at }: { acr?: unknown; auth_time?: unknown }): Principal {
  return {
    ...person,
    acr: person.acr === '' && typeof acr === 'string' ? acr : person.acr,
    authTime: person.authTime === 0 && typeof at === 'number' ? at : person.authTime,
  };
}

function resourceOf(provider: SignInProvider | undefined): Record<string, string> {
  return provider?.resource === undefined ? {} : { resource: provider.resource };
}

/** The guarded client as the protocol's library wants it. */
function fetchBy(egress: Egress): oidc.CustomFetch {
  return async (url, { method, headers, body }) => {
    // Forms are all that the protocol sends.
    const sent = typeof body === 'string' || body instanceof URLSearchParams ? { body: body.toString() } : {};
    const answer = await egress({ url, method: method === 'POST' ? 'POST' : 'GET', headers, ...sent });
    return new Response(answer.body === '' ? null : answer.body, { status: answer.status, headers: answer.headers });
  };
}

/** Only paths of our own pages: a sign-in never sends anybody elsewhere. */
function safePath(path: string): string {
  const known =
    apps.some((app) => path === `/${app}` || path.startsWith(`/${app}/`)) ||
    path.startsWith('/confirmations/') ||
    path.startsWith('/visits/');
  return known && !path.includes('\\') && !path.startsWith('//') ? path : '/portal/';
}

/** What a browser says of where a request comes from. */
export function saidBy({ method = 'GET', headers }: IncomingMessage): FromBrowser {
  return { method, site: headers['sec-fetch-site'], origin: headers.origin };
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
