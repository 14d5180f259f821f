// How an answer leaves: as it is, late, slowly, broken, or not at all.

import { type Fault, mostDelayMs } from '@plinth/contract/serving';
import { bytesOf, type HeldAnswer, type HeldResponse, withHeader } from './held-response.ts';

export interface Manner {
  delayMs: number;
  fault: Fault | undefined;
  /** The body is spread over so many milliseconds; 0 = at once. */
  slowMs: number;
}

/** Pieces of a body that is sent slowly. */
const slowPieces = 10;

/** Sends the answer; `done` is called when all that will be sent was sent. */
export function send(response: HeldResponse, answer: HeldAnswer, manner: Manner, done: () => void): void {
  const { delayMs } = manner;
  if (delayMs > 0) later(response, delayMs, () => sendNow(response, answer, manner, done));
  else sendNow(response, answer, manner, done);
}

function sendNow(response: HeldResponse, answer: HeldAnswer, { fault, slowMs }: Manner, done: () => void): void {
  switch (fault) {
    case 'reset':
      response.req.socket.resetAndDestroy();
      break;
    case 'timeout':
      later(response, mostDelayMs, () => response.req.socket.destroy());
      break;
    case 'truncate':
      response.writeHead(answer.status, answer.headers);
      response.write(bytesOf(answer.body).subarray(0, answer.body.length >> 1), () => response.req.socket.destroy());
      break;
    case 'malformed':
      response.release(malformed(answer));
      break;
    case undefined:
      if (slowMs > 0) return sendSlowly(response, answer, slowMs, done);
      response.release(answer);
      break;
  }
  done();
}

/** Cut before its end: no JSON, and shorter than its schema asks. */
function malformed(answer: HeldAnswer): HeldAnswer {
  const body = bytesOf(answer.body).subarray(0, Math.max(1, answer.body.length - 1));
  return { ...answer, body, headers: withHeader(answer.headers, 'Content-Length', String(body.length)) };
}

function sendSlowly(response: HeldResponse, { status, headers, body }: HeldAnswer, ms: number, done: () => void): void {
  response.writeHead(status, headers);
  const bytes = bytesOf(body);
  const size = Math.max(1, Math.ceil(body.length / slowPieces));
  const next = (from: number): void => {
    if (response.destroyed) return done();
    response.write(bytes.subarray(from, from + size));
    if (from + size < bytes.length) return later(response, ms / slowPieces, () => next(from + size));
    response.end();
    return done();
  };
  next(0);
}

/** Runs later, unless the caller goes away before. */
function later(response: HeldResponse, ms: number, work: () => void): void {
  const timer = setTimeout(work, ms);
  response.once('close', () => clearTimeout(timer));
}
