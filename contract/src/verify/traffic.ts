// Drift: recorded exchanges against the contract. Nothing is sent; values are reduced to types unless they are wanted.

import { kindOf } from '../generate/shape.ts';
import type { Contract, JsonValue, Operation } from '../model/contract.ts';
import { compileRoutes } from '../model/routes.ts';
import { isJson } from './body.ts';
import { type Fault, placeOf, short } from './checks.ts';
import { mediaFor, responseFor } from './declared.ts';
import { Exchange, parsed, type TestAnswer, type TestRequest } from './exchange.ts';
import { Judge } from './judge.ts';
import type { Recorded } from './recorded.ts';
import { SentInput, unnamed } from './sent.ts';
import { Wire } from './wire.ts';

export const driftRules = {
  'unknown-operation': 'A request that belongs to no operation.',
  'request-breaks-contract': 'An accepted request that the contract rules out.',
  'undeclared-status': 'A status that the operation neither declares nor implies.',
  'undeclared-media': 'A body in a media type that is not declared.',
  'undeclared-property': 'A property of an answer that its schema does not name.',
  'undeclared-input': 'A query parameter, or a property of an accepted body, that the contract does not name.',
  'undeclared-header': 'A header `X-…` or of the service that the response does not declare.',
  'response-schema': 'A body that does not fit its schema.',
  'response-headers': 'A declared header that is missing or does not fit.',
  'problem-shape': 'A problem document that breaks RFC 9457.',
  'never-sent': 'A parameter, or a property of a body, that is declared and that no caller sends.',
  'never-seen': 'An operation that is declared and not in the traffic.',
} as const;

export type DriftRule = keyof typeof driftRules;

/** What says only that the traffic does not show everything. */
export const silences: ReadonlySet<DriftRule> = new Set(['never-sent', 'never-seen']);

export interface Drift {
  rule: DriftRule;
  /** operationId, or method and path of a request that belongs to none. */
  operation: string;
  message: string;
  /** Where in the exchange. */
  at: string;
  /** What stood there: its type, or with `keepValues` itself. */
  actual?: string;
  count: number;
}

export interface DriftReport {
  exchanges: number;
  /** Lines or entries that could not be read. */
  unreadable: number;
  drifts: Drift[];
  /** operationId → exchanges. */
  seen: Record<string, number>;
}

export interface DriftOptions {
  /** Tell values of the traffic, not only their types. */
  keepValues?: boolean;
  /** Path before the contract's paths, if it is another one than its servers say. */
  basePath?: string;
}

/** Different causes that are kept. */
const mostDrifts = 5_000;

/** Headers that no contract has to declare. */
const usual = new Set(
  `content-type content-length content-encoding date connection keep-alive transfer-encoding server vary etag last-modified
  cache-control expires age via location link retry-after allow www-authenticate set-cookie strict-transport-security
  traceparent tracestate accept-ranges pragma alt-svc upgrade referrer-policy content-security-policy permissions-policy
  ratelimit ratelimit-policy plinth-contract idempotent-replayed preference-applied`.split(/\s+/),
);

/** Compares traffic with a contract. Equal causes are counted once. */
export function driftOf(
  contract: Contract,
  traffic: Iterable<Recorded | undefined>,
  options: DriftOptions = {},
): DriftReport {
  const ledger = new Ledger(contract, options);
  for (const recorded of traffic) ledger.add(recorded);
  return ledger.report();
}

class Ledger {
  readonly #contract: Contract;
  readonly #options: DriftOptions;
  readonly #route: ReturnType<typeof compileRoutes>;
  readonly #judge: Judge;
  readonly #wire: Wire;
  readonly #input: SentInput;
  readonly #drifts = new Map<string, Drift>();
  readonly #seen = new Map<Operation, number>();
  #exchanges = 0;
  #unreadable = 0;

  constructor(contract: Contract, options: DriftOptions) {
    this.#contract = contract;
    this.#options = options;
    this.#route = compileRoutes([{ ...contract, basePath: '' }]);
    this.#judge = new Judge(contract);
    this.#wire = new Wire(contract);
    this.#input = new SentInput(contract);
  }

