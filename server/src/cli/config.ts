// `plinth config`: the effective settings, secrets masked.

import { configKeys, environment, readConfig } from '../config.ts';
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
  const env = environment();
  const config = readConfig({ demo: true }, env);
  const told = (name: string): string => env[name] ?? '';
  const values: Record<string, string> = {
    PORT: String(config.port),
    PLINTH_ADMIN_PORT: String(config.adminPort),
    PLINTH_HOST: config.host,
    PLINTH_BASE_URL: config.baseUrl,
    PLINTH_DATA: config.dataFolder,
    PLINTH_CONTRACTS: config.contractsFolder,
    DATABASE_URL: config.databaseUrl ? '[secret]' : '(private PostgreSQL)',
    PLINTH_SMTP_URL: config.smtpUrl ? '[secret]' : '(files in <data>/mail)',
    LOG_LEVEL: config.logLevel,
    PLINTH_ALLOWED_PRIVATE_HOSTS: config.allowedPrivateHosts.join(','),
    PLINTH_ISSUERS: config.outside?.issuers.map(({ issuer }) => issuer).join(',') ?? '(embedded)',
    PLINTH_INTROSPECTION_SECRET: config.outside?.introspection ? '[secret]' : '',
    PLINTH_SIGN_IN_SECRET: config.outside?.signIn ? '[secret]' : '',
    PLINTH_SEALING_KEY: config.sealingKey ? '[secret]' : '',
    PLINTH_CORS_ORIGINS: config.corsOrigins.join(','),
    PLINTH_PAYMENT_PROVIDER: config.paymentProvider,
    'PLINTH_UPSTREAM_<NAME>': [...config.upstreams].map(([name, url]) => `${name}=${url}`).join(' '),
    'PLINTH_SECRET_<NAME>': [...config.secrets.keys()].map((name) => `${name}=[secret]`).join(' '),
    PLINTH_TRUSTED_PROXIES: told('PLINTH_TRUSTED_PROXIES'),
    PLINTH_ADDRESS_LIMIT: String(config.addressLimit ?? 0),
    PLINTH_DRAIN_MS: String(config.drainMs),
    PLINTH_WEBHOOK_SECRETS: [...config.webhookSecrets.keys()].map((name) => `${name}=[secret]`).join(' '),
    OTEL_EXPORTER_OTLP_ENDPOINT: told('OTEL_EXPORTER_OTLP_ENDPOINT'),
    OTEL_EXPORTER_OTLP_HEADERS: told('OTEL_EXPORTER_OTLP_HEADERS') === '' ? '' : '[secret]',
    OTEL_SERVICE_NAME: config.tracing?.service ?? '',
    OTEL_TRACES_SAMPLER_ARG: config.tracing === undefined ? '' : String(config.tracing.ratio),
    PLINTH_OLD_RATE_LIMITS: config.oldRateLimits ? 'on' : 'off',
    PLINTH_AUDIT_KEY: config.auditKey ? '[secret]' : '(<data>/audit-key.pem)',
    PLINTH_CRASH_AT: config.crashAt ?? '',
  };
  if (flags.json) outJson(values);
  else for (const { env, meaning } of configKeys) out(`${env.padEnd(30)}${(values[env] ?? '').padEnd(36)}${meaning}`);
  return Promise.resolve(exit.done);
}
