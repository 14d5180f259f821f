// The edge itself: takes requests and invocations, finds the operation, runs its compiled steps, sends and records the
// answer. Compilation happens in `install`, all or nothing; requests under way finish on what they started with.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Contract, Operation } from '@plinth/contract';
import { AssertionError, elapsedMs, ProblemError } from '../kernel/index.ts';
import { Executor } from '../operations/executor.ts';
import { Pace } from '../resilience/pace.ts';
import { challengeOf } from '../security/challenge.ts';
import { EnumerationGuard } from '../security/enumeration.ts';
import { AccessLines } from '../telemetry/access-lines.ts';
import { newTrace, newTraceId, traceOf, type Trace } from '../telemetry/trace.ts';
import { compileAccept } from './accept.ts';
import { Refusals } from './admission/refusals.ts';
import { EdgeCache } from './cache/edge-cache.ts';
import { refuseUnsafe } from './contract-refused.ts';
import { compileCors, type Cors } from './cors.ts';
import { Deadlines } from './deadlines.ts';
import { compileDeprecatedParts, type DeprecatedPart } from './deprecated-parts.ts';
import type { EdgeOptions, RefusalParts, ResumedCall, RunningEdge } from './edge-options.ts';
import type { Binding, Invocation, InvokeResult } from './edge.ts';
import { end, Exchange, run, type Answer, type Ends } from './exchange.ts';
import { fieldLines, flat, safetyHeaders } from './head.ts';
import { isEarlierMajor } from './majors.ts';
import { operationKey, refuse, type CompiledOperation } from './operation.ts';
import { standardLimits } from './plans/plan.ts';
import { Plans } from './plans/plans.ts';
import { classify, passOn, ProblemBook, type NextOperation } from './problems.ts';
import { rootTraceOf } from './root-trace.ts';
import { type Found, Routes } from './routes.ts';
import { compileShapes } from './shapes.ts';
import { compileSteps, type EdgeParts, stageOf } from './stages.ts';
import { Admission } from './stages/admit.ts';
import { ownerOf } from './stages/authorize.ts';
import { followingOf } from './stages/follow.ts';
import { lifeHeaders } from './stages/life.ts';
import { preferHeaders } from './stages/prefer.ts';
import { record, type RecordParts } from './stages/record.ts';
import { headersOf, headOf, respond } from './stages/respond.ts';
import { beginTrace, continueTrace, endSpan, startSpan, type TraceParts } from './stages/trace.ts';
import { NodeTransport, type Transport } from './transport.ts';

/** Makes an edge without operations; `install` brings them. */
export function createEdge(options: EdgeOptions): RunningEdge {
  return new PipelineEdge(options);
}

class PipelineEdge implements RunningEdge {
  readonly admission: Admission;
  bindings: readonly Binding[] = [];
  operations: ReadonlyMap<string, CompiledOperation> = new Map();
  readonly #options: EdgeOptions;
  readonly #parts: EdgeParts;
  readonly #recording: RecordParts;
  readonly #tracing: TraceParts;
  readonly #deadlines: Deadlines;
  readonly #book: ProblemBook;
  readonly #cache: EdgeCache;
  readonly #cors: Cors | undefined;
  readonly #safety: readonly string[];
  #routes = new Routes([], []);
  #prefixes: readonly string[] = [];

