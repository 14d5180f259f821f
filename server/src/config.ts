// Configuration: defaults < plinth.config.ts < environment < command line. Read once, here; nothing else reads the environment.
// An unknown PLINTH_ key is refused: a misspelt setting must not silently do nothing.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { isAdyenKey, isWebhookSecret, TrustedProxies } from '@plinth/runtime/pipeline/storeless';
import { ConfigError } from './config-error.ts';
import { readConfigFile } from './config-file.ts';
import { type OutsideIdentity, readOutsideIdentity } from './outside-identity.ts';

export { ConfigError } from './config-error.ts';

export interface Config {
  /** Address the platform listens on; loopback unless said otherwise. */
  host: string;
  port: number;
  /** The operator's port, on loopback: figures and health. */
  adminPort: number;
  /** Public address, without trailing slash; what the identity provider and links use. */
  baseUrl: string;
  /** Folder of everything that must survive a restart of the embedded shape. */
  dataFolder: string;
  /** Watched for dropped-in contracts, one folder each; `<dataFolder>/contracts`. */
  contractsFolder: string;
  /** A given PostgreSQL; undefined = Plinth's own private one. */
  databaseUrl: string | undefined;
  /** E-mail out; undefined = files in `<dataFolder>/mail`. */
  smtpUrl: string | undefined;
  logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** Demo accounts with fixed passwords, seeded world, mock for operations without a handler. */
  demo: boolean;
  /** `host:port` pairs webhooks may reach although they are private addresses. */
  allowedPrivateHosts: readonly string[];
  /** Front proxies, addresses or networks, whose word on who calls is believed. */
  trustedProxies: TrustedProxies;
  /** Calls of one address in a minute, before it says who it is; undefined = any number. */
  addressLimit: number | undefined;
  /** Answers carry X-RateLimit-*, too. */
  oldRateLimits: boolean;
  /** How long `/readyz` says no before the listener closes. */
  drainMs: number;
  /** Issuers of the enterprise; undefined = the embedded one only. */
  outside: OutsideIdentity | undefined;
  /** Part of what stored secrets are sealed with; the same in all processes of a database. */
  sealingKey: string | undefined;
  /** Origins of pages elsewhere that may call with a token. */
  corsOrigins: readonly string[];
  /** Secrets of messages that others send us, by `secretRef`: two while they change over. */
  webhookSecrets: ReadonlyMap<string, readonly string[]>;
  /** Private Ed25519 key (PEM) that signs checkpoints of the audit; undefined = the data folder's own. */
  auditKey: string | undefined;
  /** `name:n`: end the process at the n-th arrival at a crash point. For crash tests. */
  crashAt: string | undefined;
  /** Who moves the money of payments: the simulated provider, or whoever fulfils the contract `payment-provider`. */
  paymentProvider: 'simulator' | 'upstream';
  /** Addresses that manifests of upstreams name, by the name in the environment (`CORE_BANK`). */
  upstreams: ReadonlyMap<string, string>;
  /** Secrets that manifests name, alike. */
  secrets: ReadonlyMap<string, string>;
  /** Where spans are sent; undefined = nowhere, and none are made. */
  tracing: Tracing | undefined;
  /** Data folder is temporary and removed at the end. */
  ephemeral: boolean;
}

export interface Tracing {
  /** Address of the collector's OTLP/HTTP receiver for traces. */
  url: string;
  headers: Readonly<Record<string, string>>;
  service: string;
  /** Share of the traces beginning here that is recorded, 0 to 1. */
  ratio: number;
}

export interface ConfigKey {
  /** Name in the environment. */
  env: string;
  meaning: string;
  secret?: boolean;
}

