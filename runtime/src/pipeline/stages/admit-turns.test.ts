// What is remembered from one request to the next: slices of work, waits, refusals of a connection.

import { describe, expect, it } from 'vitest';
import { Pace } from '../../resilience/pace.ts';
import { Process } from './test-process.ts';

const [critical, sheddable] = [1, 3] as const;

describe('a slice', () => {
  it('is over after 5 ms', () => {
    const it = Object.assign(new Process(), { workMs: 5 });
    it.request(critical, 'a');
    it.request(critical, 'b');
    expect([it.ran, it.admission.waiting]).toEqual([['a'], 1]);
  });

  it('of work that waited is one, too: what comes right after it waits, though nothing else does', () => {
    const it = new Process();
    for (const name of ['a', 'b', 'c', 'd']) it.request(critical, name, { stays: true });
    it.turn();
    expect([it.ran.length, it.admission.waiting]).toEqual([4, 0]);
    it.request(critical, 'e');
    expect([it.ran.length, it.admission.waiting]).toEqual([4, 1]);
  });

  it('is not begun again and again while no more may be under way', () => {
    const it = new Process(3);
    for (const name of ['a', 'b', 'c', 'd']) it.request(critical, name, { stays: true });
    for (let n = 0; n < 4; n++) it.turn();
    expect([it.ran, it.admission.waiting, it.isIdle]).toEqual([['a', 'b', 'c'], 1, true]);
  });
});

it('how long each one waited is told, by its class', () => {
  const it = new Process();
  it.request(critical, 'a');
  it.request(sheddable, 'b');
  it.request(sheddable, 'c');
  it.pass(7);
  it.turns();
  expect(it.waits).toEqual([
    ['critical', 0],
    ['sheddable', 0],
    ['sheddable', 7],
  ]);
});

it('how long an operation takes is noted by what was done of it, without its wait', () => {
  const it = new Process();
  const pace = new Pace();
  it.request(critical, 'a');
  it.request(critical, 'b');
  it.request(critical, 'c', { pace });
  it.pass(50);
  it.turns();
  expect(pace.medianMs).toBeCloseTo(3, 0);
});

it('a caller is known by its token before its cookie', () => {
  const it = new Process();
  it.flood(sheddable, 2);
  for (let n = 0; n < 12; n++) it.request(sheddable, `${n}`, { headers: { authorization: 'mine', cookie: `c${n}` } });
  expect([it.refused.length, it.admission.waiting]).toEqual([4, 8]);
});

describe('a refusal', () => {
  it('is an answer', () => {
    const it = Object.assign(new Process(), { loop: 1 });
    expect(it.request(sheddable, 'a').answered).toBe(true);
  });

  it('is forgotten when the load is over', () => {
    const it = Object.assign(new Process(), { loop: 1 });
    const connection = {};
    it.request(sheddable, 'a', { connection });
    it.loop = 0;
    it.pass(100);
    it.request(sheddable, 'somebody else');
    it.loop = 1;
    it.pass(100);
    it.request(sheddable, 'b', { connection });
    expect([it.refused, it.last]).toEqual([['a', 'b'], []]);
  });

  it('is not forgotten while others wait, though the level is low', () => {
    const it = new Process(1);
    const connection = {};
    it.request(critical, 'held', { stays: true });
    for (let n = 0; n < 8; n++) it.request(sheddable, `waits ${n}`, { who: 'one' });
    it.request(sheddable, 'a', { connection, who: 'one' });
    it.pass(100);
    it.request(sheddable, 'b', { connection, who: 'one' });
    expect([it.refused, it.last]).toEqual([['a', 'b'], ['b']]);
  });
});
