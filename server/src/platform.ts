// The composition root: one place where contracts, runtime, capabilities and adapters meet. Everything is passed in or
// made here; nothing is global.

import { randomBytes, randomUUID } from 'node:crypto';
import { MemoryLimitStore } from '@plinth/adapters/memory';
import { oidcMigrations } from '@plinth/adapters/oidc';
import { openOtlp } from '@plinth/adapters/otlp';
import { postgresFiles } from '@plinth/adapters/postgres';
import type { Dialogue } from '@plinth/capabilities/assistant';
import type { PartnersCapability } from '@plinth/capabilities/partners';
import type { Contract } from '@plinth/contract';
import {
  type Capability,
  type Clock,
  createAuditSealer,
  createAddressCheck,
  createEgress,
  createEventing,
  type Database,
  type Eventing,
  type EventingOptions,
  isOwnAddress,
  type LimitStore,
  type Live,
  type Log,
  type Mail,
  migrate,
  newIds,
  plainAddress,
  projectionsOf,
  relations,
  runtimeMigrations,
  seededRandom,
  type SpanExporter,
} from '@plinth/runtime';
import {
  Confirmations,
  createCall,
  createEdge,
  createLogger,
  type EdgeOptions,
  type ExecutionServices,
  followPurges,
  type Interaction,
  isEarlierMajor,
  logOf,
  type LoadSignals,
  Metrics,
  openMeter,
  OperationJobs,
  QuotaBook,
  type RunningEdge,
  type TraceParts,
  Tracer,
  UsageBook,
} from '@plinth/runtime/pipeline';
import { openAuditKey } from './audit-key.ts';
import { allCapabilities, chosen } from './capabilities.ts';
import { type Config, resourceMetadataOf } from './config.ts';
import { Installed, type Reloaded } from './contracts/installed.ts';
import { loadCapability } from './contracts/majors.ts';
import type { Front } from './contracts/upstream/passing.ts';
import { type Identity, openIdentity, revocationReaction } from './identity.ts';
import { openPlatformKey, type PlatformKey } from './platform-key.ts';
import { sealingKeyOf } from './sealing-key.ts';
import { Signals } from './signals.ts';
import { behind, upstreamsOf } from './upstreams.ts';
import { seedWorld } from './world.ts';

export interface PlatformOptions {
  config: Config;
  database: Database;
  databaseUrl: string;
  mail: Mail;
  clock: Clock;
  /** Capabilities instead of all of them; for tests. */
  capabilities?: readonly Capability[];
  /** Names of those that run, of all; undefined = all. */
  only?: readonly string[] | undefined;
  /** In place of all capabilities: contracts, each with the manifest of the service that fulfils it. */
  fronts?: readonly Front[];
  /** Counters of limits instead of those in this process; for tests. */
  limits?: LimitStore;
  /** Distinct objects denied to one principal before it is stopped (20); for tests that try ids on purpose. */
  mostDenied?: number;
  /** What overload is felt by instead of this process; for tests whose callers share it. */
  load?: LoadSignals;
  /** What leads conversations instead of our own; for tests of what it may do. */
  dialogue?: Dialogue;
  /** Where log lines go instead of the standard output; for tests. */
  logTo?: { write(line: string): void };
}

export interface Platform extends Identity {
  config: Config;
  /** What it signs with in its own name. */
  key: PlatformKey;
  database: Database;
  edge: RunningEdge;
  /** What handlers run with. */
  services: ExecutionServices;
  metrics: Metrics;
  /** undefined = spans go nowhere. */
  tracer: Tracer | undefined;
  /** For requests that are no operation's. */
  tracing: TraceParts;
  capabilities: readonly Capability[];
  /** Contracts in force, those dropped in included. */
  contracts(): readonly Contract[];
  confirmations: Confirmations;
  live: Live;
  /** Calls that go on after their 202. */
  jobs: OperationJobs;
  limits: LimitStore;
  clock: Clock;
  /** Reads the watched folder anew and swaps the edge. Says what runs and what was refused. */
  reload(): Promise<Reloaded>;
  /** Resolves when nothing is under way: facts published, reactions done, workflows at rest. */
  settled(): Promise<void>;
  seeded: number;
  close(): Promise<void>;
}

