import { beforeEach, expect, it } from 'vitest';
import { Metrics } from '../../telemetry/metrics.ts';
import type { Answer, Exchange } from '../exchange.ts';
import { record, type RecordParts } from './record.ts';

let failures: unknown[];
let lines: unknown[];
let keys: string[];
let metrics: Metrics;
beforeEach(() => {
  failures = [];
  lines = [];
  keys = [];
  metrics = new Metrics();
});

const write = (_: number, __: string | undefined, line: () => unknown) => lines.push(line());
const countKey = (result: string) => keys.push(result);

function recorded(answer: Partial<Answer>, more: object = {}, onRecorded?: RecordParts['onRecorded']): void {
  const x = {
    operation: { key: 'a.b', meter: { record: () => undefined }, operation: { policy: {} }, contract: { id: 'a' } },
    idempotencyKey: 'k',
    startedMs: 0,
    replayed: false,
    tookKey: false,
    principal: { audience: 'customer' },
    transport: { method: 'POST', scheme: 'http' },
    ...more,
  } as unknown as Exchange;
  const logger = { error: (line: unknown) => failures.push(line), isLevelEnabled: () => true };
  record(x, answer as Answer, 5, { logger, metrics, countKey, lines: { write }, onRecorded } as unknown as RecordParts);
}

it.each([
  [500, 'internal', 1],
  [503, 'dependency-unavailable', 1],
  [503, 'overloaded', 0],
  [503, 'draining', 0],
  [404, 'not-found', 0],
  [201, undefined, 0],
])('%i %s is a failure in the log %i times, else a line as any other', (status, code, times) => {
  recorded({ status, code });
  expect([failures.length, lines.length]).toEqual([times, 1 - times]);
});

it.each([
  [201, undefined, 'replayed', ['replayed']],
  [409, 'notes.locked', 'replayed', ['replayed']],
  [422, 'idempotency-key-reused', '', ['reused']],
  [409, 'idempotency-in-progress', '', ['in-progress']],
  [409, 'outcome-unknown', '', ['unknown']],
  [504, 'outcome-unknown', 'tookKey', ['unknown']],
  [201, undefined, 'tookKey', ['done']],
  [202, undefined, 'tookKey', ['done']],
  [409, 'notes.locked', 'tookKey', ['done']],
  [404, 'not-found', 'tookKey', ['failed']],
  [500, 'internal', 'tookKey', ['failed']],
  [504, 'deadline-exceeded', 'tookKey', ['failed']],
  [404, 'not-found', '', ['refused']],
  [429, 'rate-limited', '', ['refused']],
  [200, undefined, '', []],
])('of a key that led to %i %s (%s) it is counted that it was %j', (status, code, how, results) => {
  recorded({ status, code }, { [how]: true });
  expect(keys).toEqual(results);
});

it.each([true, false])('a line says whether its answer was a stored one: %s', (replayed) => {
  recorded({ status: 201 }, { replayed });
  expect(lines).toMatchObject([{ replayed: replayed || undefined }]);
});

it('an answer that breaks its contract is counted by its operation', () => {
  recorded({ status: 500, code: 'response-breaks-contract' });
  recorded({ status: 500, code: 'internal' });
  expect(metrics.text()).toContain('plinth_contract_drift_total{operation="a.b"} 1\n');
});

it('where there was no key nothing is counted of one', () => {
  recorded({ status: 201 }, { idempotencyKey: undefined });
  expect(keys).toEqual([]);
});

const ending = (policy: object) => ({
  key: 'a.b',
  meter: { record: () => undefined },
  operation: { policy },
  deprecatedParts: () => [{ name: 'query.old' }],
});

it('each part that will end is counted by who still sends it, and the whole where that ends', () => {
  recorded({ status: 200 }, { operation: ending({}), principal: { applicationId: 'app' } });
  recorded({ status: 200 }, { operation: ending({ deprecation: {} }) });
  const counts = metrics.text().match(/^plinth_deprecated_use_total\{.*$/gm);
  expect(counts).toEqual([
    'plinth_deprecated_use_total{operation="a.b",application="app",part="query.old"} 1',
    'plinth_deprecated_use_total{operation="a.b",application="none",part="all"} 1',
    'plinth_deprecated_use_total{operation="a.b",application="none",part="query.old"} 1',
  ]);
});

it('parameters that were sent are known however they were written', () => {
  const params = ['filter', 'tags', 'plain', 'bare', 'absent'].map((name) => ({ in: 'query', name }));
  const operation = {
    meter: { record: () => undefined },
    operation: { id: 'b', policy: {}, params },
    contract: { id: 'a', version: '1' },
  };
  let sent: string[] = [];
  const query = 'filter[x]=1&tags%5B%5D=2&plain=a[b]&bare';
  recorded({ status: 200 }, { operation, query }, ({ parameters }) => (sent = parameters()));
  expect(sent).toEqual(['query.filter', 'query.tags', 'query.plain', 'query.bare']);
});

it('the span of an answer says its own channel, though the rest is the same', () => {
  const operation = {
    meter: { record: () => undefined },
    operation: { method: 'get', path: '/b', policy: {} },
    contract: { basePath: '/a' },
  };
  const channels: unknown[] = [];
  for (const channel of ['web', 'app', 'web'])
    recorded(
      { status: 200 },
      {
        operation,
        channel,
        span: { end: (attributes: Record<string, unknown>) => channels.push(attributes['plinth.channel']) },
      },
    );
  expect(channels).toEqual(['web', 'app', 'web']);
});
