// `/jobs/{id}` over HTTP: read it, wait for its end, watch it as a stream, cancel it. Only for its principal: to
// everybody else it is not there.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { anonymous, later, repeat, type Principal, whoIs } from '../../kernel/index.ts';
import type { Cors } from '../../pipeline/cors.ts';
import type { Answer } from '../../pipeline/exchange.ts';
import { fieldLines, safetyHeaders } from '../../pipeline/head.ts';
import type { ProblemParts } from '../../pipeline/problems.ts';
import { beginRootTrace, type RootTrace } from '../../pipeline/root-trace.ts';
import { appliedHeader, readPrefer, waitMsOf } from '../../pipeline/stages/prefer.ts';
import type { TraceParts } from '../../pipeline/stages/trace.ts';
import { NodeTransport } from '../../pipeline/transport.ts';
import type { LimitStore } from '../../ports/index.ts';
import { isPrincipal, type AuthenticationFault, type Authenticator } from '../../security/authenticator.ts';
import { type Challenge, refusalOf } from '../../security/challenge.ts';
import type { WhyOut } from '../../security/token-cache.ts';
import { accepted, documentOf, hasEnded, retryAfterS } from './document.ts';
import type { OperationJobs } from './operation-jobs.ts';
import type { JobRow } from './rows.ts';

/** Reads and cancellations of one principal in a minute; a long poll is one. */
const most = { quota: 600, windowS: 60, streams: 10 };
const heartbeatMs = 15_000;
/** Longest life of a stream; clients connect again. */
const streamMs = 3_600_000;

export interface JobsFace {
  jobs: OperationJobs;
  authenticator: Pick<Authenticator, 'authenticate' | 'revocations'>;
  limitStore: LimitStore;
  /** Whose traces go on here, and who is told of spans. */
  tracing: TraceParts;
  /** Public address. */
  baseUrl: string;
  /** Of who is not recognized. */
  challenge: Challenge;
  /** Origins of pages elsewhere that may read answers. */
  cors?: Cors | undefined;
}

/** Answers requests of `/jobs/{id}`; false = another path. */
export function serveJobs(face: JobsFace): (request: IncomingMessage, response: ServerResponse) => boolean {
  const streams = new Map<string, number>();
  return (request, response) => {
    const [path = ''] = (request.url ?? '').split('?', 1);
    const id = /^\/jobs\/([\w-]{1,64})$/.exec(path)?.[1];
    if (id === undefined) return false;
    const trace = beginRootTrace({ request, response }, '/jobs/{id}', face.tracing);
    const visit = new Visit(face, { request, response, id, streams, trace });
    visit.answer().catch(() => visit.refuse('internal'));
    return true;
  };
}

/** One request for one job. */
class Visit {
  readonly #face: JobsFace;
  readonly #response: ServerResponse;
  readonly #transport: NodeTransport;
  readonly #id: string;
  readonly #streams: Map<string, number>;
  readonly #trace: RootTrace;
  /** What is left of the caller's limit, once it is known whose. */
  #rateLimit: readonly string[] = [];

  constructor(
    face: JobsFace,
    of: {
      request: IncomingMessage;
      response: ServerResponse;
      id: string;
      streams: Map<string, number>;
      trace: RootTrace;
    },
  ) {
    this.#face = face;
    this.#response = of.response;
    this.#transport = new NodeTransport(of.request, of.response);
    this.#id = of.id;
    this.#streams = of.streams;
    this.#trace = of.trace;
  }

