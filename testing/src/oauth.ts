// Signing in over HTTP as a person or as software acting for one: code flow with PKCE at the embedded identity provider.

import { createHash, randomBytes } from 'node:crypto';
import { Browser } from './cookies.ts';

export interface SignInOptions {
  /** `http://localhost:4000` */
  baseUrl: string;
  /** A demo account: `ada`. */
  username: string;
  password?: string;
  /** The demo agent when absent: software acting for the person. */
  clientId?: string;
  redirectUri?: string;
  /** `['orders.read']` */
  scopes?: readonly string[];
  /** What the token is for; the API when absent. */
  resource?: string;
  /** Also asks for a refresh token. */
  offline?: boolean;
}

export interface Tokens {
  accessToken: string;
  refreshToken?: string;
  idToken?: string;
  /** Granted scopes. */
  scope: string;
  expiresInS: number;
}

/** The provider sent the person back with an error, or the token endpoint refused. */
export class OAuthRefusal extends Error {
  override readonly name = 'OAuthRefusal';
  readonly code: string;

  constructor(code: string, description: string) {
    super(`${code}: ${description}`);
    this.code = code;
  }
}

/** Tokens of software that acts for a person: signs in, allows, exchanges the code. */
export async function tokensFor(options: SignInOptions): Promise<Tokens> {
  const { baseUrl, clientId = 'northfold-agent', redirectUri = 'http://127.0.0.1:8399/callback' } = options;
  const verifier = randomBytes(32).toString('base64url');
  const target = new URL(`${baseUrl}/oidc/auth`);
  target.search = new URLSearchParams({
    client_id: clientId,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: ['openid', ...(options.offline ? ['offline_access'] : []), ...(options.scopes ?? [])].join(' '),
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    resource: options.resource ?? `${baseUrl}/`,
    state: 'a-state',
    ...(options.offline ? { prompt: 'consent' } : {}),
  }).toString();
  const back = await passPages(new Browser(), target, options, (url) => url.href.startsWith(redirectUri));
  const error = back.searchParams.get('error');
  if (error) throw new OAuthRefusal(error, back.searchParams.get('error_description') ?? '');
  return askForTokens(baseUrl, {
    grant_type: 'authorization_code',
    client_id: clientId,
    redirect_uri: redirectUri,
    code: back.searchParams.get('code') ?? '',
    code_verifier: verifier,
    ...(options.resource ? { resource: options.resource } : {}),
  });
}

/** New tokens for a refresh token. */
export async function refreshedTokens(
  baseUrl: string,
  refreshToken: string,
  clientId = 'northfold-agent',
): Promise<Tokens> {
  return askForTokens(baseUrl, { grant_type: 'refresh_token', client_id: clientId, refresh_token: refreshToken });
}

/** Signs a person in to the platform's own pages; the browser then holds their session cookie. */
export async function sessionOf({
  baseUrl,
  username,
  password,
  app = 'portal',
}: Pick<SignInOptions, 'baseUrl' | 'username' | 'password'> & { app?: string }): Promise<Browser> {
  const browser = new Browser();
  const start = new URL(`/session/login?app=${app}`, baseUrl);
  const isHome = (url: URL): boolean => url.origin === start.origin && !/^\/(oidc|session)\//.test(url.pathname);
  const home = await passPages(browser, start, { username, ...(password ? { password } : {}) }, isHome);
  if (home.searchParams.get('signin') === 'failed') throw new OAuthRefusal('sign-in failed', home.href);
  return browser;
}

/** Fills the provider's sign-in page and presses "Allow" on its consent page, whichever come. */
export async function passPages(
  browser: Browser,
  start: URL,
  person: { username: string; password?: string },
  until: (url: URL) => boolean,
): Promise<URL> {
  let { url, response } = await browser.visit(start, {}, until);
  for (let pages = 0; pages < 4 && !until(url); pages++) {
    const html = await response.text();
    const action = /<form method="post" action="([^"]+\/(?:login|allow))"/.exec(html)?.[1];
    if (!action || response.status >= 400) throw new OAuthRefusal(String(response.status), textOf(html));
    const form = action.endsWith('/login')
      ? { username: person.username, password: person.password ?? 'demo' }
      : { allow: 'yes' };
    const next = new URL(action, url);
    ({ url, response } = await browser.visit(next, { method: 'POST', body: new URLSearchParams(form) }, until));
  }
  return url;
}

function textOf(html: string): string {
  return html
    .replace(/^.*<main>/s, '')
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, 300);
}

/** The token endpoint: throws OAuthRefusal with its error. `basic` = `id:secret` of a confidential client. */
export async function askForTokens(baseUrl: string, form: Record<string, string>, basic?: string): Promise<Tokens> {
  const response = await fetch(`${baseUrl}/oidc/token`, {
    method: 'POST',
    body: new URLSearchParams(form),
    headers: basic ? { authorization: `Basic ${Buffer.from(basic).toString('base64')}` } : {},
  });
  const body = (await response.json()) as Record<string, string | number | undefined>;
  if (!response.ok) throw new OAuthRefusal(String(body['error']), String(body['error_description']));
  return {
    accessToken: String(body['access_token']),
    scope: String(body['scope'] ?? ''),
    expiresInS: Number(body['expires_in']),
    ...(body['refresh_token'] ? { refreshToken: String(body['refresh_token']) } : {}),
    ...(body['id_token'] ? { idToken: String(body['id_token']) } : {}),
  };
}
