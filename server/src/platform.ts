// The composition root: one place where contracts, runtime, capabilities and adapters meet. Everything is passed in or
// made here; nothing is global.

import { randomBytes } from 'node:crypto';
import { MemoryLimitStore } from '@plinth/adapters/memory';
import { createIdentityProvider, clients, type IdentityProvider, oidcMigrations } from '@plinth/adapters/oidc';
import type { PartnersCapability } from '@plinth/capabilities/partners';
import type { Contract, Operation } from '@plinth/contract';
import {
  type Capability,
  type Clock,
  createEgress,
  createEventing,
  type Database,
  type Live,
  type Mail,
  migrate,
  newIds,
  runtimeMigrations,
  seededRandom,
  Sessions,
  type StoredKey,
} from '@plinth/runtime';
import {
  Authenticator,
  type Binding,
  Confirmations,
  createCall,
  createEdge,
  createLogger,
  logOf,
  Metrics,
  type RunningEdge,
} from '@plinth/runtime/pipeline';
import { jwtVerify, createLocalJWKSet } from 'jose';
import { demoAccounts } from './accounts.ts';
import { allCapabilities } from './capabilities.ts';
import type { Config } from './config.ts';
import { type Dropped, readDropped } from './contracts/dropped.ts';
import { mockFor } from './contracts/mock.ts';
import { loadOwn } from './contracts/read.ts';
import { Signals } from './signals.ts';
import { SignIn } from './web/session.ts';
import { seedWorld } from './world.ts';

export interface PlatformOptions {
  config: Config;
  database: Database;
  databaseUrl: string;
  mail: Mail;
  clock: Clock;
  /** Capabilities instead of all of them; for tests. */
  capabilities?: readonly Capability[];
}

export interface Platform {
  config: Config;
  database: Database;
  edge: RunningEdge;
  metrics: Metrics;
  capabilities: readonly Capability[];
  /** Contracts in force, those dropped in included. */
  contracts(): readonly Contract[];
  authenticator: Authenticator;
  confirmations: Confirmations;
  identity: IdentityProvider;
  signIn: SignIn;
  live: Live;
  clock: Clock;
  /** Reads the watched folder anew and swaps the edge. Says what changed and what was refused. */
  reload(): Promise<{ running: string[]; refused: { file: string; message: string }[] }>;
  /** Resolves when nothing is under way: facts published, reactions done, workflows at rest. */
  settled(): Promise<void>;
  seeded: number;
  close(): Promise<void>;
}

