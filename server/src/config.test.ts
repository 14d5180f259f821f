import { expect, it } from 'vitest';
import { ConfigError, readConfig } from './config.ts';

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

const old = (env: Record<string, string>) => readConfig({ demo: true }, env).oldRateLimits;

it('old rate limit headers are off unless they are on', () => {
  expect([old({}), old({ PLINTH_OLD_RATE_LIMITS: 'off' }), old({ PLINTH_OLD_RATE_LIMITS: 'on' })]).toEqual([
    false,
    false,
    true,
  ]);
  expect(() => old({ PLINTH_OLD_RATE_LIMITS: 'yes' })).toThrow(ConfigError);
});
