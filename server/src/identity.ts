// Who calls: the embedded identity provider, issuers of the enterprise, sessions of browsers, and what the edge asks about
// tokens and keys.

import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Application, clients, createIdentityProvider, handleStylesheet } from '@plinth/adapters/oidc';
import type { PartnersCapability } from '@plinth/capabilities/partners';
import type { Operation } from '@plinth/contract';
import {
  type Capability,
  type Database,
  type Egress,
  type EventKey,
  type LimitStore,
  type Principal,
  type Reaction,
  Sessions,
} from '@plinth/runtime';
import {
  Authenticator,
  followLeaves,
  type Issuer,
  Leaves,
  restore,
  revoke,
  RevocationBook,
  suspend,
  toPrincipal,
} from '@plinth/runtime/pipeline';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { demoAccounts } from './accounts.ts';
import type { Config } from './config.ts';
import { type OutsideIdentity, peopleOfPages } from './outside-identity.ts';
import { Kiosks } from './web/kiosks.ts';
import { flowKeyOf, SignIn, type SignInOptions } from './web/session.ts';

export interface IdentityOptions {
  config: Config;
  database: Database;
  capabilities: readonly Capability[];
  limits: LimitStore;
  today: Temporal.PlainDate;
  /** The guarded client: for keys of issuers and questions about tokens. */
  egress: Egress;
  /** Operations in force: what they ask for is what tokens may carry. */
  operations: () => readonly Operation[];
  /** Somebody was shut out, here or in another process. */
  onRevoked: (isRevoked: (principal: Principal) => boolean) => void;
  warn: (message: string, error: unknown) => void;
}

export interface Identity {
  identity: {
    /** True when the request was one of the embedded provider's (`/oidc/…`). */
    handle(request: IncomingMessage, response: ServerResponse): boolean;
    /** Whose access tokens are taken. */
    issuers: readonly string[];
    close(): Promise<void>;
  };
  authenticator: Authenticator;
  /** Shuts out tokens, sessions, people and applications in every process. */
  revocations: RevocationBook;
  /** What single applications may beyond the contracts. */
  leaves: Leaves;
  signIn: SignIn;
  kiosks: Kiosks;
}

/** Starts the provider. In production `config.demo` is false, and it knows nobody. */
export async function openIdentity(options: IdentityOptions): Promise<Identity> {
  const { config, database, egress, warn } = options;
  const { outside } = config;
  const partners = options.capabilities.find(({ name }) => name === 'partners') as PartnersCapability | undefined;
  const webClientSecret = randomBytes(24).toString('base64url');
  const provider = outside?.embedded === false ? undefined : await embedded(options, webClientSecret, partners);
  const own: Issuer[] = provider === undefined ? [] : [{ ...provider, algorithms: ['ES256'] }];
  const issuers = [...own, ...(outside?.issuers ?? [])];
  const sessions = new Sessions(database.db);
  const authenticator = new Authenticator({
    issuers,
    egress,
    limits: options.limits,
    findSession: (id) => sessions.find(id),
    findKey: async (id) => partners?.findKey(database.db, id),
    sessionCookies: [SignIn.cookieNameOf(config.baseUrl)],
    allowedOrigins: [config.baseUrl],
    ...(outside?.introspection === undefined ? {} : { introspection: outside.introspection }),
  });
  const isRevoked = (principal: Principal): boolean => authenticator.revocations.has(principal);
  const revocations = new RevocationBook({
    database,
    revocations: authenticator.revocations,
    nowS: () => authenticator.nowS(),
    changed() {
      authenticator.streams.sweep();
      options.onRevoked(isRevoked);
    },
    onError: (error) => warn('revocations', error),
  });
  await revocations.open();
  const leaves = new Leaves();
  const stopLeaves = await followLeaves(database, leaves, (error) => warn('leaves', error));
  await authenticator.start();
  const web = { baseUrl: config.baseUrl, sessions };
  const signIn = new SignIn({
    ...web,
    ...pagesAt({ outside, provider, webClientSecret, egress, authenticator }),
    flowKey: flowKeyOf(config.sealingKey),
    isRevoked,
    ended: (sessionId) => revocations.revoke(`sid:${sessionId}`),
    onError: (error) => warn('sign-in', error),
  });
  const kiosks = new Kiosks({
    ...web,
    clientId: clients.kiosk,
    resource: provider?.audience ?? '',
    limits: options.limits,
    signIn,
    onError: (error) => warn('kiosk', error),
  });
  const identity: Identity['identity'] = {
    handle: (request, response) => provider?.handle(request, response) ?? handleStylesheet(request, response),
    issuers: issuers.map(({ issuer }) => issuer),
    async close() {
      provider?.close();
      authenticator.close();
      await revocations.close();
      await stopLeaves();
    },
  };
  return { identity, authenticator, revocations, leaves, signIn, kiosks };
}