/** Makes the whole platform over an open database. It serves nothing until it is put behind a listener. */
export async function createPlatform(options: PlatformOptions): Promise<Platform> {
  const { config, database, clock, mail } = options;
  const confirmations = new Confirmations(database);
  let edge: RunningEdge;
  let inForce: readonly Contract[] = [];
  const logger = createLogger(config.logLevel);
  const log = logOf(logger);
  const capabilities =
    options.capabilities ??
    allCapabilities({
      mail,
      egress: createEgress({ allowed: config.allowedPrivateHosts }),
      assistant: {
        contracts: () => inForce,
        invoke: (call) => edge.invoke(call),
        confirm: (id, customerId) => confirmations.confirm(id, customerId),
        void: (id, customerId) => confirmations.void(id, customerId),
      },
    });
  await migrate(database, [
    runtimeMigrations,
    oidcMigrations,
    ...capabilities.map(({ name, migrations }) => ({ schema: name, migrations })),
  ]);
  const today = clock.now().toZonedDateTimeISO('UTC').toPlainDate();
  const seeded = config.demo ? await seedWorld({ database, capabilities, today }) : 0;
  const own = await Promise.all(capabilities.map((capability) => loadOwn(capability.folder)));

  const declared = new Map(capabilities.map(({ name, calls = [] }) => [name, new Set(calls)]));
  const eventing = await createEventing({
    database,
    databaseUrl: options.databaseUrl,
    clock,
    ids: newIds(clock),
    random: seededRandom(randomBytes(4).readUInt32LE()),
    log,
    callFor: (caller) => createCall({ edge: () => edge, declared: () => declared }, caller),
    capabilities,
  });
  const webClientSecret = randomBytes(24).toString('base64url');
  const identity = await createIdentityProvider({
    baseUrl: config.baseUrl,
    database,
    accounts: config.demo ? demoAccounts(today) : [],
    scopes: () => scopesOf(inForce),
    webClientSecret,
    onError: (error) => log.error('identity provider', { error: String(error) }),
  });
  const sessions = new Sessions(database.db);
  const limits = new MemoryLimitStore();
  const authenticator = new Authenticator({
    issuers: [identity.audience, `${config.baseUrl}/mcp`].map((audience) => ({
      issuer: identity.issuer,
      jwks: identity.jwks,
      audience,
      algorithms: ['ES256'],
    })),
    limits,
    findSession: (id) => sessions.find(id),
    findKey: (id) => findKey(capabilities, database, id),
    allowedOrigins: [config.baseUrl],
  });
  const metrics = new Metrics();
  edge = createEdge({
    baseUrl: config.baseUrl,
    logger,
    metrics,
    authenticator,
    limitStore: limits,
    confirmations,
    onRecorded: new Signals(() => edge).note,
    checkReplies: config.demo ? 'always' : 'sampled',
    services: {
      ...eventing.services,
      logger,
      settled: eventing.settled,
      beginWrite: eventing.beginWrite,
      committed: eventing.committed,
    },
  });

  const ownBindings = capabilities.map((capability, index) => bindOwn(capability, own[index] as Contract, config));
  inForce = own;
  const install = (dropped: readonly Dropped[]): void => {
    const bindings = [...ownBindings, ...dropped.map((each) => bindDropped(each))];
    edge.install(bindings);
    inForce = bindings.map((binding) => binding.contract);
  };
  install([]);
  const jwks = createLocalJWKSet(identity.jwks);
  const signIn = new SignIn({
    baseUrl: config.baseUrl,
    issuer: identity.issuer,
    clientId: clients.web,
    clientSecret: webClientSecret,
    deviceClientId: clients.kiosk,
    resource: identity.audience,
    sessions,
    claimsOf: async (token) =>
      (await jwtVerify(token, jwks, { issuer: identity.issuer, audience: identity.audience })).payload,
    onError: (error) => log.warn('sign-in', { error: String(error) }),
  });

  const platform: Platform = {
    config,
    database,
    edge,
    metrics,
    capabilities,
    authenticator,
    confirmations,
    identity,
    signIn,
    live: eventing.live,
    clock,
    seeded,
    contracts: () => inForce,
    async reload() {
      const news = await readDropped(config.contractsFolder);
      const refused = news.refused.map(({ file, findings }) => ({
        file,
        message: findings.map((finding) => `${finding.line}:${finding.column} ${finding.message}`).join('; '),
      }));
      const good: Dropped[] = [];
      for (const dropped of news.contracts) {
        try {
          install([...good, dropped]);
          good.push(dropped);
        } catch (error) {
          install(good);
          refused.push({ file: dropped.folder, message: (error as Error).message });
        }
      }
      if (news.contracts.length === 0) install([]);
      return { running: good.map(({ contract }) => contract.id), refused };
    },
    settled: eventing.quiet,
    async close() {
      await edge.admission.drain();
      await eventing.close();
      identity.close();
    },
  };
  return platform;
}

/** Operations of our own without a handler: the mock in demo, 501 otherwise. */
function bindOwn(capability: Capability, contract: Contract, config: Config): Binding {
  const isWhole = contract.operations.every((operation) => capability.handlers[operation.id] !== undefined);
  return {
    contract,
    handlers: capability.handlers,
    owners: capability.owners ?? {},
    ...(isWhole || !config.demo ? {} : { mock: mockFor(contract) }),
  };
}

function bindDropped({ contract, handlers }: Dropped): Binding {
  return { contract, handlers, owners: {}, mock: mockFor(contract) };
}

/** Every scope some operation asks for: what tokens may carry. */
function scopesOf(contracts: readonly Contract[]): string[] {
  const operations = contracts.flatMap((contract): readonly Operation[] => contract.operations);
  return [
    ...new Set(
      operations.flatMap(({ security }) =>
        (security ?? []).flatMap((alternative) => Object.values(alternative).flat()),
      ),
    ),
  ];
}

/** API keys stand in the table of `partners`; without that capability there are none. */
async function findKey(
  capabilities: readonly Capability[],
  database: Database,
  id: string,
): Promise<StoredKey | undefined> {
  const keeper = capabilities.find((capability): capability is PartnersCapability => capability.name === 'partners');
  return keeper?.findKey(database.db, id);
}
