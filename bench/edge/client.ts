// A keep-alive load client on bare sockets: one request at a time per connection, prebuilt bytes, minimal parsing, so
// that on a small machine the client costs less than what it measures.

import { connect, type Socket } from 'node:net';

export interface Load {
  port: number;
  request: Buffer;
  connections: number;
  seconds: number;
  /** Offset of eight letters that are another number in every request (an idempotency key). */
  numberAt?: number;
}

export interface Outcome {
  requests: number;
  failures: number;
  seconds: number;
  /** Milliseconds, ascending sample of at most 20,000. */
  latencies: number[];
}

/** The bytes of one request. */
export function requestBytes(method: string, path: string, headers: Record<string, string>, body = ''): Buffer {
  const head = Object.entries({ host: '127.0.0.1', ...headers }).map(([name, value]) => `${name}: ${value}`);
  if (body !== '') head.push(`content-length: ${Buffer.byteLength(body)}`);
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${head.join('\r\n')}\r\n\r\n${body}`);
}

export async function drive(load: Load): Promise<Outcome> {
  const outcome: Outcome = { requests: 0, failures: 0, seconds: 0, latencies: [] };
  const started = performance.now();
  const until = started + load.seconds * 1000;
  // Never asleep: to wake a process costs more than a stage, and would be charged to the server that writes to it.
  let isDriving = true;
  const stayAwake = (): void => {
    if (isDriving) setImmediate(stayAwake);
  };
  stayAwake();
  await Promise.all(Array.from({ length: load.connections }, () => lane(load, until, outcome)));
  isDriving = false;
  outcome.seconds = (performance.now() - started) / 1000;
  outcome.latencies.sort((left, right) => left - right);
  return outcome;
}

let serial = 0;

function lane(load: Load, until: number, outcome: Outcome): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(load.port, '127.0.0.1');
    socket.setNoDelay(true);
    let sentMs = 0;
    let pending = 0;
    let isDone = false;
    const request = load.numberAt === undefined ? load.request : Buffer.from(load.request);
    const send = (): void => {
      if (load.numberAt !== undefined) request.write(String(serial++).padStart(8, '0'), load.numberAt, 'latin1');
      sentMs = performance.now();
      socket.write(request);
    };
    socket.on('connect', send);
    socket.on('error', reject);
    // The server ended it, which a refusal may do: this lane is over.
    socket.on('close', () => {
      if (!isDone) outcome.failures += 1;
      resolve();
    });
    socket.on('data', (chunk: Buffer) => {
      if (pending > 0) pending -= chunk.length;
      else {
        pending = sizeOf(chunk) - chunk.length;
        const status = chunk[9];
        if (status !== 50 /* 2xx */) outcome.failures += 1;
      }
      if (pending > 0) return;
      const nowMs = performance.now();
      outcome.requests += 1;
      if (outcome.latencies.length < 20_000) outcome.latencies.push(nowMs - sentMs);
      if (nowMs < until) return send();
      isDone = true;
      socket.end();
      resolve();
    });
  });
}

/** Length of the whole response whose head stands in this chunk. All servers here answer with Content-Length. */
function sizeOf(chunk: Buffer): number {
  const head = chunk.indexOf('\r\n\r\n');
  if (head < 0) throw new Error('the head of a response is split');
  const text = chunk.toString('latin1', 0, head).toLowerCase();
  const at = text.indexOf('content-length: ');
  if (at < 0) throw new Error(`a response without content-length:\n${text}`);
  return head + 4 + Number.parseInt(text.slice(at + 16), 10);
}