/** A caller waits while an issuer is asked about a token or for its keys. */
const issuerTimeoutMs = 5_000;

/** Makes the whole platform over an open database. It serves nothing until it is put behind a listener. */
export async function createPlatform(options: PlatformOptions): Promise<Platform> {
  const { config, database, clock } = options;
  const logger = createLogger(config.logLevel, options.logTo);
  const log = logOf(logger);
  const metrics = new Metrics(openMeter());
  const confirmations = new Confirmations(database);
  // Capabilities call operations, and the edge is made of capabilities: it is asked for when the first call comes.
  const late: { edge?: RunningEdge; installed?: Installed } = {};
  const egress = createEgress({ allowed: config.allowedPrivateHosts });
  const made = Promise.withResolvers<void>();
  const edgeNow = (): RunningEdge => late.edge ?? notYet();
  const contracts = (): readonly Contract[] => late.installed?.contracts ?? [];
  const capabilities = options.capabilities ?? capabilitiesOf({ ...options, confirmations, contracts, edge: edgeNow });
  const schemas = capabilities.map(({ name, migrations }) => ({ schema: name, migrations }));
  await migrate(database, [runtimeMigrations, oidcMigrations, ...schemas]);
  const today = clock.now().toZonedDateTimeISO('UTC').toPlainDate();
  const seeded = config.demo ? await seedWorld({ database, capabilities, now: clock.now() }) : 0;
  const own = (await Promise.all(capabilities.map(loadCapability))).flat();
  const declared = new Map(capabilities.map(({ name, calls = [] }) => [name, new Set(calls)]));
  const { spans, tracer } = spansOf(config, log);
  const key = await openPlatformKey(database, config.baseUrl);
  const { lines, reconcile } = upstreamsOf({ config, key, metrics, logger, tracer, late });
  const jobs = jobsOf({ ...options, log, metrics, edge: edgeNow, late: () => ({ services, eventing, identity }) });
  const eventing: Eventing = await eventingOf({
    ...options,
    log,
    egress,
    metrics,
    tracer,
    callFor: (caller) => {
      const call = createCall({ edge: edgeNow, declared: () => declared }, caller);
      // Runs that an earlier process left go on at once; what they call is there a moment later.
      return late.installed ? call : (...args) => made.promise.then(() => call(...args));
    },
    capabilities: [...capabilities, { jobs: [jobs.job, reconcile], reactions: [revocationReaction] }],
  });
  const limits = options.limits ?? new MemoryLimitStore();
  const known = { capabilities, limits, today, log, eventing, jobs, contracts };
  const identity = await identityOf({ ...options, ...known });
  const edgeId = randomUUID();
  const services = { ...executionOf(eventing, logger), relations, sealingKey: sealingKeyOf(config), edgeId };
  const sealer = createAuditSealer({ database, key: openAuditKey(config), log });
  const records = recordsOf({ ...options, edge: edgeNow, log });
  const parts = { logger, metrics, confirmations, identity, capabilities, limits, services, records, jobs };
  const edge = edgeOf({ options, ...parts });
  late.edge = edge;
  const installed = new Installed({ edge, own: [...own, ...behind(options.fronts, lines)], mocks: config.demo, lines });
  late.installed = installed;
  const stopPurges = await followPurges(database, (tags) => edge.purge(tags), edgeId);
  made.resolve();
  return {
    ...identity,
    config,
    key,
    database,
    edge,
    services,
    metrics,
    tracer,
    tracing: { tracer, trustsPeer: trustedPeersOf(config) },
    capabilities,
    confirmations,
    live: eventing.live,
    jobs,
    limits,
    clock,
    seeded,
    contracts,
    reload: () => installed.reload(config.contractsFolder),
    settled: () => eventing.quiet(),
    async close() {
      await records.sendSignals();
      edge.admission.drain();
      await stopPurges();
      await eventing.close();
      await jobs.close();
      await Promise.all([lines.close(), sealer.close()]);
      await records.flush();
      await identity.identity.close();
      await spans?.close();
    },
  };
}

