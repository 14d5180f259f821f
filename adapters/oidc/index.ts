// The embedded OpenID provider of development and demo: sign-in for people, delegated tokens for software acting for
// them (agents), device enrolment, tokens of partners' servers. In production the enterprise's own provider takes its
// place by configuration.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Database } from '@plinth/runtime';
import type { JWK } from 'jose';
import type { Account } from './account.ts';
import { type Application, isSecret } from './clients.ts';
import { configurationOf } from './configuration.ts';
import { Interactions } from './interactions.ts';
import { loadKeys } from './keys.ts';
import { Provider } from './library.ts';
import { messagePage, stylesheet, stylesheetPath } from './pages.ts';
import { sendPage } from './respond.ts';
import { sweepRecords } from './store.ts';

export type { Account } from './account.ts';
export { type Application, clients } from './clients.ts';
export { oidcMigrations } from './store.ts';

export interface ProviderOptions {
  /** `http://localhost:4000`; the provider stands at `/oidc` below it. */
  baseUrl: string;
  /** Where the platform's own pages stand that people sign in to; `baseUrl` when absent. */
  pages?: string;
  database: Database;
  accounts: readonly Account[];
  /** Scopes of all contracts as they are now. */
  scopes: () => readonly string[];
  /** Secret of the platform's own web client. */
  webClientSecret: string;
  /** Partners' applications that use client credentials; none when absent. */
  findApplication?: (id: string) => Promise<Application | undefined>;
  /** Told about defects of the provider; callers see a plain page. */
  onError: (error: unknown) => void;
}

export interface IdentityProvider {
  /** True when the request was one of the provider's (`/oidc/…`, its discovery document). */
  handle(request: IncomingMessage, response: ServerResponse): boolean;
  issuer: string;
  /** Audience of access tokens for the API; `<baseUrl>/mcp` is that of tokens for MCP. */
  audience: string;
  jwks: { keys: JWK[] };
  close(): void;
}

/** Answers the style of its pages, which others have, too; false = another path. */
export function handleStylesheet(request: IncomingMessage, response: ServerResponse): boolean {
  if (request.url !== stylesheetPath) return false;
  response.writeHead(200, { 'content-type': 'text/css', 'cache-control': 'max-age=3600' }).end(stylesheet);
  return true;
}

const sweepEveryMs = 600_000;

function compareSecret(this: { clientSecret?: string }, given: string): boolean {
  return isSecret(this, given);
}

/** Starts the provider; keys are made on first use and kept. */
export async function createIdentityProvider(options: ProviderOptions): Promise<IdentityProvider> {
  const { database, onError } = options;
  const keys = await loadKeys(database);
  const base = new URL(options.baseUrl);
  const audience = `${options.baseUrl}/`;
  const provider = new Provider(
    `${options.baseUrl}/oidc`,
    configurationOf({
      ...options,
      audience,
      keys,
      byId: new Map(options.accounts.map((account) => [account.id, account])),
      findApplication: options.findApplication ?? (async () => undefined),
    }),
  );
  // Its addresses are those of the base URL, whatever host a caller names: see `handle`.
  provider.proxy = true;
  provider.Client.prototype.compareClientSecret = compareSecret;
  provider.on('server_error', (_context: unknown, error: unknown) => onError(error));
  const callback = provider.callback();
  const interactions = new Interactions(provider, options.accounts);
  const sweep = setInterval(() => void sweepRecords(database).catch(onError), sweepEveryMs);
  sweep.unref();
  return {
    issuer: provider.issuer,
    audience,
    jwks: keys.public,
    close: () => clearInterval(sweep),
    handle(request, response) {
      const target = request.url ?? '';
      if (!target.startsWith('/oidc/')) return false;
      if (handleStylesheet(request, response)) return true;
      if (target.startsWith('/oidc/interaction/')) {
        interactions.handle(request, response).catch((error: unknown) => {
          // Ended and repeated sign-ins are no defect.
          if ((error as Error).name !== 'SessionNotFound') onError(error);
          const text = 'Go back to where you came from and start again.';
          sendPage(response, 400, messagePage('This sign-in has ended', text));
        });
        return true;
      }
      request.headers['x-forwarded-host'] = base.host;
      request.headers['x-forwarded-proto'] = base.protocol.slice(0, -1);
      delete request.headers['x-forwarded-for'];
      // What the provider calls its mount point: the path below the issuer.
      Object.assign(request, { originalUrl: target });
      request.url = target.slice('/oidc'.length);
      void callback(request, response);
      return true;
    },
  };
}