/** Every key, in the order of docs/reference/configuration.md. */
export const configKeys: readonly ConfigKey[] = [
  { env: 'PORT', meaning: 'port to listen on (4000)' },
  { env: 'PLINTH_ADMIN_PORT', meaning: 'port of /metrics, on loopback (PORT + 1)' },
  { env: 'PLINTH_HOST', meaning: 'address to listen on (127.0.0.1)' },
  { env: 'PLINTH_BASE_URL', meaning: 'public address (http://localhost:<port>)' },
  { env: 'PLINTH_DATA', meaning: 'data folder (.plinth)' },
  { env: 'PLINTH_CONTRACTS', meaning: 'folder watched for contracts (<data>/contracts)' },
  { env: 'DATABASE_URL', meaning: 'a given PostgreSQL 15–18 instead of the private one', secret: true },
  { env: 'PLINTH_SMTP_URL', meaning: 'SMTP server for e-mail (files in <data>/mail)', secret: true },
  { env: 'LOG_LEVEL', meaning: 'debug, info, warn, error or silent (warn in dev, info in serve)' },
  { env: 'PLINTH_ALLOWED_PRIVATE_HOSTS', meaning: 'host:port pairs webhooks may reach, separated by commas' },
  { env: 'PLINTH_ISSUERS', meaning: 'JSON file with the issuers of access tokens (the embedded one)' },
  {
    env: 'PLINTH_INTROSPECTION_SECRET',
    meaning: 'our secret where opaque tokens are asked about',
    secret: true,
  },
  {
    env: 'PLINTH_SIGN_IN_SECRET',
    meaning: 'secret of our pages at the provider where people sign in',
    secret: true,
  },
  {
    env: 'PLINTH_SEALING_KEY',
    meaning: 'text of your own with which rows are sealed; the same in all processes (<data>/sealing-key)',
    secret: true,
  },
  { env: 'PLINTH_CORS_ORIGINS', meaning: 'origins of pages elsewhere that may call, separated by commas' },
  { env: 'PLINTH_PAYMENT_PROVIDER', meaning: 'simulator (default), or upstream: the contract payment-provider' },
  { env: 'PLINTH_UPSTREAM_<NAME>', meaning: 'address of an upstream that a manifest names' },
  { env: 'PLINTH_SECRET_<NAME>', meaning: 'secret that a manifest of an upstream names', secret: true },
  {
    env: 'PLINTH_TRUSTED_PROXIES',
    meaning: 'addresses or networks whose X-Forwarded-For or Forwarded is believed (none)',
  },
  { env: 'PLINTH_ADDRESS_LIMIT', meaning: 'calls of one address in a minute, 0 = any number (12000)' },
  { env: 'PLINTH_OLD_RATE_LIMITS', meaning: 'on = X-RateLimit-Limit, -Remaining and -Reset beside RateLimit (off)' },
  { env: 'PLINTH_DRAIN_MS', meaning: 'how long /readyz says no before the listener closes (0 in dev, 5000 in serve)' },
  {
    env: 'PLINTH_WEBHOOK_SECRETS',
    meaning:
      'secrets of webhooks in: name=whsec_… whsec_… (Ed25519: whpk_…, Adyen: hexadecimal keys), separated by commas',
    secret: true,
  },
  { env: 'PLINTH_AUDIT_KEY', meaning: 'private key (PEM) that signs the audit (<data>/audit-key.pem)', secret: true },
  { env: 'OTEL_EXPORTER_OTLP_ENDPOINT', meaning: 'collector that spans are sent to, OTLP/HTTP with JSON (none)' },
  { env: 'OTEL_EXPORTER_OTLP_HEADERS', meaning: 'header fields for the collector: name=value,…', secret: true },
  { env: 'OTEL_SERVICE_NAME', meaning: 'name of this service in traces (plinth)' },
  {
    env: 'OTEL_TRACES_SAMPLER_ARG',
    meaning: 'share of the traces beginning here that is recorded, 0 to 1 (1); of more than 100 a second, about 100',
  },
  { env: 'PLINTH_CRASH_AT', meaning: 'crash tests only: end the process at a named point' },
];