  add(recorded: Recorded | undefined): void {
    if (!recorded) {
      this.#unreadable += 1;
      return;
    }
    this.#exchanges += 1;
    const { request, response } = recorded;
    const target = this.#targetOf(request.url);
    const method = request.method.toUpperCase();
    const match = this.#route(method, target.split('?')[0] ?? '');
    if (match.kind !== 'match') {
      // A refused call to what is not there is no drift.
      if (response.status < 400)
        this.#note('unknown-operation', `${method} ${target.split('?')[0] ?? ''}`, {
          message: 'No operation has this method and path.',
          at: '',
        });
      return;
    }
    const { operation } = match;
    this.#seen.set(operation, (this.#seen.get(operation) ?? 0) + 1);
    const sent: TestRequest = {
      method,
      target,
      headers: lower(request.headers),
      ...(request.body === undefined ? {} : { body: request.body }),
    };
    const answer: TestAnswer = {
      status: response.status,
      headers: lower(response.headers),
      body: new TextEncoder().encode(response.body ?? ''),
      ms: 0,
    };
    const body = parsed(request.body ?? '');
    const exchange = new Exchange(
      { operation, params: {}, ...(body === undefined ? {} : { body }) },
      sent,
      answer,
      undefined,
    );
    this.#judgeOne(exchange);
  }

  report(): DriftReport {
    for (const operation of this.#contract.operations) {
      if (!this.#seen.has(operation))
        this.#note('never-seen', operation.id, { message: 'The traffic holds no call of it.', at: '' });
      for (const at of this.#input.never(operation))
        this.#note('never-sent', operation.id, { message: `${at} is in no accepted request.`, at });
    }
    const order = new Map(this.#contract.operations.map(({ id }, index) => [id, index]));
    const place = ({ operation }: Drift): number => order.get(operation) ?? -1;
    return {
      exchanges: this.#exchanges,
      unreadable: this.#unreadable,
      drifts: [...this.#drifts.values()].toSorted((left, right) => place(left) - place(right)),
      seen: Object.fromEntries([...this.#seen].map(([{ id }, count]) => [id, count])),
    };
  }

  #judgeOne(exchange: Exchange): void {
    const { operation, request, succeeded } = exchange;
    const faults = this.#wire.faults(operation, request);
    const [first] = faults;
    if (succeeded && first)
      this.#note('request-breaks-contract', operation.id, {
        message: `${first.in} ${first.pointer}: ${first.message}`,
        at: `${first.in} ${placeOf(first.pointer)} ${first.rule}`,
        ...(first.actual === undefined ? {} : { actual: this.#shown(first.actual as JsonValue) }),
      });
    // Where the contract refuses what it does not name, that is told already.
    for (const at of succeeded ? this.#input.note(exchange) : [])
      if (operation.policy.unknown !== 'refuse')
        this.#note('undeclared-input', operation.id, { message: `${at} is not declared.`, at });
    for (const fault of this.#judge.faults(exchange, faults.length === 0)) this.#noteFault(operation, fault);
    for (const name of undeclaredHeaders(exchange))
      this.#note('undeclared-header', operation.id, {
        message: `The header ${name} of ${exchange.status} is not declared.`,
        at: name,
      });
    for (const pointer of this.#undeclaredProperties(exchange))
      this.#note('undeclared-property', operation.id, {
        message: `${pointer} of ${exchange.status} is not declared.`,
        at: pointer,
      });
  }

  #noteFault(operation: Operation, { check, message, at, actual }: Fault): void {
    if (!Object.hasOwn(driftRules, check)) return;
    this.#note(check as DriftRule, operation.id, { message, at, actual: this.#shown(parsed(actual) ?? actual) });
  }

  #shown(value: JsonValue): string {
    if (this.#options.keepValues) return short(typeof value === 'string' ? value : JSON.stringify(value));
    return kindOf(value);
  }

  #undeclaredProperties({ operation, status, type, value }: Exchange): string[] {
    const response = responseFor(operation, status);
    const schema = response && isJson(type) ? mediaFor(response, type)?.schema : undefined;
    if (schema === undefined || value === undefined) return [];
    return unnamed(this.#contract.document, schema, value);
  }

  /** From the path on, without what stands before the contract's paths. */
  #targetOf(url: string): string {
    const base = this.#options.basePath ?? this.#contract.basePath;
    const path = url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '').split('#')[0] ?? '';
    return base !== '' && path.startsWith(base) ? path.slice(base.length) : path;
  }

  #note(rule: DriftRule, operation: string, what: Pick<Drift, 'message' | 'at' | 'actual'>): void {
    const key = `${rule} ${operation} ${what.at}`;
    const known = this.#drifts.get(key);
    if (known) known.count += 1;
    else if (this.#drifts.size < mostDrifts) this.#drifts.set(key, { rule, operation, ...what, count: 1 });
  }
}

function undeclaredHeaders({ operation, status, answer }: Exchange): string[] {
  const response = responseFor(operation, status);
  if (!response) return [];
  const declared = new Set(response.headers.map(({ name }) => name.toLowerCase()));
  return Object.keys(answer.headers).filter(
    (name) =>
      !usual.has(name) && !declared.has(name) && !/^(access-control-|cf-|x-amz|x-content-type|x-frame|sec-)/.test(name),
  );
}

function lower(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/** Most drifts of a report as text, then a summary. */
export function driftAsText({ drifts, exchanges, unreadable }: DriftReport): string {
  const lines = drifts.map(({ rule, operation, message, actual, count }) => {
    const met = count > 1 ? `  ${count} times` : '';
    return `${rule.padEnd(24)} ${operation}  ${message}${actual === undefined ? '' : ` (${actual})`}${met}`;
  });
  const skipped = unreadable > 0 ? [`${unreadable} entries could not be read`] : [];
  return [...lines, ...skipped, `${exchanges} exchanges, ${drifts.length} drifts`, ''].join('\n');
}
