// What a client does about a service that is away, slow or in trouble, at the edges of its rules.

import { getEventListeners } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ordersOperations } from './generated/orders.ts';
import { type CallOptions, type ClientOptions, createClient, type OperationDescriptor } from './index.ts';
import { realTiming, retryAfterOf } from './retry.ts';

const { getOrder, placeOrder } = ordersOperations;
const newOrder = { body: { lines: [{ sku: 'K', quantity: 1 }], payment: { method: 'card_ok' } } };
const [isAway, isFine] = [503, 200];

afterEach(() => {
  vi.useRealTimers();
});

interface Answer {
  status: number;
  headers?: Record<string, string>;
  body?: object;
}

/** A client over these answers, the last of which repeats; `random` stands. */
function clientOver(answers: Answer[], { random = 0.5, ...options }: ClientOptions & { random?: number } = {}) {
  const sent: RequestInit[] = [];
  const waits: number[] = [];
  let now = 0;
  const client = createClient({
    baseUrl: 'https://northfold.example',
    fetch: async (_url, init) => {
      sent.push(init);
      const { status, headers = {}, body = {} } = answers[Math.min(sent.length, answers.length) - 1] as Answer;
      return Response.json(body, { status, headers });
    },
    timing: {
      now: () => now,
      random: () => random,
      wait: async (delayMs) => {
        now += delayMs;
        waits.push(delayMs);
      },
    },
    ...options,
  });
  const get = (callOptions: CallOptions = {}, operation: OperationDescriptor = getOrder) =>
    client.safe(operation, { orderId: 'o' }, callOptions);
  return { client, get, sent, waits };
}

const asks = (seconds: string): Answer => ({ status: isAway, headers: { 'retry-after': seconds } });

describe('a repeat', () => {
  it.each([429, 502, 503, 504])('follows %d', async (status) => {
    const { get, sent } = clientOver([{ status }, { status: isFine }]);
    expect(await get()).toMatchObject({ ok: true });
    expect(sent).toHaveLength(2);
  });

  it('waits up to 200 ms, then up to 800 ms, by chance', async () => {
    const { get, waits } = clientOver([{ status: isAway }]);
    await get();
    expect(waits).toEqual([100, 400]);
  });

  it('waits for what the server asks, and by chance longer', async () => {
    const { get, waits } = clientOver([asks('2'), { status: isFine }]);
    await get();
    expect(waits).toEqual([2_100]);
  });

  it.each([
    ['5', 2],
    ['6', 1],
  ])('that is to wait %s s: %d attempts', async (seconds, attempts) => {
    const { get, sent } = clientOver([asks(seconds), { status: isFine }]);
    await get();
    expect(sent).toHaveLength(attempts);
  });

  it.each([
    [true, 2],
    [false, 1],
  ])('of a key that is still at work, and retryable %s: %d attempts', async (retryable, attempts) => {
    const running = { status: 409, headers: { 'retry-after': '1' }, body: { code: 'in-progress', retryable } };
    const { client, sent } = clientOver([running, { status: 201 }]);
    await client.safe(placeOrder, newOrder);
    expect(sent).toHaveLength(attempts);
  });

  it('is not made of a call that the server takes no key of, though the caller gave one', async () => {
    const { client, sent } = clientOver([{ status: isAway }]);
    await client.safe({ ...placeOrder, idempotency: 'none' }, newOrder, { key: 'k' });
    expect(sent).toHaveLength(1);
  });

  it('that is not worth waiting for any more leaves the answer that came', async () => {
    const timing = { now: () => 0, random: () => 0.5, wait: () => Promise.reject(new Error('over')) };
    const { get } = clientOver([{ status: isAway }], { timing });
    expect(await get()).toMatchObject({ problem: { status: isAway } });
  });
});

it('no answer in time is said, also to who could abort, and is not tried again', async () => {
  const timeoutMs = 20;
  for (const signal of [undefined, new AbortController().signal]) {
    let attempts = 0;
    const { get } = clientOver([], {
      random: 0,
      fetch: (_url, { signal: limit }) => {
        attempts += 1;
        if (limit?.aborted === true) throw new Error('aborted');
        return new Promise((_, reject) => limit?.addEventListener('abort', () => reject(new Error('aborted'))));
      },
    });
    const outcome = await get({ timeoutMs, ...(signal ? { signal } : {}) });
    expect([outcome, attempts]).toMatchObject([{ problem: { status: 0, code: 'timeout' } }, 1]);
  }
});

it.each([429, 503])('calls are held back after ten that were answered %d, ten times in eleven', async (status) => {
  for (const [random, isHeld] of [
    [0.9, true],
    [0.92, false],
  ] as const) {
    const { get } = clientOver([{ status }], { random });
    for (let n = 0; n < 10; n++) await get();
    expect(await get()).toMatchObject({ problem: { code: isHeld ? 'held-back' : `http-${status}` } });
  }
});

it('the language of one call goes before that of the client', async () => {
  const language = { name: 'Accept-Language', in: 'header', style: 'simple', explode: false } as const;
  const { client, sent } = clientOver([{ status: isFine }], { language: () => 'de' });
  await client.call({ ...getOrder, params: [...getOrder.params, language] }, { orderId: 'o', 'Accept-Language': 'fr' });
  expect(sent[0]?.headers).toMatchObject({ 'accept-language': 'fr' });
});

it('an answer of bytes that says no is a problem', async () => {
  const answer = new Response(new Uint8Array([1]), { status: 500, headers: { 'content-type': 'image/png' } });
  const { get } = clientOver([], { fetch: async () => answer });
  expect(await get()).toMatchObject({ ok: false, problem: { code: 'http-500' } });
});

describe('work that goes on', () => {
  const job = { id: 'job_1', operation: 'orders.placeOrder' };

  it('is asked for after half a minute, however long the server says', async () => {
    const begun = { status: 202, headers: { location: '/jobs/1', 'retry-after': '90' } };
    const { client, waits } = clientOver([begun, { status: isFine, body: { ...job, state: 'succeeded', result: 7 } }]);
    expect(await client.done(placeOrder, newOrder, { timeoutMs: 60_000 })).toBe(7);
    expect(waits).toEqual([30_000]);
  });

  it('is not what was made', async () => {
    const made = { status: 201, headers: { location: '/orders/1' }, body: { ...job, state: 'running' } };
    const { client, sent } = clientOver([made]);
    await client.done(placeOrder, newOrder).catch(() => undefined);
    expect(sent).toHaveLength(1);
  });
});

describe('Retry-After', () => {
  it.each([
    [null, undefined],
    [' 7 ', 7],
    ['7x', undefined],
    ['soon', undefined],
    ['Thu, 01 Jan 2026 00:00:00 GMT', 0],
    ['Thu, 01 Jan 2026 00:01:30 GMT', 30],
  ])('%j is %j', (field, seconds) => {
    vi.useFakeTimers({ now: Date.parse('2026-01-01T00:01:00Z'), toFake: ['Date'] });
    expect(retryAfterOf(field)).toBe(seconds);
  });
});

describe('waiting', () => {
  it('ends after its time and leaves nothing behind', async () => {
    const { signal } = new AbortController();
    await realTiming.wait(5, signal);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('ends with the signal, before or meanwhile, and stops its clock', async () => {
    vi.useFakeTimers();
    const stop = new AbortController();
    const waiting = realTiming.wait(60_000, stop.signal);
    stop.abort(new Error('gone'));
    await expect(waiting).rejects.toThrow('gone');
    await expect(realTiming.wait(60_000, stop.signal)).rejects.toThrow('gone');
    expect(vi.getTimerCount()).toBe(0);
  });
});
