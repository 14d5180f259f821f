import { describe, expect, it } from 'vitest';
import type { Exchange } from '../exchange.ts';
import { ClassQueue } from './class-queue.ts';

const at = (startedMs: number): Exchange => ({ startedMs }) as Exchange;
const provenDelay = (queue: ClassQueue, nowMs: number): number => queue.delaysMs(nowMs).proven;
const startsOf = (queue: ClassQueue, nowMs: number): number[] => {
  const starts: number[] = [];
  for (let x = queue.take(nowMs); x !== undefined; x = queue.take(nowMs)) starts.push(x.startedMs);
  return starts;
};

describe('a queue of one class', () => {
  it('takes as many as its room and no more', () => {
    const queue = new ClassQueue(8);
    for (let n = 0; n < 7; n++) queue.push(at(n), n, false);
    expect(queue.isFull).toBe(false);
    queue.push(at(7), 7, false);
    expect(queue.isFull).toBe(true);
  });

  it('gives one caller a quarter of its room, and the place back when one leaves', () => {
    const queue = new ClassQueue(8);
    expect([queue.push(at(0), 1, false), queue.push(at(1), 1, false), queue.push(at(2), 1, false)]).toEqual([
      true,
      true,
      false,
    ]);
    expect(queue.push(at(3), 2, false)).toBe(true);
    queue.take(4);
    expect(queue.push(at(4), 1, false)).toBe(true);
  });

  it('gives half of its room to all who are unproven, and the place back when one leaves', () => {
    const queue = new ClassQueue(8);
    const pushes = [0, 1, 2, 3, 4].map((who) => queue.push(at(who), who, true));
    expect(pushes).toEqual([true, true, true, true, false]);
    expect(queue.push(at(5), 5, false)).toBe(true);
    queue.take(6);
    expect([queue.push(at(6), 6, true), queue.push(at(7), 7, true)]).toEqual([true, false]);
  });

  it('serves those who are unproven and the others by turns, each in their order, and tells their waits apart', () => {
    const queue = new ClassQueue(16);
    for (let n = 0; n < 5; n++) queue.push(at(n), n, true);
    queue.push(at(8), 8, false);
    queue.push(at(9), 9, false);
    expect(queue.take(10)?.startedMs).toBe(0);
    expect(startsOf(queue, 20)).toEqual([8, 1, 9, 2, 3, 4]);
    for (const nowMs of [130, 230, 330]) {
      queue.push(at(nowMs - 10), 1, true);
      queue.push(at(nowMs - 2), 2, false);
      queue.take(nowMs);
      queue.take(nowMs);
      const stands = nowMs === 330;
      expect(queue.delaysMs(nowMs)).toEqual({ proven: stands ? 2 : 0, unproven: stands ? 10 : 0 });
    }
  });

  it('turns the line of those who are unproven round alone', () => {
    const queue = new ClassQueue(16);
    for (let n = 0; n < 4; n++) queue.push(at(n), n, true);
    queue.delaysMs(20);
    queue.push(at(118), 8, false);
    queue.push(at(119), 9, false);
    expect(startsOf(queue, 121)).toEqual([3, 118, 2, 119, 1, 0]);
  });

  it('serves who came first while nobody waits long', () => {
    const queue = new ClassQueue(8);
    for (let n = 0; n < 3; n++) queue.push(at(n), n, false);
    expect(startsOf(queue, 10)).toEqual([0, 1, 2]);
  });

  it('serves who came last once its head has been older than 10 ms for 100 ms', () => {
    const queue = new ClassQueue(8);
    for (let n = 0; n < 4; n++) queue.push(at(n), n, false);
    expect(queue.take(11)?.startedMs).toBe(0);
    queue.push(at(100), 9, false);
    expect(queue.take(110)?.startedMs).toBe(1);
    expect(queue.take(111)?.startedMs).toBe(100);
    expect(startsOf(queue, 112)).toEqual([3, 2]);
  });

  it('takes ten milliseconds for young', () => {
    const queue = new ClassQueue(8);
    for (let n = 0; n < 3; n++) queue.push(at(n), n, false);
    queue.delaysMs(10);
    expect(startsOf(queue, 110)).toEqual([0, 1, 2]);
  });

  it('is in order again when its head is young', () => {
    const queue = new ClassQueue(8);
    queue.push(at(0), 0, false);
    queue.take(11);
    queue.push(at(0), 0, false);
    queue.take(20);
    expect(queue.take(120)).toBeUndefined();
    queue.push(at(118), 0, false);
    queue.push(at(119), 1, false);
    expect(startsOf(queue, 121)).toEqual([118, 119]);
  });

  it('tells the least wait of those it gave out, else how old its head is, as the last three looks have seen it', () => {
    const queue = new ClassQueue(8);
    for (let n = 0; n < 4; n++) queue.push(at(0), n, false);
    queue.take(40);
    queue.take(70);
    expect([provenDelay(queue, 100), provenDelay(queue, 200), provenDelay(queue, 300)]).toEqual([0, 0, 40]);
    expect(provenDelay(queue, 400)).toBe(200);
    queue.take(495);
    queue.take(498);
    expect([provenDelay(queue, 500), provenDelay(queue, 600)]).toEqual([300, 0]);
  });

  it('takes a pause that is over for no standing wait', () => {
    const queue = new ClassQueue(8);
    for (let n = 0; n < 4; n++) queue.push(at(0), n, false);
    startsOf(queue, 300);
    expect(provenDelay(queue, 300)).toBe(0);
    queue.push(at(399), 1, false);
    queue.take(400);
    expect([provenDelay(queue, 400), provenDelay(queue, 500)]).toEqual([0, 0]);
    // Nobody asked for a while: what was seen before it counts no more.
    queue.push(at(500), 1, false);
    provenDelay(queue, 600);
    expect([provenDelay(queue, 900), provenDelay(queue, 1_000), provenDelay(queue, 1_100)]).toEqual([0, 0, 400]);
  });

  it('lets go of those who are lost, and of their share', () => {
    const queue = new ClassQueue(8);
    queue.push(at(0), 1, false);
    queue.push(at(5), 1, false);
    expect(queue.sweep(({ startedMs }) => startedMs < 3).map(({ startedMs }) => startedMs)).toEqual([0]);
    expect([queue.size, queue.push(at(6), 1, false), queue.push(at(7), 1, false)]).toEqual([1, true, false]);
  });
});
