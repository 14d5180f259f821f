// How an answer leaves: as it is, late, slowly, broken, or not at all.

import type { ServerResponse } from 'node:http';
import { type Fault, mostDelayMs } from '@plinth/contract/serving';
import { writeHead, writeWhole } from '@plinth/runtime/pipeline/storeless';
import { bytesOf, type HeldAnswer, withField } from './held-answer.ts';

export interface Manner {
  delayMs: number;
  fault: Fault | undefined;
  /** The body is spread over so many milliseconds; 0 = at once. */
  slowMs: number;
}

/** Pieces of a body that is sent slowly. */
const slowPieces = 10;

/** Sends the answer; `done` is called when all that will be sent was sent. */
export function send(response: ServerResponse, answer: HeldAnswer, manner: Manner, done: () => void): void {
  const { delayMs } = manner;
  // The date is that of the mock's clock.
  response.sendDate = false;
  if (delayMs > 0) later(response, delayMs, () => sendNow(response, answer, manner, done));
  else sendNow(response, answer, manner, done);
}

function sendNow(response: ServerResponse, answer: HeldAnswer, { fault, slowMs }: Manner, done: () => void): void {
  switch (fault) {
    case 'reset':
      response.req.socket.resetAndDestroy();
      break;
    case 'timeout':
      later(response, mostDelayMs, () => response.req.socket.destroy());
      break;
    case 'truncate':
      writeHead(response, answer.status, answer.fields);
      response.write(bytesOf(answer.body).subarray(0, answer.body.length >> 1), () => response.req.socket.destroy());
      break;
    case 'malformed':
      sendWhole(response, malformed(answer));
      break;
    case undefined:
      if (slowMs > 0) return sendSlowly(response, answer, slowMs, done);
      sendWhole(response, answer);
      break;
  }
  done();
}

/** The body of an answer to HEAD is only described. */
function sendWhole(response: ServerResponse, { status, fields, body }: HeldAnswer): void {
  if (response.destroyed) return;
  const isHead = response.req.method === 'HEAD';
  if (!isHead && typeof body === 'string' && writeWhole(response, status, fields, body)) return;
  writeHead(response, status, fields);
  if (isHead || body.length === 0) response.end();
  else if (typeof body === 'string') response.end(body, 'latin1');
  else response.end(body);
}

/** Cut before its end: no JSON, and shorter than its schema asks. */
function malformed(answer: HeldAnswer): HeldAnswer {
  const body = bytesOf(answer.body).subarray(0, Math.max(1, answer.body.length - 1));
  return { ...answer, body, fields: withField(answer.fields, 'Content-Length', String(body.length)) };
}

function sendSlowly(
  response: ServerResponse,
  { status, fields, body }: HeldAnswer,
  ms: number,
  done: () => void,
): void {
  writeHead(response, status, fields);
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
function later(response: ServerResponse, ms: number, work: () => void): void {
  const timer = setTimeout(work, ms);
  response.once('close', () => clearTimeout(timer));
}
