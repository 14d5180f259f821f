import { readFileSync } from 'node:fs';
import type { Meter } from '@opentelemetry/api';
import { expect, it } from 'vitest';
import { metricTable } from './metric-table.ts';
import { Metrics } from './metrics.ts';

it('every metric of the table is told from the start, with its meaning and kind', () => {
  const text = new Metrics().text();
  for (const { help } of Object.values(metricTable)) expect(text).toContain(` ${help}\n`);
  expect(text.match(/^# TYPE /gm)).toHaveLength(Object.keys(metricTable).length);
});

it('every metric of the reference is registered, and every registered one is in the reference', () => {
  const page = readFileSync(new URL('../../../docs/reference/telemetry.md', import.meta.url), 'utf8');
  const [, metricsPart = ''] = page.split(/^## /m);
  const listed = [...metricsPart.matchAll(/^\| `([^`]+)` \| `([^`]+)` \| (\w+) \| `([^`]+)` \|/gm)];
  const registered: string[] = [];
  const made = (kind: string) => (name: string, options: { unit: string }) => {
    registered.push(`${name} ${kind} ${options.unit}`);
    return { addCallback: () => undefined };
  };
  const meter = {
    createCounter: made('counter'),
    createHistogram: made('histogram'),
    createObservableGauge: made('gauge'),
  } as unknown as Meter;
  const text = new Metrics(meter).text();
  expect(listed.length).toBeGreaterThan(20);
  expect(listed.map(([, name, , kind, unit]) => `${name} ${kind} ${unit}`)).toEqual(registered);
  const told = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, kind]) => `${name} ${kind}`);
  expect(listed.map(([, , flat, kind]) => `${flat} ${kind}`)).toEqual(told);
});

it('buckets add up, and sums are seconds', () => {
  const metrics = new Metrics();
  const waited = metrics.durations('plinth.edge.queue.delay', {}, 'class');
  for (const ms of [1, 3, 30, 20_000]) waited('critical', ms);
  const text = metrics.text();
  expect(text).toContain('plinth_edge_queue_delay_seconds_bucket{class="critical",le="0.001"} 1\n');
  expect(text).toContain('plinth_edge_queue_delay_seconds_bucket{class="critical",le="0.05"} 3\n');
  expect(text).toContain('plinth_edge_queue_delay_seconds_bucket{class="critical",le="+Inf"} 4\n');
  expect(text).toContain('plinth_edge_queue_delay_seconds_sum{class="critical"} 20.034\n');
});

it('a metric has 5,000 series at most; what comes beyond is counted together', () => {
  const metrics = new Metrics();
  for (let n = 0; n < 5_002; n++) metrics.count('plinth.cache', { result: String(n) });
  metrics.count('plinth.cache', { result: '0' });
  const lines = metrics.text().match(/^plinth_cache_total.*$/gm) ?? [];
  expect(lines).toHaveLength(5_001);
  // Who has a series keeps it.
  expect([lines[0], lines.at(-1)]).toEqual(['plinth_cache_total{result="0"} 2', 'plinth_cache_total 2']);
});

it('what a label cannot hold as it is stands there escaped', () => {
  const metrics = new Metrics();
  metrics.count('plinth.cache', { result: 'a"b\\c\nd' });
  expect(metrics.text()).toContain('plinth_cache_total{result="a\\"b\\\\c\\nd"} 1\n');
});

it('refusals have the stage of their code, or the one that is said', () => {
  const metrics = new Metrics();
  metrics.nameStages((code) => (code === 'rate-limited' ? 'limit' : undefined));
  metrics.refused('rate-limited');
  metrics.refused('orders.out-of-stock');
  metrics.refused('malformed-request', 'listener');
  metrics.refused('rate-limited', 'listener');
  metrics.operation('/orders/v1/orders', 'GET').record(403, 5, 'http', 'not-yours');
  const text = metrics.text();
  for (const [stage, code] of [
    ['limit', 'rate-limited'],
    ['handler', 'orders.out-of-stock'],
    ['listener', 'malformed-request'],
    ['listener', 'rate-limited'],
    ['handler', 'not-yours'],
  ])
    expect(text).toContain(`plinth_edge_refused_total{stage="${stage}",code="${code}"} 1\n`);
});

it('answers are told apart by the scheme they were asked with', () => {
  const metrics = new Metrics();
  const meter = metrics.operation('/orders/v1/orders', 'GET');
  meter.record(200, 5, 'http', undefined);
  meter.record(200, 5, 'https', undefined);
  meter.record(200, 5, undefined, undefined);
  const counts = metrics.text().match(/^http_server_request_duration_seconds_count\{.*$/gm);
  const labels = 'http_route="/orders/v1/orders",method="GET",status="200"';
  expect(counts).toEqual(
    [`${labels},url_scheme="http"`, `${labels},url_scheme="https"`, labels].map(
      (all) => `http_server_request_duration_seconds_count{${all}} 1`,
    ),
  );
});

it('OpenTelemetry gets the same names, units and values', () => {
  const told: unknown[] = [];
  const readers: ((result: { observe: (value: number) => void }) => void)[] = [];
  const made = (kind: string) => (name: string, options: { unit: string }) => {
    told.push([kind, name, options.unit]);
    const note = (value: number, labels: unknown) => void told.push([name, value, labels]);
    return { add: note, record: note, addCallback: (read: (typeof readers)[number]) => void readers.push(read) };
  };
  const meter = {
    createCounter: made('counter'),
    createHistogram: made('histogram'),
    createObservableGauge: made('gauge'),
  } as unknown as Meter;
  const metrics = new Metrics(meter);
  expect(told).toEqual(Object.entries(metricTable).map(([name, { kind, unit }]) => [kind, name, unit]));
  told.length = 0;
  metrics.count('plinth.cache', { result: 'hit' }, 2);
  metrics.durations('plinth.upstream.duration', { upstream: 'core', operation: 'a.b' }, 'result')('ok', 1_500);
  metrics.gauge('plinth.edge.level', () => 0.5);
  metrics.gauge('plinth.outbox.lag', () => Number.NaN);
  for (const read of readers) read({ observe: (value) => void told.push(value) });
  expect(told).toEqual([
    ['plinth.cache', 2, { result: 'hit' }],
    ['plinth.upstream.duration', 1.5, { upstream: 'core', operation: 'a.b', result: 'ok' }],
    0.5,
  ]);
});
