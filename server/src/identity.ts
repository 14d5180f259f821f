// Who calls: the embedded identity provider, sessions of browsers, and what the edge asks about tokens and keys.

import { randomBytes } from 'node:crypto';
import { type Application, clients, createIdentityProvider, type IdentityProvider } from '@plinth/adapters/oidc';
import type { PartnersCapability } from '@plinth/capabilities/partners';
import type { Operation } from '@plinth/contract';
import { type Capability, type Database, type LimitStore, Sessions } from '@plinth/runtime';
import { Authenticator } from '@plinth/runtime/pipeline';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { demoAccounts } from './accounts.ts';
import type { Config } from './config.ts';
import { Kiosks } from './web/kiosks.ts';
import { SignIn } from './web/session.ts';

export interface IdentityOptions {
  config: Config;
  database: Database;
  capabilities: readonly Capability[];
  limits: LimitStore;
  today: Temporal.PlainDate;
  /** Operations in force: what they ask for is what tokens may carry. */
  operations: () => readonly Operation[];
  warn: (message: string, error: unknown) => void;
}

export interface Identity {
  identity: IdentityProvider;
  authenticator: Authenticator;
  signIn: SignIn;
  kiosks: Kiosks;
}

/** Starts the provider. In production `config.demo` is false, and it knows nobody. */
export async function openIdentity(options: IdentityOptions): Promise<Identity> {
  const { config, database, warn } = options;
  const partners = options.capabilities.find(({ name }) => name === 'partners') as PartnersCapability | undefined;
  const webClientSecret = randomBytes(24).toString('base64url');
  const provider = await createIdentityProvider({
    baseUrl: config.baseUrl,
    database,
    accounts: config.demo ? demoAccounts(options.today) : [],
    scopes: () => scopesOf(options.operations()),
    webClientSecret,
    findApplication: async (id): Promise<Application | undefined> => partners?.findApplication(database.db, id),
    onError: (error) => warn('identity provider', error),
  });
  const sessions = new Sessions(database.db);
  const { issuer, jwks, audience } = provider;
  const authenticator = new Authenticator({
    issuers: [{ issuer, jwks, audience, algorithms: ['ES256'] }],
    limits: options.limits,
    findSession: (id) => sessions.find(id),
    findKey: async (id) => partners?.findKey(database.db, id),
    allowedOrigins: [config.baseUrl],
  });
  const keys = createLocalJWKSet(jwks);
  const signIn = new SignIn({
    baseUrl: config.baseUrl,
    issuer,
    clientId: clients.web,
    clientSecret: webClientSecret,
    resource: audience,
    sessions,
    claimsOf: async (token) => (await jwtVerify(token, keys, { issuer, audience })).payload,
    onError: (error) => warn('sign-in', error),
  });
  const kiosks = new Kiosks({
    baseUrl: config.baseUrl,
    clientId: clients.kiosk,
    resource: audience,
    sessions,
    limits: options.limits,
    signIn,
    onError: (error) => warn('kiosk', error),
  });
  return { identity: provider, authenticator, signIn, kiosks };
}

function scopesOf(operations: readonly Operation[]): string[] {
  const scopes = operations.flatMap(({ security = [] }) => security.flatMap((each) => Object.values(each).flat()));
  return [...new Set(scopes)];
}
