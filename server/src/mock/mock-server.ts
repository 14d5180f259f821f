// `plinth mock` over HTTP: the edge with mocks behind it, and in front of it what production must not have: faults,
// delays, a clock that is moved, a journal, and the control surface below `/__plinth/`.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type Contract,
  createMock,
  emptyState,
  type ExchangeSeen,
  type JsonObject,
  type JsonValue,
  MemoryStore,
  type Mock,
  type MockAnswer,
  type Operation,
  type UnknownId,
} from '@plinth/contract/serving';
import {
  fieldLines,
  type Found,
  lean,
  type MockCall,
  NodeTransport,
  type PlainTransport,
  readPlain,
  type RunningEdge,
  traceparentOf,
  type Transport,
} from '@plinth/runtime/pipeline/storeless';
import { dispatchTo } from '../contracts/mock.ts';
import { isPreflight, preflight } from './browsers.ts';
import type { MockClock } from './clock.ts';
import { Control, controlPath } from './control.ts';
import { challengeOf, isPresented } from './credentials.ts';
import { Deliveries } from './deliveries.ts';
import type { DevTokens } from './dev-auth.ts';
import { type FaultRule, Faults, withMembers } from './faults.ts';
import { findingsOf, finished, inDeclaredForm, latencyMs } from './finish.ts';
import { withReadableBody } from './form-body.ts';
import { type HeldAnswer, HeldTransport, type Holder, traceOf, withField } from './held-answer.ts';
import { Journal } from './journal.ts';
import { createMockEdge, everybody } from './mock-edge.ts';
import { send } from './send.ts';
import { isSimulated, simulateHeader } from './simulate.ts';
import type { Upstream } from './upstream.ts';
import { beginVisit, type NodeExchange, type Visit } from './visit.ts';

export interface MockServerOptions {
  seed: number;
  clock: MockClock;
  unknownId: UnknownId;
  /** False: nothing is kept between calls. */
  keepsState: boolean;
  /** `presence` asks for something that looks like a credential, `dev` for a token of `/__plinth/token`. */
  auth: 'off' | 'presence' | 'dev';
  /** With `dev`. */
  tokens: DevTokens | undefined;
  /** Milliseconds, least and most, before each answer. */
  latencyMs: readonly [number, number] | undefined;
  faults: readonly FaultRule[];
  /** Hosts besides this machine that callbacks and webhooks may go to. */
  callbackHosts: readonly string[];
  /** Answers some operations in the mock's place. */
  upstream: Upstream | undefined;
  /** Opens the control surface to callers that are not on this machine. */
  controlToken: string | undefined;
  /** State as it was left, by contract id. */
  state: JsonObject;
  /** Told of defects. */
  failed: (error: Error) => void;
  /** Called after whatever may have changed the state. */
  changed: () => void;
}

export class MockServer {
  readonly journal = new Journal();
  readonly faults: Faults;
  readonly deliveries: Deliveries;
  readonly options: MockServerOptions;
  readonly #server: Server;
  readonly #edge: RunningEdge;
  readonly #control: Control;
  readonly #stores = new Map<string, MemoryStore>();
  #mocks: readonly Mock[] = [];
  #mockOf: ReadonlyMap<Contract | undefined, Mock> = new Map();
  readonly #trace: string;
  #count = 0;

