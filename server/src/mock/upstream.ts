// `--upstream URL --real OPS`: named operations are answered by a real server. Both sides are judged by the contract, and
// each pair is a line for later tests. Nothing is refused: the real server decides.

import type { IncomingMessage } from 'node:http';
import {
  compileBody,
  compileParams,
  type Contract,
  createGenerator,
  isJsonType,
  judgeAnswer,
  type Operation,
} from '@plinth/contract/serving';
import { fieldLines } from '@plinth/runtime/pipeline/storeless';
import type { HeldAnswer } from './held-answer.ts';
import type { NodeExchange, Visit } from './visit.ts';

/** One exchange with the real server, as it is recorded. Credentials are left out. */
export interface Pair {
  at: string;
  operation: string;
  request: { method: string; target: string; headers: Record<string, string>; body: unknown };
  response: { status: number; headers: Record<string, string>; body: unknown };
  findings: unknown[];
  durationMs: number;
}

export interface UpstreamOptions {
  url: URL;
  /** operationIds. */
  operations: ReadonlySet<string>;
  record: (pair: Pair) => void;
}

const mostBytes = 10_485_760;
const timeoutMs = 30_000;
/** Headers of one connection (RFC 9110, 7.6.1), and those that the client makes anew. */
const ownHeaders = new Set(
  'connection keep-alive proxy-authenticate proxy-authorization te trailer transfer-encoding upgrade host content-length accept-encoding content-encoding'.split(
    ' ',
  ),
);
const secret = /auth|cookie|token|secret|password|session|(^|-)api-?key/i;

export class Upstream {
  readonly #options: UpstreamOptions;

  constructor(options: UpstreamOptions) {
    this.#options = options;
  }

  has(operation: Operation): boolean {
    return this.#options.operations.has(operation.id);
  }

  /** The real answer of a request that came by Node; 413, 502 or 504 as a problem when there is none. Findings are left in the visit. */
  async forward(visit: Visit, contract: Contract, operation: Operation): Promise<HeldAnswer> {
    const startedMs = performance.now();
    visit.isReal = true;
    const { request } = visit.node as NodeExchange;
    const sent = await readBytes(request);
    if (sent === undefined) return problem(413, `The body is larger than ${mostBytes} bytes.`);
    const method = request.method ?? 'GET';
    const { target } = visit;
    let answer: Response;
    let bytes: Buffer;
    try {
      answer = await fetch(this.#address(contract, target), {
        method,
        headers: { ...passedOn(request.headers), 'accept-encoding': 'identity' },
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
        ...(sent.length > 0 ? { body: sent } : {}),
      });
      bytes = Buffer.from(await answer.arrayBuffer());
    } catch (error) {
      const isLate = (error as Error).name === 'TimeoutError';
      return problem(isLate ? 504 : 502, `${this.#options.url.origin} does not answer: ${(error as Error).message}`);
    }
    const type = answer.headers.get('content-type')?.split(';', 1)[0] ?? '';
    const requestBody = valueOf(sent, request.headers['content-type'] ?? '');
    const said = { status: answer.status, type, body: valueOf(bytes, type) };
    visit.findings = [
      ...requestFindings(visit, contract, operation, requestBody),
      ...answerFindings(visit, contract, operation, said),
    ];
    const headers = [...answer.headers].filter(([name]) => !ownHeaders.has(name));
    this.#options.record({
      at: visit.at.toString(),
      operation: operation.id,
      request: { method, target, headers: told(passedOn(request.headers)), body: requestBody },
      response: { status: said.status, headers: told(Object.fromEntries(headers)), body: said.body },
      findings: visit.findings,
      durationMs: Math.round(performance.now() - startedMs),
    });
    const fields = fieldLines([...headers.flat(), 'content-length', String(bytes.length)]);
    return { status: answer.status, fields, body: bytes };
  }

  /** A server with a path of its own stands for the contract's base path. */
  #address({ basePath }: Contract, target: string): string {
    const { origin, pathname } = this.#options.url;
    return pathname === '/' ? origin + target : origin + pathname.replace(/\/$/, '') + target.slice(basePath.length);
  }
}

function requestFindings(visit: Visit, { document }: Contract, operation: Operation, body: unknown): unknown[] {
  const { violations } = compileParams(operation, document).read({
    path: visit.path,
    query: visit.target.split('?')[1] ?? '',
    header: (name) => visit.wire.header(name),
  });
  const media = operation.body?.media.find(({ type }) => isJsonType(type));
  if (media?.schema === undefined || body === undefined)
    return operation.body?.required && body === undefined
      ? [...violations, { in: 'body', pointer: '', rule: 'required', message: 'A body is needed.' }]
      : violations;
  const reader = compileBody(media.schema, document, { unknown: operation.policy.unknown, direction: 'request' });
  return [...violations, ...reader.explain(body, 20).map((each) => ({ in: 'body', ...each }))];
}

function answerFindings(
  visit: Visit,
  { document }: Contract,
  operation: Operation,
  said: { status: number; type: string; body: unknown },
): unknown[] {
  const generator = createGenerator({ document, seed: 1, now: visit.at });
  const message = judgeAnswer(operation, generator, said);
  return message === '' ? [] : [{ in: 'response', rule: 'answer', message }];
}

async function readBytes(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > mostBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** JSON where it is some, else text; undefined for nothing. */
function valueOf(bytes: Buffer, type: string): unknown {
  if (bytes.length === 0) return undefined;
  const text = bytes.toString('utf8');
  if (!isJsonType(type)) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function passedOn(headers: IncomingMessage['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || ownHeaders.has(name) ? [] : [[name, String(value)]],
    ),
  );
}

function told(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, secret.test(name) ? '(hidden)' : value]),
  );
}

function problem(status: number, detail: string): HeldAnswer {
  const body = Buffer.from(
    JSON.stringify({ title: 'The real server was not reached', status, code: 'upstream-failed', detail }),
  );
  const fields = fieldLines(['Content-Type', 'application/problem+json', 'Content-Length', String(body.length)]);
  return { status, fields, body };
}
