import { describe, expect, it } from 'vitest';
import type { Exchange } from '../exchange.ts';
import { ClassQueue } from './class-queue.ts';

const at = (startedMs: number): Exchange => ({ startedMs }) as Exchange;
const startsOf = (queue: ClassQueue, nowMs: number): number[] => {
  const starts: number[] = [];
  for (let x = queue.take(nowMs); x !== undefined; x = queue.take(nowMs)) starts.push(x.startedMs);
  return starts;
};

describe('a queue of one class', () => {
  it('takes as many as its room and no more', () => {
    const queue = new ClassQueue(8);
    for (let n = 0; n < 7; n++) queue.push(at(n), n);
    expect(queue.isFull).toBe(false);
    queue.push(at(7), 7);
    expect(queue.isFull).toBe(true);
  });

  it('gives one caller a quarter of its room, and the place back when one leaves', () => {
    const queue = new ClassQueue(8);
    expect([queue.push(at(0), 1), queue.push(at(1), 1), queue.push(at(2), 1)]).toEqual([true, true, false]);
    expect(queue.push(at(3), 2)).toBe(true);
    queue.take(4);
    expect(queue.push(at(4), 1)).toBe(true);
  });

  it('serves who came first while nobody waits long', () => {
    const queue = new ClassQueue(8);
    for (let n = 0; n < 3; n++) queue.push(at(n), n);
    expect(startsOf(queue, 10)).toEqual([0, 1, 2]);
  });

  it('serves who came last once its head has been older than 10 ms for 100 ms', () => {
    const queue = new ClassQueue(8);
    for (let n = 0; n < 4; n++) queue.push(at(n), n);
    expect(queue.take(11)?.startedMs).toBe(0);
    queue.push(at(100), 9);
    expect(queue.take(110)?.startedMs).toBe(1);
    expect(queue.take(112)?.startedMs).toBe(100);
    expect(startsOf(queue, 112)).toEqual([3, 2]);
  });

  it('is in order again when its head is young', () => {
    const queue = new ClassQueue(8);
    queue.push(at(0), 0);
    queue.take(11);
    queue.push(at(0), 0);
    queue.take(20);
    expect(queue.take(120)).toBeUndefined();
    queue.push(at(118), 0);
    queue.push(at(119), 1);
    expect(startsOf(queue, 121)).toEqual([118, 119]);
  });

  it('tells the least wait of those it gave out, else how old its head is', () => {
    const queue = new ClassQueue(8);
    for (let n = 0; n < 3; n++) queue.push(at(0), n);
    queue.take(40);
    queue.take(70);
    expect(queue.delayMs(90)).toBe(40);
    expect(queue.delayMs(90)).toBe(90);
    queue.take(95);
    queue.delayMs(95);
    expect(queue.delayMs(99)).toBe(0);
  });

  it('lets go of those who are lost, and of their share', () => {
    const queue = new ClassQueue(8);
    queue.push(at(0), 1);
    queue.push(at(5), 1);
    expect(queue.sweep(({ startedMs }) => startedMs < 3).map(({ startedMs }) => startedMs)).toEqual([0]);
    expect([queue.size, queue.push(at(6), 1), queue.push(at(7), 1)]).toEqual([1, true, false]);
  });
});