  async answer(): Promise<void> {
    const { method } = this.#transport;
    if (method === 'OPTIONS') {
      const fields = ['Allow', allow, ...safetyHeaders(this.#face.baseUrl), ...this.#preflight()];
      return this.#transport.send(204, fieldLines(fields), undefined);
    }
    if (method !== 'GET' && method !== 'HEAD' && method !== 'DELETE')
      return this.refuse('method-not-allowed', { method }, ['Allow', allow]);
    const found = await this.#face.authenticator.authenticate(this.#transport);
    // Jobs of public operations have no owner but whoever knows their id.
    if (!isPrincipal(found) && found.fault !== 'none') return this.#refuseCredential(found);
    const principal = isPrincipal(found) ? found : anonymous;
    this.#trace.know(principal);
    const key = `jobs:${principal === anonymous ? this.#transport.address : whoIs(principal)}`;
    const take = this.#face.limitStore.take(key, most, Date.now());
    const resetS = String(take.resetS);
    if (principal !== anonymous)
      this.#rateLimit = ['RateLimit-Policy', policy, 'RateLimit', `"jobs";r=${take.remaining};t=${resetS}`];
    if (!take.allowed) return this.refuse('rate-limited', { limit: 'jobs' }, ['Retry-After', resetS]);
    if (method === 'DELETE') return this.#cancel(principal);
    if (this.#transport.header('accept')?.includes('text/event-stream') === true) return this.#stream(principal);
    return this.#show(principal);
  }

  /** What a browser is told that asks whether a page elsewhere may call. */
  #preflight(): readonly string[] {
    const isAsked = this.#transport.header('access-control-request-method') !== undefined;
    return (isAsked ? this.#face.cors?.preflight(this.#transport.header('origin')) : undefined) ?? [];
  }

  /** Fields of every answer. */
  #always(): string[] {
    const { cors, baseUrl } = this.#face;
    const forPages = cors?.answer(this.#transport.header('origin')) ?? [];
    return [...fixedHeaders, ...safetyHeaders(baseUrl), ...forPages, ...this.#rateLimit];
  }

  refuse(code: string, values: Record<string, unknown> = {}, headers: string[] = []): void {
    this.#send(this.#problem(code, { values, headers }));
  }

  /** Always 200 while it is there: what became of it stands in the document. */
  async #show(principal: Principal): Promise<void> {
    const preferred = readPrefer(this.#transport.header('prefer'));
    const isOut = (): boolean => this.#whyOut(principal) !== undefined;
    const row = await this.#face.jobs.wait(this.#id, principal, waitMsOf(preferred), isOut);
    const whyOut = this.#whyOut(principal);
    if (whyOut === 'suspended') return this.#refuseCredential({ fault: 'suspended' });
    if (whyOut === 'revoked') return this.#refuseCredential({ fault: 'invalid', reason: 'revoked' });
    if (row === undefined) return this.#missing(principal);
    const body = JSON.stringify(documentOf(row));
    const headers = hasEnded(row) ? [] : ['Retry-After', String(retryAfterS(row))];
    headers.push(...appliedHeader({ respondAsync: false, waitS: preferred.waitS }));
    this.#send({ status: 200, headers, type: 'application/json', body });
  }

  async #cancel(principal: Principal): Promise<void> {
    const cancelled = await this.#face.jobs.cancel(this.#id, principal);
    if (cancelled.kind === 'none') return this.#missing(principal);
    if (cancelled.kind === 'cancelled') return this.#send(accepted(cancelled.row));
    const { state } = cancelled.row;
    this.#send(this.#problem('conflicting-state', { members: { currentState: state } }));
  }

  #problem(code: string, parts: ProblemParts): Answer {
    this.#trace.note({ 'plinth.problem': code });
    const language = this.#transport.header('accept-language');
    return this.#face.jobs.book.answer(code, this.#trace.place.traceId, parts, language);
  }

  #missing(principal: Principal): void {
    if (principal === anonymous) this.#refuseCredential({ fault: 'none' });
    else this.refuse('not-found');
  }

  /** One event per change until the end. A client that comes back after the end is told to stay away (204). */
  async #stream(principal: Principal): Promise<void> {
    const row = await this.#face.jobs.read(this.#id, principal);
    if (row === undefined) return this.#missing(principal);
    if (hasEnded(row) && this.#transport.header('last-event-id') === String(row.revision))
      return this.#transport.send(204, fieldLines(this.#always()), undefined);
    const who = whoIs(principal);
    const open = this.#streams.get(who) ?? 0;
    if (open >= most.streams) return this.refuse('rate-limited', { limit: 'streams' }, ['Retry-After', '5']);
    this.#streams.set(who, open + 1);
    try {
      await this.#follow(row, principal);
    } finally {
      const left = (this.#streams.get(who) ?? 1) - 1;
      if (left === 0) this.#streams.delete(who);
      else this.#streams.set(who, left);
      this.#response.end();
    }
  }

  async #follow(first: JobRow, principal: Principal): Promise<void> {
    const { jobs } = this.#face;
    const response = this.#response;
    response.writeHead(200, [...streamHeaders, ...this.#always(), 'traceparent', this.#trace.traceparent]);
    response.once('close', () => jobs.watch.touch(this.#id));
    const stopBeating = repeat(heartbeatMs, () => response.write(':\n\n'));
    // A write that nobody reads, or a caller who has gone: both end with the connection.
    const lifeMs = Math.min(streamMs, principal.expiresAt * 1000 - Date.now());
    const stopLife = later(lifeMs, () => response.end());
    const isOpen = (): boolean =>
      !response.writableEnded && !response.destroyed && this.#whyOut(principal) === undefined;
    try {
      for (let row: JobRow | undefined = first; row !== undefined && isOpen();) {
        response.write(`id: ${row.revision}\nevent: job\ndata: ${JSON.stringify(documentOf(row))}\n\n`);
        if (hasEnded(row)) return;
        row = await this.#next(row, principal, isOpen);
      }
      // This process ends, and the job does not: another one tells the rest.
      if (jobs.watch.isClosed && isOpen()) response.write('event: moved\ndata: {}\n\n');
    } finally {
      stopBeating();
      stopLife();
    }
  }

  /** The job after its next change; undefined when nobody listens any more or the job is gone. */
  async #next(row: JobRow, principal: Principal, isOpen: () => boolean): Promise<JobRow | undefined> {
    const { jobs } = this.#face;
    while (isOpen()) {
      if (!(await jobs.watch.changed(row, heartbeatMs, principal)) || !isOpen()) return undefined;
      const now = await jobs.read(this.#id, principal);
      if (now?.revision !== row.revision) return now;
    }
    return undefined;
  }

  /** Of who was let in when the request came, and is refused by now. */
  #whyOut(principal: Principal): WhyOut | undefined {
    return principal === anonymous ? undefined : this.#face.authenticator.revocations.whyOut(principal);
  }

  #refuseCredential(fault: AuthenticationFault): void {
    const { code, headers } = refusalOf(fault, this.#face.challenge);
    this.refuse(code, {}, headers);
  }

  #send({ status, headers, type, body }: Answer): void {
    const length = body === undefined ? 0 : Buffer.byteLength(body);
    const { traceparent } = this.#trace;
    const all = [
      'Content-Type',
      type,
      'Content-Length',
      String(length),
      'traceparent',
      traceparent,
      ...this.#always(),
      ...headers,
    ];
    this.#transport.send(status, fieldLines(all), this.#transport.method === 'HEAD' ? undefined : body);
  }
}

const allow = 'GET, HEAD, DELETE, OPTIONS';
const policy = `"jobs";q=${most.quota};w=${most.windowS}`;
const fixedHeaders = ['Cache-Control', 'no-store', 'Vary', 'Accept, Prefer'];
const streamHeaders = ['Content-Type', 'text/event-stream; charset=utf-8', 'X-Accel-Buffering', 'no'];