interface EdgeParts {
  options: PlatformOptions;
  logger: ReturnType<typeof createLogger>;
  metrics: Metrics;
  confirmations: Confirmations;
  identity: Awaited<ReturnType<typeof identityOf>>;
  capabilities: readonly Capability[];
  limits: LimitStore;
  services: ExecutionServices;
  records: ReturnType<typeof recordsOf>;
  jobs: ReturnType<typeof jobsOf>;
}

function edgeOf({ options, identity, capabilities, limits, records, ...parts }: EdgeParts): RunningEdge {
  const { config } = options;
  return createEdge({
    ...parts,
    baseUrl: config.baseUrl,
    authenticator: identity.authenticator,
    limitStore: limits,
    projections: projectionsOf(capabilities),
    ...guardsOf(options, capabilities),
    leaves: identity.leaves,
    corsOrigins: config.corsOrigins,
    next: { 'consent-required': ['customers.giveConsent'] },
    resourceMetadata: resourceMetadataOf(config),
    ...records.forEdge,
    checkReplies: config.demo ? 'always' : 'sampled',
    ...outsideOf(config),
  });
}

type EventingParts = Omit<PlatformOptions, 'capabilities'> &
  Required<Pick<EventingOptions, 'log' | 'callFor' | 'capabilities' | 'egress' | 'metrics' | 'tracer'>>;

function eventingOf(parts: EventingParts): Promise<Eventing> {
  const { clock, database } = parts;
  const random = seededRandom(randomBytes(4).readUInt32LE());
  return createEventing({ ...parts, ids: newIds(clock), random, files: postgresFiles(database) });
}

function executionOf(eventing: Eventing, logger: ExecutionServices['logger']): ExecutionServices {
  const { settled, beginWrite, committed } = eventing;
  return { ...eventing.services, logger, settled, beginWrite, committed };
}

/** What callers may do in all. By address everybody is counted but a front proxy and this machine, who speak for many. */
function guardsOf(
  { config, database, mostDenied, load }: PlatformOptions,
  capabilities: readonly Capability[],
): Pick<EdgeOptions, 'admission' | 'mostDenied' | 'addressLimit' | 'oldRateLimits' | 'findPlan'> {
  const { addressLimit: quota, trustedProxies, oldRateLimits } = config;
  const isCounted = (address: string): boolean => !isOwnAddress(address) && !trustedProxies.trusts(address);
  const partners = capabilities.find(({ name }) => name === 'partners') as PartnersCapability | undefined;
  return {
    mostDenied,
    ...(load && { admission: { signals: load } }),
    addressLimit: quota === undefined ? undefined : { quota, isCounted },
    oldRateLimits,
    findPlan: partners && ((applicationId) => partners.findPlan(database.db, applicationId)),
  };
}

interface IdentityParts extends PlatformOptions {
  capabilities: readonly Capability[];
  limits: LimitStore;
  today: Temporal.PlainDate;
  log: Log;
  eventing: Eventing;
  jobs: OperationJobs;
  contracts: () => readonly Contract[];
}

function identityOf({ config, log, eventing, jobs, contracts, ...parts }: IdentityParts): Promise<Identity> {
  return openIdentity({
    ...parts,
    egress: createEgress({ allowed: config.allowedPrivateHosts, totalTimeoutMs: issuerTimeoutMs }),
    config,
    onRevoked: (isRevoked) => {
      eventing.live.end(isRevoked);
      jobs.lookAgain(isRevoked);
    },
    operations: () => contracts().flatMap(({ operations }) => operations),
    warn: (message, error) => log.warn(message, { error: String(error) }),
  });
}

