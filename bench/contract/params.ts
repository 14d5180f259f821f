// Five scalar query parameters from text to checked values, against what one writes by hand with URLSearchParams: parse,
// convert, test each bound. In this process, in turn, medians.

import { compileParams, load } from '@plinth/contract';
import type { BenchOptions, BenchResult } from '../run.ts';
import { held, median, ratio, runsOf } from './processes.ts';

const contract = `openapi: 3.1.0
info: { title: Search, version: 1.0.0 }
paths:
  /orders:
    get:
      operationId: searchOrders
      parameters:
        - { name: state, in: query, schema: { type: string, enum: [open, sent, closed] } }
        - { name: customer, in: query, schema: { type: string, maxLength: 40 } }
        - { name: limit, in: query, schema: { type: integer, minimum: 1, maximum: 100 } }
        - { name: least, in: query, schema: { type: number, minimum: 0 } }
        - { name: paid, in: query, schema: { type: boolean } }
      responses: { '200': { description: Them. } }
`;
const query = 'state=open&customer=cus_06f4tsg0003c5a8j1kq2&limit=25&least=19.5&paid=true';
const rounds = 200_000;

/** Nanoseconds a reading, and the ratio of ours to the hand-written one. */
export async function run(options: BenchOptions): Promise<BenchResult> {
  const loaded = await load('search.yaml', { read: () => Promise.resolve(contract) });
  const operation = loaded.contract?.operations[0];
  if (!loaded.contract || !operation) throw new Error(JSON.stringify(loaded.findings));
  const params = compileParams(operation, loaded.contract.document);
  const input = { path: {}, query, header: () => undefined };
  if (params.read(input).violations.length > 0 || !byHand(query)) throw new Error('the query must be right');
  const times: Record<'ours' | 'hand', number[]> = { ours: [], hand: [] };
  for (let round = 0; round <= runsOf(options); round++) {
    const ours = nanoseconds(() => params.read(input).violations.length);
    const hand = nanoseconds(() => (byHand(query) ? 0 : 1));
    if (round === 0) continue; // The first round only warms up.
    times.ours.push(ours);
    times.hand.push(hand);
    options.say(`params, round ${round}: ours ${ours.toFixed(0)} ns, by hand ${hand.toFixed(0)} ns`);
  }
  const figures = {
    nanoseconds: Math.round(median(times.ours)),
    byHandNanoseconds: Math.round(median(times.hand)),
    ratio: ratio(median(times.ours), median(times.hand)),
  };
  return { figures, ...held(figures, { nanoseconds: { atMost: 2000 } }) };
}

function nanoseconds(read: () => number): number {
  const started = performance.now();
  let faults = 0;
  for (let index = 0; index < rounds; index++) faults += read();
  if (faults > 0) throw new Error('the query must be right');
  return ((performance.now() - started) * 1e6) / rounds;
}

function byHand(text: string): boolean {
  const search = new URLSearchParams(text);
  const [limit, least] = [Number(search.get('limit')), Number(search.get('least'))];
  return (
    ['open', 'sent', 'closed'].includes(search.get('state') ?? '') &&
    (search.get('customer') ?? '').length <= 40 &&
    Number.isInteger(limit) &&
    limit >= 1 &&
    limit <= 100 &&
    least >= 0 &&
    ['true', 'false'].includes(search.get('paid') ?? '')
  );
}
