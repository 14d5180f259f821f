import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { catchOutput } from '@plinth/testing';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { run } from './cli/commands.ts';
import { ConfigError, environment, readConfig } from './config.ts';

const said = catchOutput();

const tracing = (env: Record<string, string>) => readConfig({ demo: true }, env).tracing;

it('spans go nowhere unless a collector is named', () => {
  expect(tracing({})).toBeUndefined();
  expect(tracing({ OTEL_EXPORTER_OTLP_ENDPOINT: '', OTEL_SERVICE_NAME: 'shop' })).toBeUndefined();
});

it('the standard’s settings say where they go, as whom, and how many', () => {
  expect(tracing({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318/' })).toEqual({
    url: 'http://127.0.0.1:4318/v1/traces',
    headers: {},
    service: 'plinth',
    ratio: 1,
  });
  expect(
    tracing({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector.example/otlp',
      OTEL_EXPORTER_OTLP_HEADERS: 'Authorization=Bearer%20abc,x-tenant=7',
      OTEL_SERVICE_NAME: 'shop',
      OTEL_TRACES_SAMPLER_ARG: '0.25',
    }),
  ).toEqual({
    url: 'https://collector.example/otlp/v1/traces',
    headers: { authorization: 'Bearer abc', 'x-tenant': '7' },
    service: 'shop',
    ratio: 0.25,
  });
});

it.each([
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318'],
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'file:///tmp'],
  ['OTEL_TRACES_SAMPLER_ARG', '1.5'],
  ['OTEL_TRACES_SAMPLER_ARG', 'all'],
  ['OTEL_EXPORTER_OTLP_HEADERS', 'no value'],
  ['OTEL_EXPORTER_OTLP_HEADERS', 'a=%zz'],
  ['OTEL_EXPORTER_OTLP_HEADERS', 'a=%ff'],
  ['OTEL_EXPORTER_OTLP_HEADERS', 'a=1%0d%0ab:2'],
])('%s=%s is refused at the start', (name, value) => {
  expect(() => tracing({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318', [name]: value })).toThrow(ConfigError);
});

it.each(['PLINTH_DRIAN_MS', 'PLINTH_', 'PLINTH_UPSTREAMS', 'PLINTH_SECRET', 'PLINTH_DATA_FILE_FILE'])(
  '%s, which nobody knows, is refused at the start by its name',
  (name) => {
    expect(() => readConfig({ demo: true }, { [name]: '1' })).toThrow(ConfigError);
    expect(() => readConfig({ demo: true }, { [name]: '1' })).toThrow(name);
  },
);

it('others read the environment too: what has no prefix of ours is theirs', () => {
  expect(readConfig({ demo: true }, { HOME: '/', DATABASE: 'x', OTEL_SOMETHING: 'y', PORT: '4100' }).port).toBe(4100);
});

it.each([
  ['PORT', '65536'],
  ['PORT', '-1'],
  ['PORT', '4e3'],
  ['PLINTH_ADMIN_PORT', 'x'],
  ['PLINTH_DRAIN_MS', '-1'],
  ['PLINTH_DRAIN_MS', '1000000000'],
  ['PLINTH_ADDRESS_LIMIT', '1.5'],
  ['LOG_LEVEL', 'loud'],
  ['PLINTH_TRUSTED_PROXIES', '10.0.0.0/33'],
  ['PLINTH_CORS_ORIGINS', 'https://a.example/path'],
  ['PLINTH_WEBHOOK_SECRETS', 'purse=short'],
  ['PLINTH_WEBHOOK_SECRETS', `purse=whsk_${Buffer.alloc(32, 7).toString('base64')}`],
  ['PLINTH_WEBHOOK_SECRETS', `purse=whpk_${Buffer.alloc(24, 7).toString('base64')}`],
  ['PLINTH_PAYMENT_PROVIDER', 'nobody'],
])('%s=%s is refused', (name, value) => {
  expect(() => readConfig({ demo: true }, { [name]: value })).toThrow(ConfigError);
});

it('webhooks in are checked with secrets and public keys', () => {
  const [secret, key] = ['whsec', 'whpk'].map((kind) => `${kind}_${Buffer.alloc(32, 7).toString('base64')}`);
  const config = readConfig({ demo: true }, { PLINTH_WEBHOOK_SECRETS: `purse=${key} ${secret}, bank=${key}` });
  expect([...config.webhookSecrets]).toEqual([
    ['purse', [key, secret]],
    ['bank', [key]],
  ]);
});

it('what is printed of the settings holds no secret', async () => {
  const secrets: Record<string, string> = {
    DATABASE_URL: 'postgres://plinth:canary-1@db.example/plinth',
    PLINTH_SMTP_URL: 'smtp://plinth:canary-2@mail.example',
    PLINTH_SEALING_KEY: 'canary-3',
    PLINTH_AUDIT_KEY: 'canary-4',
    PLINTH_SECRET_BANK: 'canary-5',
    PLINTH_UPSTREAM_BANK: 'https://bank.example',
    PLINTH_WEBHOOK_SECRETS: `purse=whsec_${Buffer.alloc(32, 'canary').toString('base64')}`,
    OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector.example',
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=canary-7',
  };
  for (const [name, value] of Object.entries(secrets)) vi.stubEnv(name, value);
  try {
    expect(await run(['config'])).toBe(0);
    expect(await run(['config', '--json'])).toBe(0);
  } finally {
    vi.unstubAllEnvs();
  }
  expect(said.out).toContain('https://bank.example');
  expect(said.out).not.toContain('canary');
  expect(said.out).not.toContain(Buffer.alloc(30, 'canary').toString('base64'));
});

it('what is printed is what dev and serve have, each', async () => {
  expect(await run(['config', '--json'])).toBe(0);
  expect(JSON.parse(said.out)).toMatchObject({
    PORT: '4000',
    LOG_LEVEL: 'warn (dev), info (serve)',
    PLINTH_DRAIN_MS: '0 (dev), 5000 (serve)',
  });
  said.out = '';
  vi.stubEnv('PLINTH_DRAIN_MS', '70');
  expect(await run(['config', '--json'])).toBe(0);
  vi.unstubAllEnvs();
  expect(JSON.parse(said.out)).toMatchObject({ PLINTH_DRAIN_MS: '70' });
});

const old = (env: Record<string, string>) => readConfig({ demo: true }, env).oldRateLimits;

it('a process that others rely on is not ended by a variable', () => {
  const env = { PLINTH_CRASH_AT: 'write.before-commit' };
  expect(readConfig({ demo: true }, env).crashAt).toBe('write.before-commit');
  expect(() => readConfig({ demo: false }, env)).toThrow('PLINTH_CRASH_AT');
});

it('old rate limit headers are off unless they are on', () => {
  expect([old({}), old({ PLINTH_OLD_RATE_LIMITS: 'off' }), old({ PLINTH_OLD_RATE_LIMITS: 'on' })]).toEqual([
    false,
    false,
    true,
  ]);
  expect(() => old({ PLINTH_OLD_RATE_LIMITS: 'yes' })).toThrow(ConfigError);
});

const sealingKey = (env: Record<string, string>) => readConfig({ demo: true }, env).sealingKey;

it('a secret may stand in a file, whose last line end is not part of it', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'plinth-secret-'));
  const file = path.join(folder, 'key');
  writeFileSync(file, 'of the file\n');
  expect(sealingKey({ PLINTH_SEALING_KEY_FILE: file })).toBe('of the file');
  expect(sealingKey({ PLINTH_SEALING_KEY_FILE: file, PLINTH_SEALING_KEY: 'said' })).toBe('said');
  const { secrets } = readConfig({ demo: true }, { PLINTH_SECRET_BANK_FILE: file });
  expect([...secrets]).toEqual([['BANK', 'of the file']]);
  rmSync(folder, { recursive: true });
  expect(() => sealingKey({ PLINTH_SEALING_KEY_FILE: file })).toThrow(
    /^PLINTH_SEALING_KEY_FILE names .*key, which cannot/,
  );
});