/** Where calls may send their outcome, and whose messages and traces are believed. */
function outsideOf(config: Config) {
  const { allowedPrivateHosts, webhookSecrets } = config;
  return {
    trustsPeer: trustedPeersOf(config),
    checkAddress: createAddressCheck({ allowed: allowedPrivateHosts }),
    webhookSecrets: (ref: string) => webhookSecrets.get(ref) ?? [],
  };
}

function trustedPeersOf({ trustedProxies, demo }: Config): TraceParts['trustsPeer'] {
  return (peer) => trustedProxies.trusts(plainAddress(peer) ?? peer) || (demo && isOwnAddress(peer));
}

interface CapabilityParts extends PlatformOptions {
  confirmations: Confirmations;
  contracts: () => readonly Contract[];
  edge: () => RunningEdge;
}

function capabilitiesOf({ fronts = [], only, ...parts }: CapabilityParts): readonly Capability[] {
  if (fronts.length > 0) return [];
  const all = every(parts);
  return only === undefined ? all : chosen(all, only);
}

function every({ config, mail, confirmations, contracts, edge, dialogue }: CapabilityParts): Capability[] {
  return allCapabilities({
    mail,
    baseUrl: config.baseUrl,
    paymentProvider: config.paymentProvider,
    contracts,
    checkAddress: createAddressCheck({ allowed: config.allowedPrivateHosts }),
    assistant: {
      // Earlier majors are answered, and offered to nobody anew.
      contracts: () => contracts().filter((each) => !isEarlierMajor(each)),
      invoke: (call) => edge().invoke(call),
      confirm: (id, customerId) => confirmations.confirm(id, customerId),
      void: (id, customerId) => confirmations.void(id, customerId),
      ...(dialogue === undefined ? {} : { dialogue }),
    },
  });
}

/** Where spans go, and who makes them; neither without the setting. */
function spansOf({ tracing }: Config, log: Log): { spans?: SpanExporter; tracer?: Tracer } {
  if (tracing === undefined) return {};
  const { url, headers, service, ratio } = tracing;
  const lost = (error: string, count: number): void => log.warn('spans were lost', { error, spans: count });
  const spans = openOtlp({ url, headers, service, version: '0.1.0', lost });
  return { spans, tracer: new Tracer(spans, ratio) };
}

interface JobParts extends PlatformOptions {
  log: Log;
  metrics: Metrics;
  edge: () => RunningEdge;
  /** What is made after the jobs. */
  late: () => { services: ExecutionServices; eventing: Eventing; identity: Identity };
}

/** Calls that go on after their 202; those of a suspended application or ended customer are cancelled. */
function jobsOf({ database, config, log, metrics, edge, late }: JobParts): OperationJobs {
  return new OperationJobs({
    database,
    baseUrl: config.baseUrl,
    log,
    metrics,
    edge,
    services: () => late().services,
    enqueue: async (tx, orders) => late().eventing.services.enqueueJobs?.(tx, orders),
    // Signing out ends a session, and not what was asked for in it.
    isRevoked: (principal) => late().identity.authenticator.revocations.shutsOut(principal),
  });
}

/** What is learnt from each answer: signals of customers, and who uses what. */
function recordsOf({ database, clock, edge, log }: PlatformOptions & { edge: () => RunningEdge; log: Log }) {
  const signals = new Signals(edge);
  const usage = new UsageBook({
    database,
    now: () => clock.now(),
    onError: (error) => log.warn('usage records', { error: String(error) }),
  });
  const quotas = new QuotaBook({ database, clock, onError: (error) => log.warn('quotas', { error: String(error) }) });
  return {
    forEdge: {
      quotas,
      onRecorded: (interaction: Interaction): void => {
        signals.note(interaction);
        usage.note(interaction);
      },
    },
    sendSignals: () => signals.flush(),
    flush: () => Promise.all([usage.flush(), quotas.close()]),
  };
}

function notYet(): never {
  throw new Error('an operation was called before the platform was made');
}