type Provider = Awaited<ReturnType<typeof createIdentityProvider>>;

interface PagesParts {
  outside: OutsideIdentity | undefined;
  provider: Provider | undefined;
  webClientSecret: string;
  egress: Egress;
  authenticator: Authenticator;
}

/** Where people sign in to our pages, and whom a token of there names. */
function pagesAt(parts: PagesParts): Pick<SignInOptions, 'provider' | 'principalOf'> {
  const { outside, provider, webClientSecret, egress, authenticator } = parts;
  const asked = outside?.signIn;
  if (asked !== undefined)
    return {
      provider: { ...asked, egress, endsSessions: true },
      principalOf: async (token) => {
        const person = await authenticator.verify(token);
        return person?.issuer === asked.issuer && peopleOfPages.has(person.audience) ? person : undefined;
      },
    };
  if (provider === undefined) return { provider: undefined, principalOf: () => Promise.resolve(undefined) };
  const { issuer, audience: resource } = provider;
  const client = { clientId: clients.web, clientSecret: webClientSecret, scope: 'openid' };
  return {
    provider: { issuer, ...client, resource, egress: undefined, endsSessions: false },
    principalOf: personOf(provider),
  };
}

function embedded(
  { config, database, today, operations, warn }: IdentityOptions,
  webClientSecret: string,
  partners: PartnersCapability | undefined,
): Promise<Provider> {
  return createIdentityProvider({
    baseUrl: config.baseUrl,
    database,
    accounts: config.demo ? demoAccounts(today) : [],
    scopes: () => scopesOf(operations()),
    webClientSecret,
    findApplication: async (id): Promise<Application | undefined> => partners?.findApplication(database.db, id),
    onError: (error) => warn('identity provider', error),
  });
}

/** Whom an access token of the embedded provider names; the person themselves, whoever acts for them. */
function personOf({ issuer, audience, jwks }: Provider): (token: string) => Promise<Principal | undefined> {
  const keys = createLocalJWKSet(jwks);
  return async (token) => {
    const { payload } = await jwtVerify(token, keys, { issuer, audience });
    return toPrincipal({ ...payload, act: undefined }, issuer);
  };
}

function scopesOf(operations: readonly Operation[]): string[] {
  const scopes = operations.flatMap(({ security = [] }) => security.flatMap((each) => Object.values(each).flat()));
  return [...new Set(scopes)];
}

/** Facts that shut somebody out, or let them in again; the row they leave is followed by every process. */
export const revocationReaction: Reaction = {
  name: 'security.revocations',
  on: [
    'key.revoked',
    'app.suspended',
    'app.resumed',
    'partner.suspended',
    'partner.resumed',
    'customer.closed',
  ] as readonly string[] as readonly EventKey[],
  async run({ type, subject }, ctx) {
    // The key's own row says so from now on: what was let in by it ends, and that is all.
    if (type === 'key.revoked') await revoke(ctx.db, `key:${subject}`);
    else if (type === 'app.suspended') await suspend(ctx.db, `app:${subject}`);
    else if (type === 'app.resumed') await restore(ctx.db, `app:${subject}`);
    else if (type === 'partner.suspended') await suspend(ctx.db, `ptn:${subject}`);
    else if (type === 'customer.closed') await suspend(ctx.db, `cus:${subject}`);
    else await restore(ctx.db, `ptn:${subject}`);
  },
};
