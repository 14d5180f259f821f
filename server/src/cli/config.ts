// `plinth config`: the effective settings, secrets masked.

import { type Config, configKeys, environment, readConfig } from '../config.ts';
import type { AddCommand } from './commands.ts';
import { exit } from './failure.ts';
import { out, outJson } from './printer.ts';

export const addConfig: AddCommand = (program, done) => {
  program
    .command('config')
    .description('print the effective configuration')
    .option('--json', 'machine-readable output')
    .action((flags: { json?: boolean }) => done(printConfig(flags)));
};

function printConfig(flags: { json?: boolean }): Promise<number> {
  const values = effective();
  if (flags.json) outJson(values);
  else for (const { env, meaning } of configKeys) out(`${env.padEnd(30)}${(values[env] ?? '').padEnd(36)}${meaning}`);
  return Promise.resolve(exit.done);
}

const masked = '[secret]';

/** `dev` and `serve` may have another value where nobody says one. */
function inBoth(dev: string, serve: string): string {
  return dev === serve ? dev : `${dev} (dev), ${serve} (serve)`;
}

/** By name; what is secret is only said to be there. */
function effective(): Record<string, string> {
  const env = environment();
  const [config, serving] = [true, false].map((demo) => readConfig({ demo }, env)) as [Config, Config];
  const { outside, tracing } = config;
  const told = (name: string): string => env[name] ?? '';
  const secret = (value: unknown, without = ''): string => (value === undefined ? without : masked);
  const named = (names: Iterable<string>): string => [...names].map((name) => `${name}=${masked}`).join(' ');
  return {
    PORT: String(config.port),
    PLINTH_ADMIN_PORT: String(config.adminPort),
    PLINTH_HOST: config.host,
    PLINTH_BASE_URL: config.baseUrl,
    PLINTH_DATA: config.dataFolder,
    PLINTH_CONTRACTS: config.contractsFolder,
    DATABASE_URL: secret(config.databaseUrl, '(private PostgreSQL)'),
    PLINTH_SMTP_URL: secret(config.smtpUrl, '(files in <data>/mail)'),
    LOG_LEVEL: inBoth(config.logLevel, serving.logLevel),
    PLINTH_ALLOWED_PRIVATE_HOSTS: config.allowedPrivateHosts.join(','),
    PLINTH_ISSUERS: outside?.issuers.map(({ issuer }) => issuer).join(',') ?? '(embedded)',
    PLINTH_INTROSPECTION_SECRET: secret(outside?.introspection),
    PLINTH_SIGN_IN_SECRET: secret(outside?.signIn),
    PLINTH_SEALING_KEY: secret(config.sealingKey, config.databaseUrl === undefined ? '(<data>/sealing-key)' : ''),
    PLINTH_CORS_ORIGINS: config.corsOrigins.join(','),
    PLINTH_PAYMENT_PROVIDER: config.paymentProvider,
    'PLINTH_UPSTREAM_<NAME>': [...config.upstreams].map(([name, url]) => `${name}=${url}`).join(' '),
    'PLINTH_SECRET_<NAME>': named(config.secrets.keys()),
    PLINTH_TRUSTED_PROXIES: told('PLINTH_TRUSTED_PROXIES'),
    PLINTH_ADDRESS_LIMIT: String(config.addressLimit ?? 0),
    PLINTH_OLD_RATE_LIMITS: config.oldRateLimits ? 'on' : 'off',
    PLINTH_DRAIN_MS: inBoth(String(config.drainMs), String(serving.drainMs)),
    PLINTH_WEBHOOK_SECRETS: named(config.webhookSecrets.keys()),
    PLINTH_AUDIT_KEY: secret(config.auditKey, '(<data>/audit-key.pem)'),
    OTEL_EXPORTER_OTLP_ENDPOINT: told('OTEL_EXPORTER_OTLP_ENDPOINT'),
    OTEL_EXPORTER_OTLP_HEADERS: told('OTEL_EXPORTER_OTLP_HEADERS') === '' ? '' : masked,
    OTEL_SERVICE_NAME: tracing?.service ?? '',
    OTEL_TRACES_SAMPLER_ARG: tracing === undefined ? '' : String(tracing.ratio),
    PLINTH_CRASH_AT: told('PLINTH_CRASH_AT'),
  };
}
