// Each bug of a list is planted alone into a service that is right without it. All are found, and nothing else is.

import { describe, expect, it } from 'vitest';
import { load } from '../load/load.ts';
import type { TestRequest } from './exchange.ts';
import type { Failure } from './failure.ts';
import { failureText, reportAsText } from './format.ts';
import { type Bug, bugs, parcelPrincipals as principals, parcelsYaml } from './parcels-contract.ts';
import { Parcels } from './parcels.ts';
import { plan } from './plan.ts';
import { run, type TestReport } from './run.ts';

const { contract } = await load('parcels.yaml', { read: async () => parcelsYaml });
if (!contract) throw new Error('the contract must load');
const tests = plan(contract, { cases: 15, destructive: true });
const now = Temporal.Instant.from('2026-06-01T12:00:00Z');

async function reportOf(bug?: Bug, seed = 1, showsFacts = true): Promise<TestReport> {
  const { send, facts } = new Parcels(bug);
  for await (const event of run(tests, { send, facts: showsFacts ? facts : undefined, principals, now, seed }))
    if (event.type === 'report') return event.report;
  throw new Error('a run ends with a report');
}

describe('a right implementation', () => {
  it.each([1, 2, 3])('has no failure with seed %i', async (seed) => {
    const report = await reportOf(undefined, seed);
    expect(reportAsText({ ...report, coverage: [] }, { baseUrl: 'http://t' })).toBe('');
    expect(report.coveragePercent).toBeGreaterThan(90);
  });
});

it('without facts to see, the report says which check did not run', async () => {
  const report = await reportOf(undefined, 1, false);
  expect(reportAsText({ ...report, coverage: [] }, { baseUrl: 'http://t' })).toBe(
    '- event-missing did not run: the target shows no facts\n',
  );
});

describe('a planted bug is found, and repeated by its steps', () => {
  it.each(Object.entries(bugs) as [Bug, string][])('%s: %s', async (bug, check) => {
    const { failures } = await reportOf(bug);
    const found = failures.filter((failure) => failure.check === check);
    if (found.length === 0)
      throw new Error(
        `not found; instead:\n${failures.map((each) => failureText(each, { baseUrl: 'http://t' })).join('\n')}`,
      );
    for (const failure of found) expect(failure.steps.length).toBeGreaterThan(0);
    await repeats(bug, found[0] as Failure);
  });
});

/** The last step of a failure against a new instance has the status that was reported. */
async function repeats(bug: Bug, { steps }: Failure): Promise<void> {
  const { send } = new Parcels(bug);
  // Some steps take what a list shows.
  for (let count = 0; count < 6; count++) await send(made(count));
  const said: { from: string; to: string }[] = [];
  let status = 0;
  for (const { request, captures } of steps) {
    const text = said.reduce((json, { from, to }) => json.replaceAll(from, to), JSON.stringify(request));
    const answer = await send(JSON.parse(text) as typeof request);
    status = answer.status;
    for (const { pointer, text: from } of captures)
      said.push({ from, to: idAt(new TextDecoder().decode(answer.body), pointer) });
  }
  expect(status).toBe(steps.at(-1)?.status);
}

function made(count: number): TestRequest {
  const headers = {
    authorization: 'Bearer ada',
    'content-type': 'application/json',
    'idempotency-key': `made-${count}`,
  };
  return {
    method: 'POST',
    target: '/parcels',
    headers,
    body: JSON.stringify({ label: 'Tea', weight: 1, kind: 'box' }),
  };
}

function idAt(body: string, pointer: string): string {
  let value = JSON.parse(body) as unknown;
  for (const name of pointer.split('/').slice(1)) value = (value as Record<string, unknown>)[name];
  return String(value);
}
