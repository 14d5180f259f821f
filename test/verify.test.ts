// The platform against its own contracts, as `plinth test` does it: every capability over HTTP, with real handlers, a
// real database and real callers. Nothing is lost whatever is sent. At length: `npm run test:chaos -- fuzz`.

import { type Contract, failureText } from '@plinth/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openOwnContracts, type OwnContracts } from './faults/own-contracts.ts';

const names = [
  'accounts',
  'assistant',
  'catalogue',
  'customers',
  'inventory',
  'loyalty',
  'notifications',
  'orders',
  'partners',
  'payments',
  'personalization',
  'tickets',
];
const seed = 7;
/** One after another: the same requests in the same order. */
const workers = 1;
/** Random requests for each operation and phase. */
const cases = 3;

/**
 * What nobody reaches by what the contract says: an account that was emptied, a customer with nothing open, another customer, a solved request, a
 * reservation that was confirmed, a partner that was shut out, an order's number with the digits that go with it. Everything else must have been answered with success at least once.
 */
const hard = new Set([
  'closeAccount',
  'closeCustomer',
  'grantDelegate',
  'reopenTicket',
  'lookUpOrder',
  'shipReservation',
  'resumePartner',
]);

let own: OwnContracts;
beforeAll(async () => {
  own = await openOwnContracts();
});
afterAll(() => own.close());

describe('what is really there keeps its contract', () => {
  it('and no capability is left out', () => {
    expect(
      own.contracts.map(({ id }) => id).toSorted(),
      // Its runs come of others' work, in states that no request leads to: workflows.test.ts.
    ).toEqual([...names, 'workflows']);
  });

  it.each(names)('%s', async (name) => {
    const contract = own.contracts.find(({ id }) => id === name) as Contract;
    const baseUrl = own.baseUrlOf(contract);
    const report = await own.test(contract, { seed, cases, workers });
    expect(report.failures.map((failure) => failureText(failure, { baseUrl })).join('\n\n')).toBe('');
    expect(report.finished).toBe(true);
    // Facts are seen over /live, so that none is missed.
    expect(report.notRun).toEqual([]);
    const { coverage } = report;
    const refused = coverage.filter(({ successes }) => successes.all > 0 && successes.seen === 0);
    expect(refused.map(({ operation }) => operation).filter((each) => !hard.has(each))).toEqual([]);
  });

  it('and afterwards nothing is lost: every invariant holds', async () => {
    expect(await own.broken()).toEqual([]);
  });
});
