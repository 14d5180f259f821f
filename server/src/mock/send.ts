// How an answer leaves: as it is, late, slowly, broken, or not at all.

import type { ServerResponse } from 'node:http';
import { type Fault, mostDelayMs } from '@plinth/contract/serving';
import { writeHead } from '@plinth/runtime/pipeline/storeless';
import { bytesOf, type HeldAnswer, withField } from './held-answer.ts';
import type { Visit } from './visit.ts';

export interface Manner {
  delayMs: number;
  fault: Fault | undefined;
  /** The body is spread over so many milliseconds; 0 = at once. */
  slowMs: number;
}

type Way = Pick<Visit, 'wire' | 'node'>;

/** Pieces of a body that is sent slowly. */
const slowPieces = 10;

/**
 * Sends the answer; `done` is called when all that will be sent was sent. What did not come by Node is answered at once and
 * as it is. The date is that of the mock's clock, and stands in the fields.
 */
export function send(way: Way, answer: HeldAnswer, manner: Manner, done: () => void): void {
  const { node } = way;
  const { delayMs } = manner;
  if (node === undefined) {
    sendWhole(way, answer);
    return done();
  }
  const now = (): void => sendNow(way, node.response, { answer, manner, done });
  if (delayMs > 0) later(node.response, delayMs, now);
  else now();
}

interface Sending {
  answer: HeldAnswer;
  manner: Manner;
  done: () => void;
}

function sendNow(way: Way, response: ServerResponse, { answer, manner: { fault, slowMs }, done }: Sending): void {
  response.sendDate = false;
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
      sendWhole(way, malformed(answer));
      break;
    case undefined:
      if (slowMs > 0) return sendSlowly(response, answer, slowMs, done);
      sendWhole(way, answer);
      break;
  }
  done();
}

/** The body of an answer to HEAD is only described. */
function sendWhole({ wire }: Way, { status, fields, body }: HeldAnswer): void {
  wire.sendDate = false;
  const isNone = wire.method === 'HEAD' || body.length === 0;
  wire.send(status, fields, isNone ? undefined : body, typeof body === 'string');
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