const places = (demo: boolean, env: Record<string, string> = {}) => {
  const { host, port, adminPort, drainMs, logLevel } = readConfig({ demo }, env);
  return [host, port, adminPort, drainMs, logLevel];
};

it('where nobody says anything it listens on this machine alone, and gives balancers 5 s', () => {
  expect(places(false)).toEqual(['127.0.0.1', 4000, 4001, 5_000, 'info']);
  expect(places(true)).toEqual(['127.0.0.1', 4000, 4001, 0, 'warn']);
});

it.each([
  [{ PORT: '4100' }, 4101],
  [{ PORT: '0' }, 0],
  [{ PORT: '65535' }, 65_535],
  [{ PORT: '4100', PLINTH_ADMIN_PORT: '9000' }, 9_000],
])('with %j figures are on port %i', (env, port) => {
  expect(places(false, env)[2]).toBe(port);
});

it('the command line overrules the environment', () => {
  const env = { PORT: '4100', PLINTH_HOST: '0.0.0.0', PLINTH_DATA: '/srv/a' };
  const said = readConfig({ demo: true, port: '4200', host: '127.0.0.1', data: '/srv/b' }, env);
  expect([said.port, said.host, said.dataFolder]).toEqual([4200, '127.0.0.1', '/srv/b']);
  expect([readConfig({ demo: true }, env).port, readConfig({ demo: true }, {}).port]).toEqual([4100, 4000]);
});

describe('plinth.config.ts', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'plinth-config-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  /** A folder of its own each time: a module is read once. */
  const written = (text: string): string => {
    const home = mkdtempSync(path.join(folder, 'home-'));
    writeFileSync(path.join(home, 'plinth.config.ts'), text);
    return home;
  };

  it('says what the environment does not', () => {
    const home = written(
      "export default { PORT: 4100, PLINTH_HOST: '0.0.0.0', PLINTH_CORS_ORIGINS: ['https://a.example', 'https://b.example'] };",
    );
    const config = readConfig({ demo: true }, environment({ PLINTH_HOST: '127.0.0.9' }, home));
    expect([config.port, config.host, config.corsOrigins]).toEqual([
      4100,
      '127.0.0.9',
      ['https://a.example', 'https://b.example'],
    ]);
  });

  it('does not overrule a secret whose file the environment names', () => {
    const home = written("export default { PLINTH_SEALING_KEY: 'of the file' };");
    expect(environment({ PLINTH_SEALING_KEY_FILE: '/run/key' }, home)).toEqual({ PLINTH_SEALING_KEY_FILE: '/run/key' });
  });

  it.each([
    ["export default { PLINTH_PROT: '1' };", 'PLINTH_PROT is not a setting'],
    ["export default { HOME: '/' };", 'HOME is not a setting'],
    ['export default { PORT: true };', 'neither text nor a number'],
    ['export default [];', 'exports no settings'],
    ['export const PORT = 1;', 'exports no settings'],
    ['export default {', 'cannot be read'],
  ])('%s is refused by name', (text, why) => {
    expect(() => environment({}, written(text))).toThrow(why);
    expect(() => environment({}, written(text))).toThrow(ConfigError);
  });

  it('need not be there', () => {
    expect(environment({ PORT: '1' }, folder)).toEqual({ PORT: '1' });
  });
});