  /** Throws ContractRefused when a contract cannot stand behind the edge. */
  constructor(contracts: readonly Contract[], options: MockServerOptions) {
    this.options = options;
    this.#trace = traceOf(options.seed);
    this.faults = new Faults(options.seed, options.faults);
    const { clock, seed, callbackHosts } = options;
    this.deliveries = new Deliveries({ clock, seed, allowedHosts: callbackHosts });
    this.#edge = createMockEdge(options);
    this.#control = new Control(this);
    this.#server = createServer(lean, (request, response) => this.#handle(request, response));
    readPlain(this.#server, (transport) => this.#take(transport));
    this.install(contracts);
    this.putState(options.state);
  }

  get mocks(): readonly Mock[] {
    return this.#mocks;
  }

  get operations(): readonly Operation[] {
    return this.#mocks.flatMap(({ contract }) => contract.operations);
  }

  /** Other contracts, or other versions of these. What was made stays as far as it fits. */
  install(contracts: readonly Contract[]): { kept: number; forgotten: number } {
    const { seed, unknownId, keepsState, auth } = this.options;
    const mocks = contracts.map((contract) =>
      createMock(contract, { seed, unknownId, keepsState, store: this.#storeOf(contract) }),
    );
    this.#edge.install(
      mocks.map((mock) => ({
        contract: mock.contract,
        handlers: {},
        owners: {},
        mock: dispatchTo(mock, (call) => this.#answer(mock, call)),
        ...(auth === 'dev' ? {} : { principal: everybody }),
      })),
    );
    this.#mocks = mocks;
    this.#mockOf = new Map(mocks.map((mock) => [mock.contract, mock]));
    return this.#adopt();
  }

  #adopt(): { kept: number; forgotten: number } {
    const told = this.#mocks.map((mock) => mock.adopt(this.options.clock.now()));
    return {
      kept: told.reduce((sum, { kept }) => sum + kept, 0),
      forgotten: told.reduce((sum, { forgotten }) => sum + forgotten, 0),
    };
  }

  #storeOf({ id }: Contract): MemoryStore {
    let store = this.#stores.get(id);
    if (!store) this.#stores.set(id, (store = new MemoryStore()));
    return store;
  }

  /** By contract id. */
  state(): JsonObject {
    return Object.fromEntries(this.#mocks.map((mock) => [mock.contract.id, mock.snapshot()]));
  }

  /** Puts state back as far as it fits; contracts that it does not name begin anew. Throws a TypeError, and changes nothing, when it is none. */
  putState(state: JsonObject): void {
    const before = this.state();
    try {
      for (const mock of this.#mocks) mock.restore((state[mock.contract.id] as JsonObject | undefined) ?? emptyState);
    } catch (error) {
      for (const mock of this.#mocks) mock.restore(before[mock.contract.id] as JsonObject);
      throw error;
    }
    this.#adopt();
    this.options.changed();
  }

  /** As it was when it began: state, clock, faults and journal. */
  reset(): void {
    this.putState({});
    this.options.clock.reset();
    this.faults.use(this.options.faults);
    this.journal.clear();
    this.deliveries.clear();
    this.#count = 0;
  }

  /** The clock was moved, or a job was ended: what is due happens. */
  moved(): void {
    this.deliveries.pump();
    this.options.changed();
  }

  /** Resolves with the port. */
  async listen(port: number, host: string): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => resolve());
    });
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    this.deliveries.close();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** A request that is answered at once, as it is; false = it needs more of its connection, or is no operation. */
  #take(transport: PlainTransport): boolean {
    const { auth, upstream } = this.options;
    const mayWait = this.options.latencyMs !== undefined || this.faults.rules.length > 0;
    if (mayWait || upstream !== undefined || auth === 'presence') return false;
    const wishes = transport.header('prefer') ?? transport.header(simulateHeader);
    if (wishes !== undefined || transport.target.startsWith(controlPath)) return false;
    const found = this.#edge.find(transport.method, transport.target);
    if (found.kind !== 'match' || found.operation.operation.policy.mock !== undefined) return false;
    const held = new HeldTransport(this.#begin(transport, undefined, found), this.#holder);
    return this.#edge.serve(held, found, held.trace);
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    const { method = 'GET', url = '/' } = request;
    if (url.startsWith(controlPath)) return this.#control.handle(request, response);
    if (this.#isOpen && isPreflight(request)) return preflight(request, response);
    const found = this.#edge.find(method, url);
    const visit = this.#begin(new NodeTransport(request, response), { request, response }, found);
    const { contract, operation } = visit;
    if (operation !== undefined && contract !== undefined) {
      visit.effect = this.faults.strike(operation);
      if (isSimulated(visit, this.#edge, this.#holder) || this.#isStopped(visit, operation, contract)) return;
      if (this.options.upstream?.has(operation)) {
        request.headers['traceparent'] ??= traceparentOf(this.#holder.traceOf(visit.number));
        void this.options.upstream.forward(visit, contract, operation).then(
          (answer) => this.#holder.held(visit, answer),
          (error: unknown) => this.#broken(visit, error),
        );
        return;
      }
    }
    const transport = new HeldTransport(visit, this.#holder);
    if (!this.#edge.serve(transport, found, transport.trace)) this.#edge.refuseOver(transport, 'not-found');
  }

  #begin(wire: Transport, node: NodeExchange | undefined, found: Found): Visit {
    const { operation, contract } = found.kind === 'match' ? found.operation : unmatched;
    const path = found.kind === 'match' ? found.rawPath : unmatched.path;
    const number = (this.#count += 1);
    return beginVisit(wire, node, { number, at: this.options.clock.now(), operation, contract, path });
  }

  /** Where answers of the edge come. */
  readonly #holder: Holder = {
    held: (visit, answer) => {
      try {
        this.#leave(visit, answer);
      } catch (error) {
        this.#broken(visit, error);
      }
    },
    // Nothing of an answer may depend on chance: a trace of the seed, with a span for each request; no part is all zero.
    traceOf: (number) => {
      const digits = number.toString(16).padStart(16, '0');
      return { traceId: this.#trace + digits, spanId: digits, isSampled: true, traceState: undefined };
    },
  };

  /** True when the answer was given before the edge: a status that was asked for, or a credential that is not there. */
  #isStopped(visit: Visit, operation: Operation, contract: Contract): boolean {
    const { preferences, effect, wire } = visit;
    const status = preferences.code ?? effect?.status;
    if (status !== undefined) {
      this.#direct(visit, this.#asked(visit, operation, status));
      return true;
    }
    if (this.options.auth !== 'presence' || isPresented(contract, operation, wire)) return false;
    const body = { type: '/problems/unauthenticated', title: 'Sign in first', status: 401, code: 'unauthenticated' };
    const headers = {
      'content-type': 'application/problem+json',
      'www-authenticate': challengeOf(contract, operation),
    };
    this.#direct(visit, { status: 401, headers, body });
    return true;
  }

  /** The documented answer of a status; where there is none, a problem that says it was asked for. */
  #asked(visit: Visit, operation: Operation, status: number): Pick<MockAnswer, 'status' | 'headers' | 'body'> {
    const mock = this.#mockOf.get(visit.contract) as Mock;
    const asked = visit.wire.header('prefer');
    const prefer = visit.preferences.code === undefined ? `code=${status}` : (asked as string);
    const answer = mock.answer({ operation, input: {}, now: visit.at, origin: visit.origin, prefer });
    if (answer.kind === 'answer' || visit.preferences.code !== undefined) return answer;
    const body = { title: 'Asked for', status, code: 'asked-for', detail: 'A fault rule of this mock answers so.' };
    return { status, headers: { 'content-type': 'application/problem+json' }, body };
  }

  #direct(visit: Visit, { status, headers, body }: Pick<MockAnswer, 'status' | 'headers' | 'body'>): void {
    const { 'content-type': type = 'application/json' } = headers;
    const isRaw = body instanceof Uint8Array || (typeof body === 'string' && !type.includes('json'));
    const bytes = body === undefined ? Buffer.alloc(0) : Buffer.from(isRaw ? (body as string) : JSON.stringify(body));
    const fields = fieldLines(Object.entries(headers).flat());
    this.#leave(visit, { status, fields: withField(fields, 'content-length', String(bytes.length)), body: bytes });
  }

  /** The edge asks; the mock answers as the request prefers. */
  #answer(mock: Mock, call: MockCall): MockAnswer {
    const { transport, operation, owner, clock, ifMatch } = call;
    const visit = transport instanceof HeldTransport ? transport.visit : undefined;
    const prefer = transport?.header('prefer');
    const type = transport?.header('content-type') ?? '';
    const input = withReadableBody(call.input, type);
    const { body } = call.input;
    const struck = body === undefined ? undefined : this.faults.strike(operation, body as JsonValue);
    const wished = struck?.status === undefined ? prefer : `code=${struck.status}`;
    const now = visit?.at ?? clock.now();
    const said = mock.answer({ operation, input, owner, now, ifMatch, prefer: wished, origin: visit?.origin });
    const answer =
      struck === undefined || said.kind !== 'answer'
        ? said
        : { ...said, body: withMembers(said.body, struck, body as JsonValue) };
    if (visit) {
      visit.effect ??= struck;
      visit.input = input;
      visit.answer = answer;
    }
    this.options.changed();
    return answer;
  }

  /** The answer is there: it gets the form the contract declares, is noted, and leaves. */
  #leave(visit: Visit, held: HeldAnswer): void {
    const { preferences, effect } = visit;
    const findings = visit.findings ?? findingsOf(held);
    const answer = finished(visit, inDeclaredForm(this.#mockOf.get(visit.contract), visit, held), this.#isOpen);
    const fault = preferences.fault ?? (effect?.reset ? 'reset' : effect?.truncate ? 'truncate' : undefined);
    this.journal.add({
      number: visit.number,
      at: visit.at,
      method: visit.wire.method,
      target: visit.target,
      operation: visit.operation?.id,
      input: visit.input as JsonObject | undefined,
      status: answer.status,
      fault,
      real: visit.isReal,
      findings,
      body: answer.body,
    });
    const delayMs = preferences.delayMs ?? effect?.delay ?? latencyMs(visit, this.options);
    send(visit, answer, { delayMs, fault, slowMs: effect?.slowBody ?? 0 }, () =>
      this.#guarded(visit, () => this.#tellOthers(visit)),
    );
  }

  /** A defect of ours costs one answer, not the mock. */
  #guarded(visit: Visit, work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#broken(visit, error);
    }
  }

  #broken({ node, target, wire }: Visit, error: unknown): void {
    this.options.failed(new Error(`${target}: the mock failed`, { cause: error }));
    if (node?.response.headersSent === true) return void node.response.end();
    const text = 'The mock failed; it says why on its own terminal.';
    wire.sendDate = true;
    wire.send(500, fieldLines(['Content-Type', 'text/plain', 'Content-Length', String(text.length)]), text, true);
  }

  /** Callbacks and webhooks follow the answer; those of a job follow its end. */
  #tellOthers({ operation, contract, answer, input, number, origin, target, wire }: Visit): void {
    const mock = this.#mockOf.get(contract);
    if (!mock || !operation || answer?.kind !== 'answer' || answer.status >= 300) return;
    // Most contracts have nothing to tell, and then there is nothing to wait for either.
    if (operation.callbacks.length === 0 && mock.contract.webhooks.length === 0) return;
    const now = this.options.clock.now();
    const seen: ExchangeSeen = {
      key: String(number),
      url: origin + target,
      method: operation.method,
      status: answer.status,
      input: input ?? {},
      requestHeader: (name) => wire.header(name),
      responseHeaders: answer.headers,
      responseBody: answer.body,
    };
    const id = answer.job;
    if (id === undefined) for (const message of mock.outgoing(operation, seen, now)) this.deliveries.add(message, now);
    else
      this.deliveries.promise({
        dueAt: now.add({ seconds: Number(answer.headers['retry-after'] ?? 0) }),
        make: (at) => {
          const job = mock.jobs(at).find((each) => each.id === id && each.operation === operation.id);
          if (job && job.end === undefined) return undefined;
          const isTold = job !== undefined && job.end !== 'cancelled';
          return isTold ? mock.outgoing(operation, { ...seen, responseBody: job.outcome ?? answer.body }, at) : [];
        },
      });
    this.deliveries.pump();
  }

  /** A page must not reach a real server through the mock of whoever looks at it. */
  get #isOpen(): boolean {
    return this.options.upstream === undefined;
  }
}

const unmatched = { operation: undefined, contract: undefined, path: {} };
