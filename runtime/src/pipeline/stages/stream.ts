// A reply that is sent while it is made: items of a sequence as values, or bytes. Each is judged before it leaves.

import { bodyLimits, type Decoded } from '@plinth/contract/serving';
import { elapsedMs, later } from '../../kernel/index.ts';
import type { Exchange } from '../exchange.ts';
import type { StreamShape } from '../shapes.ts';

/** Bounds of one stream. `idleMs`: until the next piece is there. `quietMs`: without a byte that the caller took. */
export const streamLimits = {
  pieceBytes: bodyLimits.itemBytes,
  idleMs: 60_000,
  quietMs: 90_000,
  openMs: 3_600_000,
} as const;

/** Ends a stream. */
class StreamBroken extends Error {
  override readonly name = 'StreamBroken';
}

export function isStream(body: unknown): body is AsyncIterable<unknown> {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body;
}

/** Ends the stream of a caller who is let in no more: nothing is wrong with it. */
class CallerGone extends Error {
  override readonly name = 'CallerGone';
}

interface Watch {
  x: Exchange;
  /** Whether this stream is judged; what is too large or too slow ends it in any case. */
  check: boolean;
  /** What of a piece is for this caller; after it was judged as a whole. */
  show?: ((item: unknown) => unknown) | undefined;
}

/**
 * `stream`: the pieces to send; `value`: what a caller in the process gets, items as they are. One of them is read. Where
 * every reply is checked a piece that breaks the contract is not sent and ends the stream; where one in a hundred is, it
 * is told as drift and passes, because half an answer helps nobody.
 */
export function checkStream(
  body: AsyncIterable<unknown>,
  shape: StreamShape,
  watch: Watch,
): { stream: AsyncIterable<string | Uint8Array>; value: AsyncIterable<unknown> } {
  const { items } = shape;
  const { show = (item) => item } = watch;
  if (items === undefined) {
    const bytes = passBytes(body, shape, watch);
    return { stream: bytes, value: bytes };
  }
  return {
    stream: passItems(body, watch, (item) => {
      if (watch.check) report(watch, items.judge(item));
      return bounded(items.encode(show(item)));
    }),
    value: passItems(body, watch, (item) => {
      if (watch.check) report(watch, items.judge(item));
      return show(item);
    }),
  };
}

async function* passItems<T>(
  body: AsyncIterable<unknown>,
  { x }: Watch,
  pass: (item: unknown) => T,
): AsyncGenerator<T, void, void> {
  try {
    for await (const item of inTime(body, x)) yield pass(item);
  } catch (error) {
    throw told(x, error);
  }
}

async function* passBytes(
  body: AsyncIterable<unknown>,
  shape: StreamShape,
  watch: Watch,
): AsyncGenerator<Uint8Array, void, void> {
  const reading = watch.check ? shape.open() : undefined;
  try {
    for await (const piece of inTime(body, watch.x)) {
      if (!(piece instanceof Uint8Array)) throw new StreamBroken(`${shape.type} is streamed as bytes`);
      for (const decoded of reading?.write(piece) ?? []) report(watch, decoded);
      yield piece;
    }
    for (const decoded of reading?.end() ?? []) report(watch, decoded);
  } catch (error) {
    throw told(watch.x, error);
  }
}

function report({ x }: Watch, decoded: Decoded): void {
  if ('value' in decoded) return;
  const fault = JSON.stringify(decoded.violations).slice(0, 2_000);
  if (x.operation.shapes.checksAll) throw new StreamBroken(fault);
  x.operation.drifted(x.traceId, fault);
}

function bounded(text: string): string {
  if (Buffer.byteLength(text) <= streamLimits.pieceBytes) return text;
  throw new StreamBroken(`an item is larger than ${streamLimits.pieceBytes} bytes`);
}

function told(x: Exchange, error: unknown): unknown {
  if (error instanceof CallerGone) return error;
  x.operation.drifted(x.traceId, error instanceof StreamBroken ? error.message : error);
  return error;
}

/** The same items; throws when one does not come in time. The source is ended however this one ends. */
async function* inTime(
  body: AsyncIterable<unknown>,
  { principal, operation }: Exchange,
): AsyncGenerator<unknown, void, void> {
  const iterator = body[Symbol.asyncIterator]();
  const endMs = elapsedMs() + streamLimits.openMs;
  const life: Life = { isOver: false, end: () => (life.isOver = true) };
  const forget = operation.streams.add(principal, () => life.end());
  let isDone = false;
  try {
    while (elapsedMs() < endMs) {
      const next = await within(iterator.next(), life);
      isDone = next.done === true;
      if (isDone) return;
      yield next.value;
    }
    throw new StreamBroken(`it was open for ${streamLimits.openMs} ms`);
  } finally {
    forget();
    // Not waited for: what did not come in time may not end in time either.
    if (!isDone) iterator.return?.().catch(() => undefined);
  }
}

interface Life {
  isOver: boolean;
  end: () => void;
}

async function within<T>(work: Promise<T>, life: Life): Promise<T> {
  const { promise: never, reject } = Promise.withResolvers<never>();
  // One promise for each piece: one for all of them would remember every race.
  life.end = () => {
    life.isOver = true;
    reject(new CallerGone('The caller is let in no more'));
  };
  if (life.isOver) life.end();
  const stop = later(streamLimits.idleMs, () => reject(new StreamBroken(`nothing came for ${streamLimits.idleMs} ms`)));
  try {
    return await Promise.race([work, never]);
  } finally {
    stop();
  }
}