const known = new Set(configKeys.flatMap((key) => [key.env, `${key.env}_FILE`]));

const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;

type Environment = Readonly<Record<string, string | undefined>>;

/** What the environment says, and where it is silent, the file. */
export function environment(env: Environment = process.env, folder = process.cwd()): Environment {
  const settings = readConfigFile(folder, (name) => known.has(name) || isOfFamily(name));
  const silent = Object.entries(settings).filter(([name]) => {
    const plain = name.replace(/_FILE$/, '');
    return env[plain] === undefined && env[`${plain}_FILE`] === undefined;
  });
  return { ...env, ...Object.fromEntries(silent) };
}

/** Where it is told who gives tokens for what is served here (RFC 9728 3.1). */
export function resourceMetadataOf({ baseUrl }: Pick<Config, 'baseUrl'>): string {
  return `${baseUrl}/.well-known/oauth-protected-resource`;
}

export interface ConfigArguments {
  port?: string;
  host?: string;
  data?: string;
  ephemeral?: boolean;
  demo: boolean;
}

/** Effective configuration. Throws ConfigError. */
export function readConfig(args: ConfigArguments, env: Environment = environment()): Config {
  refuseUnknown(env);
  const setting = (name: string): string | undefined => env[name] ?? readSecretFile(name, env[`${name}_FILE`]);
  const port = readPort(args.port ?? setting('PORT') ?? '4000');
  const dataFolder = path.resolve(args.data ?? setting('PLINTH_DATA') ?? '.plinth');
  const logLevel = setting('LOG_LEVEL') ?? (args.demo ? 'warn' : 'info');
  if (!logLevels.includes(logLevel as Config['logLevel'])) {
    throw new ConfigError('LOG_LEVEL', `LOG_LEVEL is "${logLevel}"`, `Use one of ${logLevels.join(', ')}.`);
  }
  const issuers = setting('PLINTH_ISSUERS');
  const outsideSecrets = {
    introspection: setting('PLINTH_INTROSPECTION_SECRET'),
    signIn: setting('PLINTH_SIGN_IN_SECRET'),
  };
  return {
    host: args.host ?? setting('PLINTH_HOST') ?? '127.0.0.1',
    port,
    adminPort: readPort(setting('PLINTH_ADMIN_PORT') ?? String(port === 0 ? 0 : Math.min(65_535, port + 1))),
    baseUrl: (setting('PLINTH_BASE_URL') ?? `http://localhost:${port}`).replace(/\/+$/, ''),
    dataFolder,
    contractsFolder: path.resolve(setting('PLINTH_CONTRACTS') ?? path.join(dataFolder, 'contracts')),
    databaseUrl: setting('DATABASE_URL'),
    smtpUrl: setting('PLINTH_SMTP_URL'),
    logLevel: logLevel as Config['logLevel'],
    demo: args.demo,
    allowedPrivateHosts: listOf(setting('PLINTH_ALLOWED_PRIVATE_HOSTS')),
    trustedProxies: readProxies(listOf(setting('PLINTH_TRUSTED_PROXIES'))),
    addressLimit: readCount('PLINTH_ADDRESS_LIMIT', setting('PLINTH_ADDRESS_LIMIT'), 12_000) || undefined,
    oldRateLimits: readSwitch('PLINTH_OLD_RATE_LIMITS', setting('PLINTH_OLD_RATE_LIMITS')),
    drainMs: readCount('PLINTH_DRAIN_MS', setting('PLINTH_DRAIN_MS'), args.demo ? 0 : 5_000),
    outside: issuers === undefined ? undefined : readOutsideIdentity(issuers, outsideSecrets),
    sealingKey: setting('PLINTH_SEALING_KEY'),
    corsOrigins: readOrigins(listOf(setting('PLINTH_CORS_ORIGINS'))),
    webhookSecrets: readWebhookSecrets(setting('PLINTH_WEBHOOK_SECRETS') ?? ''),
    auditKey: setting('PLINTH_AUDIT_KEY'),
    crashAt: readCrash(setting('PLINTH_CRASH_AT'), args.demo),
    paymentProvider: providerOf(setting('PLINTH_PAYMENT_PROVIDER')),
    upstreams: family(env, upstreamPrefix),
    secrets: family(env, secretPrefix),
    tracing: readTracing(setting),
    ephemeral: args.ephemeral ?? false,
  };
}

