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

function recorded(answer: Partial<Answer>, { replayed = false, tookKey = false } = {}): void {
  const x = {
    operation: { key: 'a.b', meter: { record: () => undefined }, operation: { policy: {} }, contract: { id: 'a' } },
    idempotencyKey: 'k',
    startedMs: 0,
    replayed,
    tookKey,
    principal: { audience: 'customer' },
    transport: { method: 'POST', scheme: 'http' },
  } as unknown as Exchange;
  const logger = { error: (line: unknown) => failures.push(line), isLevelEnabled: () => true };
  record(x, answer as Answer, 5, { logger, metrics, countKey, lines: { write } } as unknown as RecordParts);
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
