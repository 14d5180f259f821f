// The listener: pages, sign-in, streams and documents by their roots; everything else is an operation of a contract.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Contract, Criticality, ProblemType } from '@plinth/contract';
import {
  isOwnAddress,
  later,
  type LiveRefusal,
  pause,
  plainAddress,
  type Principal,
  repeat,
  serveLive,
  sha256,
} from '@plinth/runtime';
import {
  beginRootTrace,
  type Caller,
  type Challenge,
  challengeOf,
  classify,
  compileCors,
  type Cors,
  edgeProblems,
  isPrincipal,
  lean,
  NodeTransport,
  type PlainTransport,
  readPlain,
  type RefusalParts,
  refusalOf,
  safetyHeaders,
  servedDocument,
  serveJobs,
  servedTogether,
  setCaller,
} from '@plinth/runtime/pipeline';
import { resourceMetadataOf } from './config.ts';
import { Connections } from './listener/connections.ts';
import { answerUnreadable, badHeadOf, type BadHead, mostHeaders } from './listener/heads.ts';
import { handleMcp } from './mcp/mcp.ts';
import type { Platform } from './platform.ts';
import { isReserved } from './reserved-roots.ts';
import { confirmationPage, problemPage, visitPage } from './web/pages.ts';
import { sendJson } from './web/session.ts';
import type { StaticSite } from './web/static.ts';

export interface Listening {
  server: Server;
  port: number;
  isDraining(): boolean;
  /** Readiness goes first, then the listener, then what is under way; ≤ 25 s. */
  close(): Promise<void>;
}

/** Longest that requests under way are waited for. */
const finishWithinMs = 25_000;