  constructor(options: EdgeOptions) {
    this.#options = options;
    this.#deadlines = new Deadlines((x) => end(x, this.#expired(x)));
    this.#book = new ProblemBook([], options.baseUrl ?? '');
    const refusals = new Refusals(this.#book, options.logger);
    this.#tracing = {
      tracer: options.services.tracer,
      trustsPeer: options.trustsPeer ?? (() => false),
    };
    const turnAway = (x: Exchange, isLast: boolean): void => {
      refusals.send(x, isLast);
      endSpan(x, { status: 503, code: 'overloaded' });
    };
    this.admission = new Admission(turnAway, {
      ...options.admission,
      waited: options.metrics.durations('plinth.edge.queue.delay', {}, 'class'),
      poolWaitMs: () => options.services.database?.waitMs?.() ?? 0,
    });
    this.#cors = compileCors(options.corsOrigins ?? [], options.oldRateLimits);
    this.#safety = safetyHeaders(options.baseUrl ?? '');
    this.#cache = new EdgeCache({
      count: (result) => options.metrics.count('plinth.cache', { result }),
      failed: (flight, code) =>
        options.logger.warn(
          { trace: flight.traceId, operation: flight.operation.key, code, err: flight.fault },
          'a cached answer could not be renewed',
        ),
    });
    this.#parts = {
      admission: this.admission,
      authenticator: options.authenticator,
      database: options.services.database,
      following: followingOf(options),
      files: options.services.files,
      ids: options.services.ids,
      consents: options.services.consents,
      relations: options.services.relations,
      leaves: options.leaves,
      limitStore: options.limitStore,
      standardLimits: options.standardLimits ?? standardLimits,
      oldRateLimits: options.oldRateLimits ?? false,
      plans: options.findPlan === undefined ? undefined : new Plans(options.findPlan),
      quotas: options.quotas,
      confirmations: options.confirmations,
      executor: new Executor(options.services),
      jobs: options.jobs,
      deadlines: this.#deadlines,
      checkAddress: options.checkAddress,
      receiving: {
        services: options.services,
        secretsOf: options.webhookSecrets ?? (() => []),
        metrics: options.metrics,
      },
      cache: this.#cache,
      clock: options.services.clock,
      tracer: this.#tracing.tracer,
      enumeration: new EnumerationGuard(options.authenticator.revocations, options.mostDenied),
      addressLimit: options.addressLimit,
      onStopped: (x) => this.#recordStopped(x),
    };
    const { logger, metrics, onRecorded } = options;
    const countKey = metrics.counter('plinth.idempotency', 'result');
    this.#recording = { logger, metrics, countKey, onRecorded, lines: new AccessLines(logger) };
    options.metrics.nameStages((code) => stageOf.get(code));
    options.metrics.gauge('plinth.edge.level', () => this.admission.level);
    options.metrics.gauge('plinth.edge.under_way', () => this.admission.underWay);
    options.metrics.gauge('plinth.cache.bytes', () => this.#cache.bytes);
  }

  purge(tags: readonly string[]): void {
    this.#cache.purge(tags);
  }

  install(bindings: readonly Binding[]): void {
    refuseUnsafe(bindings, this.#options.services.database !== undefined);
    const operations = bindings.flatMap((binding) => this.#compile(binding));
    this.#routes = new Routes(
      bindings.map(({ contract }) => contract),
      operations,
    );
    this.#cache.clear();
    this.operations = new Map(operations.map((each) => [each.key, each]));
    this.#prefixes = bindings.map(({ contract }) => contract.basePath);
    this.bindings = bindings;
  }

  find(method: string, target: string): Found {
    return this.#routes.find(method, target);
  }

  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const found = this.#routes.find(request.method ?? 'GET', request.url ?? '/');
    return this.serve(new NodeTransport(request, response), found);
  }

  serve(transport: Transport, found: Found, trace?: Trace): boolean {
    if (found.kind === 'match') {
      const accept = transport.header('accept');
      if (accept !== undefined && accept !== '*/*' && found.operation.accepts?.(accept) === false) {
        this.#refuse(transport, 'not-acceptable');
        return true;
      }
      const { operation, path, rawPath, query } = found;
      const startedMs = elapsedMs();
      const traceId = trace === undefined ? newTraceId() : trace.traceId;
      const start = { transport, call: undefined, traceId, startedMs, path, rawPath, query };
      const x = new Exchange(operation, start, this.#ends);
      beginTrace(x, this.#tracing, trace);
      run(x);
      return true;
    }
    if (found.kind === 'none' && !this.#isOurs(transport.target)) return false;
    if (found.kind === 'method') this.#wrongMethod(transport, found);
    else if (found.kind === 'refused') this.#refuse(transport, found.code, { values: { reason: found.reason } });
    else this.#refuse(transport, 'not-found');
    return true;
  }

  refuse(request: IncomingMessage, response: ServerResponse, code: string, parts: RefusalParts = {}): void {
    const root = rootTraceOf(request);
    root?.note({ 'plinth.problem': code });
    const values = { method: request.method ?? '', ...parts.values };
    this.#refuse(new NodeTransport(request, response), code, { ...parts, values }, root?.place.traceId);
  }

  refuseOver(transport: Transport, code: string, parts: RefusalParts = {}): void {
    this.#refuse(transport, code, { ...parts, values: { method: transport.method, ...parts.values } });
  }

  problem(code: string, values: Readonly<Record<string, unknown>>): Answer {
    this.#options.metrics.refused(code, 'listener');
    return this.#book.answer(code, newTraceId(), { values });
  }

  invoke(call: Invocation): Promise<InvokeResult> {
    const operation = this.operations.get(call.operation);
    const trace = call.trace ?? newTrace();
    if (operation === undefined) {
      const answer = this.#book.answer('not-found', trace.traceId, {}, call.language);
      return Promise.resolve({ status: answer.status, headers: { 'content-type': answer.type }, body: answer.value });
    }
    return new Promise((resolve) => {
      const x = this.#called(operation, { call, trace, resolve });
      const { tracer } = this.#tracing;
      if (tracer !== undefined) startSpan(x, tracer, 'internal');
      run(x);
    });
  }

  resume(call: ResumedCall): Exchange | undefined {
    const operation = this.operations.get(call.operation);
    if (operation?.handler === undefined) return undefined;
    const x = this.#called(operation, {
      call: { operation: call.operation, principal: call.principal, input: call.input },
      trace: call.trace,
      resolve: () => undefined,
    });
    x.input = call.input;
    x.expectedVersion = call.expectedVersion;
    x.decisionId = call.decisionId;
    return x;
  }

  /** A call from within: its place in a trace is known, and who calls. */
  #called(
    operation: CompiledOperation,
    { call, trace, resolve }: { call: Invocation; trace: Trace; resolve: (result: InvokeResult) => void },
  ): Exchange {
    const x = new Exchange(
      operation,
      {
        transport: undefined,
        call,
        traceId: trace.traceId,
        startedMs: elapsedMs(),
        path: noPath,
        rawPath: noPath,
        query: '',
      },
      { finish: (done, answer) => this.#resolve(done, answer, resolve), fail: this.#fail },
    );
    continueTrace(x, trace);
    const { principal, channel = principal.channel } = call;
    x.principal = channel === principal.channel ? principal : { ...principal, channel };
    x.channel = channel;
    x.owner = ownerOf(principal);
    x.decisionId = call.decisionId;
    return x;
  }

  readonly #finish = (x: Exchange, answer: Answer): void => {
    const nowMs = elapsedMs();
    if (x.admittedMs >= 0) this.admission.release(x, nowMs);
    this.#deadlines.remove(x);
    if (x.files.length > 0) this.#releaseFiles(x);
    const telling = x.rateLimit === undefined ? x.operation.tellLimits?.(x) : undefined;
    if (telling === undefined) this.#send(x, answer, nowMs);
    else void telling.then(() => this.#send(x, answer, nowMs));
  };

  #send(x: Exchange, answer: Answer, endedMs: number): void {
    record(x, respond(x, answer), endedMs, this.#recording);
  }

  #resolve(x: Exchange, answer: Answer, resolve: (result: InvokeResult) => void): void {
    this.#deadlines.remove(x);
    resolve({ status: answer.status, headers: headersOf(x, answer), body: bodyValue(answer) });
    record(x, answer, elapsedMs(), this.#recording);
  }

  /** A thrown error as an answer: a callee's problem is passed on, a port's failure is mapped, the rest is `internal`. */
  readonly #fail = (x: Exchange, error: unknown): Answer => {
    if (error instanceof ProblemError) return passOn(error, x.traceId);
    const { code, parts } = classify(error);
    x.fault = error instanceof AssertionError || error instanceof Error ? error : new Error(String(error));
    return refuse(x, code, parts);
  };

  /** What no transaction has kept, or keeps at this moment, goes; what is missed here is swept. */
  #releaseFiles(x: Exchange): void {
    const { services, logger } = this.#options;
    services.files?.release(x.files).catch((error: unknown) => {
      logger.warn({ trace: x.traceId, operation: x.operation.key, error: String(error) }, 'files were not released');
    });
  }

  readonly #ends: Ends = { finish: this.#finish, fail: this.#fail };

  #recordStopped(x: Exchange): void {
    const { services, logger } = this.#options;
    logger.warn({ operation: x.operation.key, trace: x.traceId }, 'too many ids tried by one principal');
    // Loaded when it is needed: what writes is no part of an edge without a store.
    import('../security/record-stopped.ts')
      .then(({ recordStopped }) => recordStopped(services, x))
      .catch((error: unknown) => logger.error({ trace: x.traceId, error: String(error) }, 'a stop was not written'));
  }

  #expired(x: Exchange): Answer {
    return refuse(x, 'deadline-exceeded');
  }

  /** An operation to go on with: one of the same contract, or else of another capability's present one. */
  #nextOf(own: Contract, id: string): NextOperation | undefined {
    const others = this.bindings.map(({ contract }) => contract).filter((contract) => !isEarlierMajor(contract));
    for (const contract of [own, ...others]) {
      const found = nextOf(contract, id);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #compile(binding: Binding): CompiledOperation[] {
    const { contract } = binding;
    const { baseUrl = '' } = this.#options;
    const book = new ProblemBook(contract.problems, baseUrl, (id) => this.#nextOf(contract, id), this.#options.next);
    const { checkReplies = 'always', compiles = 'ahead' } = this.#options;
    return contract.operations.map((operation) => {
      const key = operationKey(contract, operation);
      const fixedHeaders = fixedHeadersOf(contract, operation, baseUrl);
      const deprecatedParts = compileDeprecatedParts(contract, operation);
      const compiled: CompiledOperation = {
        key,
        contract,
        operation,
        binding,
        handler: binding.handlers[operation.id],
        shapes: compileShapes(contract, operation, { checkReplies, compiles }),
        problems: book,
        meter: this.#options.metrics.operation(contract.basePath + operation.path, operation.method.toUpperCase()),
        fixedHeaders,
        fixedHead: flat(headOf(fixedHeaders)),
        accepts: compileAccept(operation),
        cors: this.#cors,
        challenge: challengeOf(this.#options.resourceMetadata),
        deprecatedParts,
        partLines: deprecatedParts && partLinesOf(contract, operation, { used: deprecatedParts, baseUrl }),
        timeoutMs: operation.policy.timeoutMs,
        pace: this.operations.get(key)?.pace ?? new Pace(),
        drifted: (trace, err) => {
          this.#options.metrics.count('plinth.contract.drift', { operation: key });
          this.#options.logger.error({ operation: key, trace, err }, 'an answer breaks its contract');
        },
        streams: this.#options.authenticator.streams,
        writes: operation.policy.effect !== 'read',
        steps: [],
        callSteps: [],
        tellLimits: undefined,
      };
      compileSteps(compiled, this.#parts);
      return compiled;
    });
  }

  #isOurs(target: string): boolean {
    return this.#prefixes.some((prefix) => prefix !== '' && (target === prefix || target.startsWith(`${prefix}/`)));
  }

  #wrongMethod(transport: Transport, found: { allow: string }): void {
    if (transport.method === 'OPTIONS') {
      const isPreflight = transport.header('access-control-request-method') !== undefined;
      const cors = isPreflight ? this.#cors?.preflight(transport.header('origin')) : undefined;
      transport.send(204, fieldLines(['Allow', found.allow, ...(cors ?? [])]), undefined);
    } else {
      const values = { method: transport.method };
      this.#refuse(transport, 'method-not-allowed', { values, headers: ['Allow', found.allow] });
    }
  }

  /** Of a request that never had an operation. */
  #traceIdOf(transport: Transport): string {
    const given = traceOf(transport.header('traceparent'));
    return given !== undefined && this.#tracing.trustsPeer(transport.peer) ? given.traceId : newTraceId();
  }

  #refuse(
    transport: Transport,
    code: string,
    parts: RefusalParts = {},
    traceId: string = this.#traceIdOf(transport),
  ): void {
    const answer = this.#book.answer(code, traceId, parts, transport.header('accept-language'));
    const body = answer.body as string;
    const length = String(Buffer.byteLength(body));
    const all = ['Content-Type', answer.type, 'Content-Length', length, 'Cache-Control', 'no-store'];
    transport.send(
      answer.status,
      fieldLines([
        ...all,
        ...this.#safety,
        ...answer.headers,
        ...(this.#cors?.answer(transport.header('origin')) ?? []),
      ]),
      transport.method === 'HEAD' ? undefined : body,
    );
    this.#options.metrics.refused(code);
  }
}