/** A process that others rely on is ended by nobody's variable. */
function readCrash(place: string | undefined, isDemo: boolean): string | undefined {
  if (place === undefined || isDemo) return place;
  throw new ConfigError(
    'PLINTH_CRASH_AT',
    'PLINTH_CRASH_AT ends a process on purpose, and is for tests',
    'Take it out of the environment, or use `plinth dev`.',
  );
}

/** The standard's names; of its values those that matter here. */
function readTracing(setting: (name: string) => string | undefined): Tracing | undefined {
  const endpoint = setting('OTEL_EXPORTER_OTLP_ENDPOINT');
  if (endpoint === undefined || endpoint === '') return undefined;
  const url = URL.parse(`${endpoint.replace(/\/+$/, '')}/v1/traces`);
  if (url === null || !['http:', 'https:'].includes(url.protocol))
    throw new ConfigError(
      'OTEL_EXPORTER_OTLP_ENDPOINT',
      `OTEL_EXPORTER_OTLP_ENDPOINT is "${endpoint}"`,
      "Use the address of a collector's OTLP/HTTP receiver: http://127.0.0.1:4318.",
    );
  const ratio = setting('OTEL_TRACES_SAMPLER_ARG') ?? '1';
  if (!/^(?:0(?:\.\d+)?|1(?:\.0+)?)$/.test(ratio))
    throw new ConfigError(
      'OTEL_TRACES_SAMPLER_ARG',
      `OTEL_TRACES_SAMPLER_ARG is "${ratio}"`,
      'Use a number from 0 to 1.',
    );
  return {
    url: url.href,
    headers: readHeaders(listOf(setting('OTEL_EXPORTER_OTLP_HEADERS'))),
    service: setting('OTEL_SERVICE_NAME') ?? 'plinth',
    ratio: Number(ratio),
  };
}

/** Letters of ASCII that are seen, others percent-encoded. */
const headerEntry = /^([!#$%&'*+.^_`|~\w-]+)=((?:[\x21-\x24\x26-\x7e]|%(?:[2-6][\da-f]|7[\da-e]))*)$/i;

function readHeaders(entries: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    entries.map((entry) => {
      const [, name, value] = headerEntry.exec(entry) ?? [];
      if (name === undefined || value === undefined)
        throw new ConfigError(
          'OTEL_EXPORTER_OTLP_HEADERS',
          'OTEL_EXPORTER_OTLP_HEADERS has an entry that cannot be read',
          'Write name=value with the value percent-encoded, entries separated by commas.',
        );
      return [name.toLowerCase(), decodeURIComponent(value)];
    }),
  );
}

function providerOf(text = 'simulator'): Config['paymentProvider'] {
  if (text === 'simulator' || text === 'upstream') return text;
  throw new ConfigError(
    'PLINTH_PAYMENT_PROVIDER',
    `PLINTH_PAYMENT_PROVIDER is "${text}"`,
    'Use simulator or upstream.',
  );
}

const upstreamPrefix = 'PLINTH_UPSTREAM_';
const secretPrefix = 'PLINTH_SECRET_';

/** All settings that begin alike, by the rest of their names; `_FILE` names a file that holds the value. */
function family(env: Readonly<Record<string, string | undefined>>, prefix: string): Map<string, string> {
  const names = Object.keys(env).filter((name) => name.startsWith(prefix));
  const found = new Map<string, string>();
  for (const name of names.toSorted()) {
    const plain = name.replace(/_FILE$/, '');
    const value = env[plain] ?? readSecretFile(plain, env[`${plain}_FILE`]);
    if (value !== undefined) found.set(plain.slice(prefix.length), value);
  }
  return found;
}

/** `payments=whsec_A whsec_B, adyen=0A1B…`. */
function readWebhookSecrets(text: string): ReadonlyMap<string, readonly string[]> {
  const entries = text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)
    .map((part): [string, string[]] => {
      const at = part.indexOf('=');
      const secrets = part.slice(at + 1).split(/\s+/);
      if (at < 1 || secrets.length > 2 || !secrets.every((secret) => isWebhookSecret(secret) || isAdyenKey(secret)))
        throw new ConfigError(
          'PLINTH_WEBHOOK_SECRETS',
          `PLINTH_WEBHOOK_SECRETS has an entry that cannot be read (the one of ${at < 1 ? 'no name' : `“${part.slice(0, at)}”`})`,
          'Write name=whsec_… with one or two secrets of 24 to 64 bytes in base64 (Ed25519: whpk_… of 32 bytes, the public key; Adyen: 64 hexadecimal digits), entries separated by commas.',
        );
      return [part.slice(0, at).trim(), secrets];
    });
  return new Map(entries);
}