/** Starts listening. Rejects with the system's error (EADDRINUSE) when the port is taken. */
export async function listen(platform: Platform, site: StaticSite): Promise<Listening> {
  const { config } = platform;
  const documents = new Documents(platform);
  const state = { isDraining: false };
  const { authenticator, limits: limitStore, tracing } = platform;
  const cors = compileCors(config.corsOrigins);
  const challenge = challengeOf(resourceMetadataOf(config));
  const { baseUrl } = config;
  const jobs = serveJobs({ jobs: platform.jobs, authenticator, limitStore, tracing, baseUrl, challenge, cors });
  const { edge } = platform;
  const connections = new Connections({
    onAccepted: () => edge.admission.noteConnection(),
    isClosed: () => edge.admission.isClosed,
    isCounted: (address) => !isOwnAddress(address) && !config.trustedProxies.trusts(address),
  });
  const safety = new Headers(pairs(safetyHeaders(config.baseUrl)));
  const parts: Parts = { platform, site, documents, state, jobs, challenge, cors, safety };
  const server = createServer(
    {
      ...lean,
      // Looked at once a second, a little late by a busy loop: cut within 10 s.
      headersTimeout: 8_500,
      requestTimeout: 30_000,
      keepAliveTimeout: 65_000,
      connectionsCheckingInterval: 1000,
      maxHeaderSize: 16 * 1024,
      // Repeated ones as well as none are refused in `badHeadOf`, with a problem.
      requireHostHeader: false,
    },
    (request, response) => connections.inTurn(request, response, () => route(request, response, parts)),
  );
  server.maxRequestsPerSocket = 10_000;
  // One more than is accepted: what is beyond would be dropped without a word.
  server.maxHeadersCount = mostHeaders + 1;
  answerUnreadable(server, {
    problem: (code, values) => edge.problem(code, values),
    refuse: (request, response, bad) => refuseHead(request, response, { edge, bad }),
  });
  readPlain(server, (transport) => takePlain(transport, parts));
  connections.guard(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(config.port, config.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const address = server.address();
  return {
    server,
    port: typeof address === 'object' && address ? address.port : config.port,
    isDraining: () => state.isDraining,
    async close() {
      // Answers end their connections from now on, so that none is cut when the listener closes.
      state.isDraining = true;
      if (config.drainMs > 0) await pause(config.drainMs);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      platform.live.close();
      platform.jobs.watch.close();
      // Who was being answered when the listener closed was not told that the connection ends.
      const stopClosing = repeat(100, () => server.closeIdleConnections());
      const cancel = later(finishWithinMs, () => server.closeAllConnections());
      await closed;
      cancel();
      stopClosing();
      connections.close();
    },
  };
}

interface Parts {
  platform: Platform;
  site: StaticSite;
  documents: Documents;
  state: { isDraining: boolean };
  /** Answers `/jobs/{id}`; false = another path. */
  jobs: ReturnType<typeof serveJobs>;
  /** Of who is not recognized at a root. */
  challenge: Challenge;
  cors: Cors | undefined;
  /** Of every answer; those of operations have them already. */
  safety: Headers;
}

/** Whatever goes wrong with one request ends that request, never the process. */
function route(request: IncomingMessage, response: ServerResponse, parts: Parts): void {
  try {
    answer(request, response, parts);
  } catch (error) {
    parts.platform.services.logger.error({ error: String(error) }, 'a request failed outside the stages');
    parts.platform.edge.refuse(request, response, 'internal');
  }
}

function answer(request: IncomingMessage, response: ServerResponse, parts: Parts): void {
  const { platform, site } = parts;
  const { edge } = platform;
  if (parts.state.isDraining || edge.admission.endsConnections) response.shouldKeepAlive = false;
  const bad = badHeadOf(request);
  if (bad !== undefined) return refuseHead(request, response, { edge, bad });
  knowCaller(request, platform.config);
  const target = request.url ?? '/';
  const [path = '/'] = target.split('?', 1);
  const { kiosks, signIn } = platform;
  if (isReserved(path)) response.setHeaders(parts.safety);
  if (path.startsWith('/session') && (kiosks.handle(request, response) || signIn.handle(request, response))) return;
  if (platform.identity.handle(request, response)) return;
  if (path.startsWith('/jobs/') && parts.jobs(request, response)) return;
  if (isTurnedAway(request, response, path, edge) || answerRoot(request, response, path, parts)) return;
  if (platform.edge.handle(request, response)) return;
  response.setHeaders(parts.safety);
  if (site.handle(request, response)) return;
  platform.edge.refuse(request, response, 'not-found');
}

/** The same for an operation of a contract, asked plainly; false = it is something else. */
function takePlain(transport: PlainTransport, { platform, state }: Parts): boolean {
  const { edge, services } = platform;
  const { method, target } = transport;
  const found = edge.find(method, target);
  if (found.kind !== 'match' || isReserved(target.split('?', 1)[0] as string)) return false;
  if (state.isDraining || edge.admission.endsConnections) transport.endConnection();
  transport.caller = callerOf(transport.peer, (name) => transport.header(name), platform.config);
  try {
    return edge.serve(transport, found);
  } catch (error) {
    services.logger.error({ error: String(error) }, 'a request failed outside the stages');
    edge.refuseOver(transport, 'internal');
    return true;
  }
}

function knowCaller(request: IncomingMessage, config: Platform['config']): void {
  const header = (name: string): string | undefined => request.headers[name] as string | undefined;
  const caller = callerOf(request.socket.remoteAddress ?? '', header, config);
  if (caller !== undefined) setCaller(request, caller);
}

/** For whom a front proxy that is believed passes a request on; undefined = nobody else than who sent it. */
function callerOf(
  peer: string,
  header: (name: string) => string | undefined,
  { trustedProxies }: Platform['config'],
): Caller | undefined {
  if (!trustedProxies.trusts(plainAddress(peer) ?? peer)) return undefined;
  return {
    address: trustedProxies.callerOf(peer, header),
    scheme: trustedProxies.schemeOf(peer, header) ?? 'http',
  };
}

/** Nobody can say where such a request ends, so the connection ends with it. */
function refuseHead(
  request: IncomingMessage,
  response: ServerResponse,
  { edge, bad }: { edge: Platform['edge']; bad: BadHead },
): void {
  response.shouldKeepAlive = false;
  edge.refuse(request, response, bad.code, { values: { reason: bad.reason } });
}

/** What the platform signs with in its own name, for those who verify it. */
const keysPath = '/.well-known/jwks.json';
/** Roots that are only read. */
const readRoots = new Set(['/', '/livez', '/readyz', '/openapi.json', '/live']);
const readBelow = ['/problems/', '/.well-known/oauth-protected-resource', keysPath];
/** Pages with a form that is sent back to them. */
const formsBelow = ['/visits/', '/confirmations/'];

/** What a root of the platform may be asked by; undefined = that is its own matter. */
function methodsOf(path: string): readonly string[] | undefined {
  if (readRoots.has(path) || readBelow.some((root) => path.startsWith(root))) return ['GET', 'HEAD', 'OPTIONS'];
  return formsBelow.some((root) => path.startsWith(root)) ? ['GET', 'HEAD', 'POST', 'OPTIONS'] : undefined;
}

/** OPTIONS, and methods that a root does not have; false = the method is one it has. */
function answerMethod(request: IncomingMessage, response: ServerResponse, path: string, parts: Parts): boolean {
  const methods = methodsOf(path);
  const { method = '' } = request;
  if (methods === undefined || (method !== 'OPTIONS' && methods.includes(method))) return false;
  const allow = methods.join(', ');
  if (method === 'OPTIONS') response.writeHead(204, { allow, ...preflightOf(request, parts) }).end();
  else parts.platform.edge.refuse(request, response, 'method-not-allowed', { headers: ['Allow', allow] });
  return true;
}

/** What a browser is told that asks whether a page elsewhere may call. */
function preflightOf({ headers }: IncomingMessage, { cors }: Parts): Record<string, string> {
  const isAsked = headers['access-control-request-method'] !== undefined;
  return Object.fromEntries(pairs((isAsked ? cors?.preflight(headers.origin) : undefined) ?? []));
}

function pairs(fields: readonly string[]): [string, string][] {
  return fields.flatMap((name, index) => (index % 2 === 0 ? [[name, fields[index + 1] ?? '']] : []));
}

/** Roots of the platform itself; false = none of them. */
function answerRoot(request: IncomingMessage, response: ServerResponse, path: string, parts: Parts): boolean {
  const { platform, site, documents, state } = parts;
  if (answerMethod(request, response, path, parts)) return true;
  if (readRoots.has(path)) response.setHeaders(new Headers(pairs(parts.cors?.answer(request.headers.origin) ?? [])));
  switch (path) {
    case '/':
      // Where no pages are, it may be a contract's.
      if (site.isEmpty) break;
      response.writeHead(302, { location: '/portal/', 'cache-control': 'no-store' }).end();
      return true;
    case '/livez':
      sendJson(response, 200, { live: true });
      return true;
    case '/readyz':
      void readiness(platform, state.isDraining).then((body) => sendJson(response, body.ready ? 200 : 503, body));
      return true;
    case '/openapi.json':
      documents.send(request, response, undefined);
      return true;
    case '/live':
      live(request, response, parts).catch((error: unknown) => {
        const { code, parts } = classify(error);
        platform.edge.refuse(request, response, code, parts);
      });
      return true;
    case keysPath:
      sendJson(response, 200, platform.key.jwks, { 'cache-control': 'public, max-age=300' });
      return true;
    case '/mcp':
    case '/.well-known/oauth-protected-resource':
    case '/.well-known/oauth-protected-resource/mcp':
      void handleMcp(request, response, platform);
      return true;
    default:
      return answerBelow(request, response, path, parts);
  }
  return false;
}

/** Documents and pages that stand below a root; false = none of them. */
function answerBelow(request: IncomingMessage, response: ServerResponse, path: string, parts: Parts): boolean {
  const { platform, documents } = parts;
  const { method = '' } = request;
  if ((method === 'GET' || method === 'HEAD') && path.endsWith('/openapi.json'))
    return documents.send(request, response, path.slice(0, -'/openapi.json'.length));
  if (path.startsWith('/problems/')) {
    const code = path.slice('/problems/'.length);
    problemPage(response, code, edgeProblems.get(code) ?? problemOf(platform, code));
    return true;
  }
  if (path.startsWith('/visits/')) {
    const code = path.slice('/visits/'.length);
    void visitPage(request, response, { code, kiosks: platform.kiosks, signIn: platform.signIn }).catch(() =>
      platform.edge.refuse(request, response, 'internal'),
    );
    return true;
  }
  if (path.startsWith('/confirmations/')) {
    const id = path.slice('/confirmations/'.length);
    void confirmationPage(request, response, {
      id,
      confirmations: platform.confirmations,
      signIn: platform.signIn,
    }).catch(() => platform.edge.refuse(request, response, 'internal'));
    return true;
  }
  return false;
}

function problemOf(platform: Platform, code: string): ProblemType | undefined {
  return platform
    .contracts()
    .flatMap(({ problems }) => problems)
    .find((entry) => entry.code === code);
}

/** Whether this process may be sent work. */
export async function readiness(
  platform: Platform,
  isDraining: boolean,
): Promise<{ ready: boolean; because?: string }> {
  if (isDraining) return { ready: false, because: 'draining' };
  const [missing] = platform.authenticator.missing;
  if (missing !== undefined) return { ready: false, because: `the keys of ${missing} are not known yet` };
  try {
    await platform.database.ping();
    return { ready: true };
  } catch {
    return { ready: false, because: 'the database does not answer' };
  }
}

/**
 * What is no operation, and is refused for load as one of this criticality would be, before anybody is asked who it is. A
 * stream costs less than the reads that stand in for it.
 */
const criticalityOf = new Map<string, Criticality>([
  ['/live', 'critical'],
  ['/mcp', 'critical'],
]);

function isTurnedAway(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  edge: Platform['edge'],
): boolean {
  const criticality = criticalityOf.get(path);
  const refusal = criticality && edge.admission.refusalOf(criticality);
  if (refusal === undefined) return false;
  if (refusal.code === 'draining') response.shouldKeepAlive = false;
  edge.refuse(request, response, refusal.code, { headers: ['Retry-After', String(refusal.retryAfterS)] });
  return true;
}

/** A stream for whoever is signed in, by cookie or by token. */
async function live(request: IncomingMessage, response: ServerResponse, parts: Parts): Promise<void> {
  const { challenge, platform } = parts;
  const { authenticator, edge } = platform;
  const trace = beginRootTrace({ request, response }, '/live', platform.tracing);
  const found = await authenticator.authenticate(new NodeTransport(request, response));
  if (!isPrincipal(found)) {
    const { code, headers } = refusalOf(found, challenge);
    edge.refuse(request, response, code, { headers });
    return;
  }
  trace.know(found);
  response.setHeader('traceparent', trace.traceparent);
  const refusal = serveLive(platform.live, { request, response }, found);
  if (refusal !== undefined) edge.refuse(request, response, ...liveRefusals[refusal](found));
}

const liveRefusals: Readonly<Record<LiveRefusal, (principal: Principal) => [code: string, parts: RefusalParts]>> = {
  'not-yours': ({ audience }) => ['audience-not-allowed', { values: { audience, allowed: 'customer, staff, agent' } }],
  'no-topics': () => [
    'invalid-parameter',
    {
      errors: [
        {
          in: 'query',
          pointer: '/topics',
          rule: 'topics',
          message: 'Names neither `jobs` nor a capability that the credential may read.',
        },
      ],
    },
  ],
  closing: () => ['draining', { headers: ['Retry-After', '2'] }],
  'too-many': () => ['rate-limited', { values: { limit: 'streams' }, headers: ['Retry-After', '5'] }],
};

/** Of all together; before one service of somebody else that service's. */
function titleOf(contracts: readonly Contract[]): string {
  const [first] = contracts;
  return contracts.length === 1 && first !== undefined ? first.title : 'Northfold';
}

/** The contracts as documents; made once per state of the edge. */
class Documents {
  readonly #platform: Platform;
  readonly #texts = new Map<string, { text: string; etag: string }>();
  #of: unknown;

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  /** One contract by its base path, or all together. False = no such contract. */
  send(request: IncomingMessage, response: ServerResponse, basePath: string | undefined): boolean {
    const contracts = this.#platform.contracts();
    if (this.#of !== contracts) {
      this.#of = contracts;
      this.#texts.clear();
    }
    const key = basePath ?? '';
    let known = this.#texts.get(key);
    if (!known) {
      const contract = contracts.find((entry) => entry.basePath === basePath);
      if (basePath !== undefined && !contract) return false;
      const text = JSON.stringify(
        contract ? servedDocument(contract) : servedTogether(contracts, titleOf(contracts), '1.0.0'),
      );
      known = { text, etag: `"${sha256(text).slice(0, 16)}"` };
      this.#texts.set(key, known);
    }
    if (request.headers['if-none-match'] === known.etag) {
      response.writeHead(304, { etag: known.etag, 'cache-control': 'no-cache' }).end();
      return true;
    }
    response
      .writeHead(200, {
        'content-type': 'application/json',
        'content-length': String(Buffer.byteLength(known.text)),
        etag: known.etag,
        'cache-control': 'no-cache',
        'x-content-type-options': 'nosniff',
      })
      .end(request.method === 'HEAD' ? undefined : known.text);
    return true;
  }
}
