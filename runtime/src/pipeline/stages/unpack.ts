// Packed bodies. Only signals may be: they come in batches from many pages, and what is lost of them is not missed. For
// everything else a body is as long as it says, and nothing has to be unpacked to know that.

import { gunzip } from 'node:zlib';
import type { Answer, Exchange } from '../exchange.ts';
import { refuse, type CompiledOperation } from '../operation.ts';
import type { ProblemDetail } from '../problems.ts';

/** Bytes that one byte of a packed body may become. */
export const mostRatio = 20;

/** Whether an operation takes signals: writes that are given up first. A signed message is checked as it was sent. */
export function takesPacked({ operation, writes }: CompiledOperation): boolean {
  const { criticality, webhookIn } = operation.policy;
  return writes && criticality === 'sheddable' && webhookIn === undefined;
}

/** `x-gzip` is the same (RFC 9110 8.4.1.3). */
export function isGzip(encoding: string): boolean {
  return /^(?:x-)?gzip$/i.test(encoding);
}

/** Unpacks off the event loop. `done` gets the bytes, at most `mostBytes`, or the refusal. */
export function unpack(
  x: Exchange,
  packed: Buffer,
  mostBytes: number,
  done: (bytes: Buffer | undefined, refused: Answer | undefined) => void,
): void {
  const limit = Math.max(1, Math.min(mostBytes, packed.length * mostRatio));
  gunzip(packed, { maxOutputLength: limit }, (error, bytes) => {
    if (error === null) done(bytes, undefined);
    else if ((error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE')
      done(undefined, refuse(x, 'invalid-body', { status: 400, errors: [broken] }));
    else
      done(
        undefined,
        refuse(x, 'body-too-large', { values: { bytes: limit }, ...(limit < mostBytes && { errors: [tooDense] }) }),
      );
  });
}

const broken: ProblemDetail = {
  in: 'body',
  pointer: '',
  rule: 'content-encoding',
  message: 'The body is not gzip, or not all of it.',
};
const tooDense: ProblemDetail = {
  in: 'header',
  pointer: '/content-encoding',
  rule: 'content-encoding',
  message: `Unpacked, a body may be ${mostRatio} times as large as it was sent. Send this one without Content-Encoding.`,
};