function refuseUnknown(env: Environment): void {
  // The other one is read by the test suites, not by the platform.
  const unknown = Object.keys(env).find(
    (key) => key.startsWith('PLINTH_') && !known.has(key) && !isOfFamily(key) && key !== 'PLINTH_TEST_DATA',
  );
  if (unknown)
    throw new ConfigError(
      unknown,
      `${unknown} is not a setting of Plinth`,
      'Run `npm run plinth -- config` to see all settings.',
    );
}

function listOf(text: string | undefined): string[] {
  return (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);
}

/** Each is scheme, host and port and nothing else, as browsers write it. */
function readOrigins(origins: readonly string[]): readonly string[] {
  const odd = origins.find((each) => URL.parse(each)?.origin !== each);
  if (odd === undefined) return origins;
  const advice = 'Write origins as browsers do: https://shop.example, without a path and without *.';
  throw new ConfigError('PLINTH_CORS_ORIGINS', `PLINTH_CORS_ORIGINS has "${odd}", which is no origin`, advice);
}

function isOfFamily(key: string): boolean {
  return [upstreamPrefix, secretPrefix].some((prefix) => key.startsWith(prefix) && key.length > prefix.length);
}

function readPort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) {
    throw new ConfigError('PORT', `The port is "${text}"`, 'Use a whole number from 0 (any free port) to 65535.');
  }
  return port;
}

function readCount(name: string, text: string | undefined, usual: number): number {
  if (text === undefined) return usual;
  if (!/^\d{1,9}$/.test(text)) {
    throw new ConfigError(name, `${name} is "${text}"`, 'Use a whole number from 0 to 999999999.');
  }
  return Number(text);
}

/** Off unless it is said. */
function readSwitch(name: string, text = 'off'): boolean {
  if (text !== 'on' && text !== 'off') throw new ConfigError(name, `${name} is "${text}"`, 'Use on or off.');
  return text === 'on';
}

function readProxies(entries: readonly string[]): TrustedProxies {
  try {
    return new TrustedProxies(entries);
  } catch (error) {
    const entry = (error as RangeError).message;
    throw new ConfigError(
      'PLINTH_TRUSTED_PROXIES',
      `PLINTH_TRUSTED_PROXIES has "${entry}"`,
      'List addresses (10.0.0.1) or networks (10.0.0.0/8, fd00::/8), separated by commas.',
    );
  }
}

function readSecretFile(name: string, file: string | undefined): string | undefined {
  if (!file) return undefined;
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new ConfigError(
      `${name}_FILE`,
      `${name}_FILE names ${file}, which cannot be read (${(error as Error).message})`,
      'Check the path and its permissions.',
    );
  }
}