/** Headers of every answer of an operation. */
function fixedHeadersOf(contract: Contract, operation: Operation, baseUrl: string): string[] {
  const reference = (id = operation.id): string => `${baseUrl}/developers/reference/${contract.id}/${id}`;
  return [
    ['Plinth-Contract', `${contract.id} ${contract.version}`.replaceAll(/[^\x20-\x7e]/g, '?')],
    ['Cache-Control', 'no-store'],
    safetyHeaders(baseUrl),
    preferHeaders(operation.policy),
    lifeHeaders(operation.policy.deprecation, reference),
  ].flat();
}

/** An operation on its way out says more than any part of it. */
function partLinesOf(
  contract: Contract,
  operation: Operation,
  { used, baseUrl }: { used: (x: Exchange) => DeprecatedPart[]; baseUrl: string },
): CompiledOperation['partLines'] {
  if (operation.policy.deprecation !== undefined) return undefined;
  const page = `${baseUrl}/developers/reference/${contract.id}/${operation.id}`;
  return (x) => fieldLines(lifeHeaders(used(x)[0]?.deprecation, () => page));
}

const noPath: Record<string, string> = {};

/** The body of an answer as a value: stored bytes are parsed again, so that every caller gets its own copy. */
function bodyValue(answer: Answer): unknown {
  if (answer.body === undefined) return answer.stream === undefined ? undefined : answer.value;
  if (!answer.type.includes('json')) return answer.body;
  return JSON.parse(
    typeof answer.body === 'string' ? answer.body : Buffer.from(answer.body).toString('utf8'),
  ) as unknown;
}

function nextOf(contract: Contract, id: string): NextOperation | undefined {
  const operation = contract.operations.find((each: Operation) => each.id === id || `${contract.id}.${each.id}` === id);
  return operation === undefined
    ? undefined
    : {
        operation: `${contract.id}.${operation.id}`,
        href: contract.basePath + operation.path,
        title: operation.summary,
      };
}
