// A response that waits: the edge writes one answer, and what is then done with it (delay, fault, another form) is
// decided before the first byte leaves.

import { type IncomingMessage, ServerResponse } from 'node:http';

export interface HeldAnswer {
  status: number;
  /** Alternating names and values. */
  headers: string[];
  /** Empty when there is none. A text has one byte for each of its letters: it leaves in one piece with the head. */
  body: Buffer | string;
}

/** For `createServer({ ServerResponse: HeldResponse }, …)`. Without `onHeld` it is an ordinary response. */
export class HeldResponse<Request extends IncomingMessage = IncomingMessage> extends ServerResponse<Request> {
  /** Gets the answer instead of the caller; it calls `release` or breaks the connection. */
  onHeld: ((answer: HeldAnswer) => void) | undefined;
  #head: { status: number; headers: string[] } | undefined;

  override writeHead(status: number, ...rest: unknown[]): this {
    const [headers] = rest;
    if (this.onHeld === undefined || !Array.isArray(headers))
      return super.writeHead(status, ...(rest as [reason?: string]));
    this.#head = { status, headers: headers as string[] };
    return this;
  }

  override end(...rest: unknown[]): this {
    const { onHeld } = this;
    if (onHeld === undefined || this.#head === undefined) return super.end(...(rest as [() => void]));
    const [chunk, encoding] = rest;
    const body =
      typeof chunk === 'string'
        ? encoding === 'latin1'
          ? chunk
          : Buffer.from(chunk, 'utf8')
        : chunk instanceof Uint8Array
          ? Buffer.from(chunk)
          : Buffer.alloc(0);
    this.onHeld = undefined;
    onHeld({ ...this.#head, body });
    return this;
  }

  /** Sends an answer. `isHead`: its body is only described. */
  release({ status, headers, body }: HeldAnswer): void {
    if (this.destroyed) return;
    super.writeHead(status, headers);
    if (this.req.method === 'HEAD' || body.length === 0) super.end();
    else if (typeof body === 'string') super.end(body, 'latin1');
    else super.end(body);
  }
}

/** The bytes of a body. */
export function bytesOf(body: HeldAnswer['body']): Buffer {
  return typeof body === 'string' ? Buffer.from(body, 'latin1') : body;
}

/** The value of a header; undefined when it is not there. */
export function headerOf(headers: readonly string[], name: string): string | undefined {
  for (let index = 0; index + 1 < headers.length; index += 2)
    if ((headers[index] as string).toLowerCase() === name) return headers[index + 1];
  return undefined;
}

/** The headers with one replaced or added; '' removes it. */
export function withHeader(headers: readonly string[], name: string, value: string): string[] {
  const kept: string[] = [];
  for (let index = 0; index + 1 < headers.length; index += 2)
    if ((headers[index] as string).toLowerCase() !== name.toLowerCase())
      kept.push(headers[index] as string, headers[index + 1] as string);
  return value === '' ? kept : [...kept, name, value];
}
