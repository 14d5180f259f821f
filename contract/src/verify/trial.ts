// One test while it runs: it draws its values, sends its calls, and notes what is wrong. Played again with other choices,
// it is the same test with simpler values.

import type { Choices } from '../generate/choices.ts';
import type { Contract, JsonValue, Operation } from '../model/contract.ts';
import type { Bindings, Builder } from './builder.ts';
import { type Fault, placeOf, short } from './checks.ts';
import { blamesRequest, isSecured } from './declared.ts';
import { type Call, Exchange, type Principal, type Send } from './exchange.ts';
import type { Facts } from './facts.ts';
import type { Judge } from './judge.ts';
import { type Meter, movesOf } from './meter.ts';
import type { Sources } from './things.ts';
import type { Wire } from './wire.ts';

/** What all tests of a run share. */
export interface Bench {
  contract: Contract;
  wire: Wire;
  builder: Builder;
  sources: Sources;
  judge: Judge;
  meter: Meter;
  send: Send;
  principals: readonly Principal[];
  /** undefined = the target shows none. */
  facts: Facts | undefined;
  /** Operations that were found to tell nothing. */
  silent: Set<Operation>;
  /** What may be called. */
  operations: ReadonlySet<Operation>;
  /** Only reads are sent. */
  safe: boolean;
  destructive: boolean;
}

/** `accept`: the contract allows the request; `refuse`: it does not; `any`: only the answer's form is judged. */
export type Expect = 'accept' | 'refuse' | 'any';

/** A value of an answer that a later request repeats. */
export interface Capture {
  exchange: Exchange;
  pointer: string;
  value: JsonValue;
}

export interface Found {
  fault: Fault;
  exchange: Exchange;
  /** What was sent until then, in order. */
  exchanges: readonly Exchange[];
  captures: readonly Capture[];
}

/** There was no answer at all. Ends the test. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

/** What one job keeps between its cases: things that were made, values that are costly to make. */
export class Shelf {
  readonly things = new Map<
    string,
    { value: JsonValue; exchange: Exchange | undefined; capture: Capture | undefined }
  >();
  readonly memo = new Map<string, unknown>();
}

/** A thing refers to another, which refers to a third: that one is taken as it comes. */
const mostDepth = 2;

export class Trial {
  readonly draw: Choices;
  readonly bench: Bench;
  readonly shelf: Shelf;
  readonly found: Found[] = [];
  readonly #exchanges: Exchange[] = [];
  readonly #captures: Capture[] = [];

  constructor(bench: Bench, shelf: Shelf, draw: Choices) {
    this.bench = bench;
    this.shelf = shelf;
    this.draw = draw;
  }

  /** Sends a call and judges its answer. Throws NoAnswer, which is a fault too. */
  async send(
    call: Call,
    expect: Expect = 'any',
    as: Principal | undefined = this.rightFor(call.operation),
  ): Promise<Exchange> {
    const { wire, judge, meter } = this.bench;
    const request = wire.encode({ ...call, headers: { ...as?.headers, ...call.headers } });
    if (request === undefined) throw new Unsendable();
    let exchange: Exchange;
    try {
      exchange = new Exchange(call, request, await this.bench.send(request), as);
    } catch (error) {
      exchange = new Exchange(call, request, noAnswer, as);
      this.#exchanges.push(exchange);
      const actual = (error as Error).message;
      this.fail(exchange, {
        check: 'server-error',
        message: 'The target ends the connection without an answer.',
        expected: 'an answer',
        actual,
        at: 'no answer',
      });
      throw new NoAnswer(actual);
    }
    this.#exchanges.push(exchange);
    meter.note(exchange);
    const isValid = expect === 'accept' || (expect === 'any' && wire.faults(call.operation, request).length === 0);
    for (const fault of judge.faults(exchange, isValid)) this.fail(exchange, fault);
    if (expect === 'accept' && blamesRequest(this.bench.contract, exchange))
      this.fail(exchange, refusedFault(exchange));
    if (expect === 'refuse' && exchange.status < 400) this.fail(exchange, this.#acceptedFault(exchange));
    return exchange;
  }

  /** Notes a fault of an exchange. */
  fail(exchange: Exchange, fault: Fault): void {
    this.found.push({ fault, exchange, exchanges: [...this.#exchanges], captures: [...this.#captures] });
  }

  #acceptedFault(exchange: Exchange): Fault {
    const { operation, request, status } = exchange;
    const [first] = this.bench.wire.faults(operation, request);
    const isOther = request.method !== operation.method.toUpperCase();
    const what = isOther
      ? `${request.method} is not declared`
      : `${first?.in ?? ''} ${first?.pointer ?? ''}: ${first?.message ?? ''}`;
    return {
      check: 'invalid-accepted',
      message: `A request that the contract rules out is accepted (${what.trim()}).`,
      expected: isOther ? '405' : 'a refusal, 400 to 499',
      actual: String(status),
      at: isOther ? request.method : `${first?.in} ${placeOf(first?.pointer ?? '')} ${first?.rule}`,
    };
  }

  /** The first principal that may call an operation: by audience and scopes, else the first of all. */
  rightFor(operation: Operation): Principal | undefined {
    const { principals } = this.bench;
    return principals.find((each) => mayCall(operation, each)) ?? principals.find(({ expired }) => !expired);
  }

  /**
   * Values for the variables of an operation's path, and for what its body refers to: ids of things that are there.
   * Reads take what a list shows, writes make a thing of their own. Names without a source are missing.
   */
  async bind(
    operation: Operation,
    as: Principal | undefined = this.rightFor(operation),
    fresh = false,
  ): Promise<Bindings> {
    const bound: Record<string, unknown> = {};
    const reads = operation.policy.effect === 'read' && !fresh;
    for (const [, variable = ''] of operation.path.matchAll(/\{([^}]+)\}/g)) {
      const owned = as?.owns?.[variable];
      const value =
        fresh || owned === undefined
          ? await this.#obtain({ path: operation.path, reads, operation }, variable, bound, { as, fresh, depth: 1 })
          : owned;
      if (value !== undefined) bound[variable] = value;
    }
    return { ...(await this.#references(operation, as)), ...bound };
  }

  /** Ids for properties of a body that are named like the things of the contract: `appId`, `fromAccountId`. */
  async #references(operation: Operation, as: Principal | undefined, depth = 0): Promise<Bindings> {
    const found: Record<string, unknown> = {};
    if (depth === mostDepth) return found;
    for (const { name, variable, path } of this.bench.sources.references(operation, Object.keys(as?.owns ?? {}))) {
      const value =
        as?.owns?.[name] ??
        as?.owns?.[variable] ??
        (path === undefined
          ? undefined
          : await this.#obtain({ path, reads: true }, variable, {}, { as, fresh: false, depth: depth + 1 }));
      if (value !== undefined) found[name] = value;
    }
    return found;
  }

  async #obtain(
    { path, reads, operation }: { path: string; reads: boolean; operation?: Operation },
    variable: string,
    bound: Bindings,
    { as, fresh, depth }: { as: Principal | undefined; fresh: boolean; depth: number },
  ): Promise<JsonValue | undefined> {
    const { sources, builder, safe } = this.bench;
    const upTo = path.slice(0, path.indexOf(`{${variable}}`));
    const key = `${upTo} ${JSON.stringify(bound)} ${as?.name ?? ''}`;
    const kept = fresh ? undefined : this.shelf.things.get(key);
    if (kept) {
      if (kept.exchange && !this.#exchanges.includes(kept.exchange)) this.#exchanges.push(kept.exchange);
      if (kept.capture) this.#captures.push(kept.capture);
      return kept.value;
    }
    const ways = sources
      .of(path, variable)
      .filter(
        ({ kind, operation: source }) => (!safe || source.policy.effect === 'read') && (!fresh || kind !== 'list'),
      );
    const ordered = reads
      ? ways.toSorted((left, right) => Number(left.kind !== 'list') - Number(right.kind !== 'list'))
      : ways;
    for (const source of ordered) {
      if (source.operation === operation) continue;
      const draw = this.draw.at(`setup/${source.operation.id}`);
      const maker = mayCall(source.operation, as) ? as : this.rightFor(source.operation);
      const call =
        source.kind === 'list'
          ? builder.plain(source.operation, draw, bound)
          : builder.valid(source.operation, draw, {
              ...(await this.#references(source.operation, maker, depth)),
              ...bound,
            });
      if (!call) continue;
      const exchange = await this.send(call, 'accept', maker);
      const taken = exchange.succeeded ? source.read(exchange) : undefined;
      if (taken === undefined) continue;
      const capture =
        taken.pointer === undefined ? undefined : { exchange, pointer: taken.pointer, value: taken.value };
      if (capture) this.#captures.push(capture);
      this.shelf.things.set(key, { value: taken.value, exchange, capture });
      return taken.value;
    }
    return undefined;
  }

  /** Marks a value of an answer that later requests repeat. */
  capture(exchange: Exchange, pointer: string, value: JsonValue): void {
    this.#captures.push({ exchange, pointer, value });
  }

  /** Puts away what a call has used up: what it removed or moved on, and what was not fit for it. */
  settle({ operation, status, succeeded }: Exchange): void {
    const { effect } = operation.policy;
    if (effect === 'read') return;
    const isMove = movesOf(this.bench.contract, operation).length > 0;
    if ([404, 409, 410].includes(status) || (succeeded && (effect === 'destructive' || isMove))) this.forget();
  }

  /** Things on the shelf may have changed or gone. */
  forget(): void {
    this.shelf.things.clear();
  }
}

/** A call that no HTTP message can carry. Ends the test without a verdict. */
export class Unsendable extends Error {
  override readonly name = 'Unsendable';
}

const noAnswer = { status: 0, headers: {}, body: new Uint8Array(), ms: 0 };

function refusedFault(exchange: Exchange): Fault {
  return {
    check: 'valid-refused',
    message: `A request that the contract allows is refused with ${exchange.status}.`,
    expected: 'no refusal of the request itself',
    actual: `${exchange.status} ${short(exchange.text)}`,
    at: `${exchange.status} ${refusedPlace(exchange)}`,
  };
}

/** The place that a problem document with `errors` points at. */
function refusedPlace({ value }: Exchange): string {
  const errors = typeof value === 'object' && value !== null && !Array.isArray(value) ? value['errors'] : undefined;
  const first = Array.isArray(errors) ? errors[0] : undefined;
  const pointer = typeof first === 'object' && first !== null && !Array.isArray(first) ? first['pointer'] : undefined;
  return typeof pointer === 'string' ? placeOf(pointer) : '';
}

/** True when audience and scopes of a principal suffice, as far as both sides say. */
export function mayCall(operation: Operation, principal: Principal | undefined): boolean {
  if (!isSecured(operation)) return true;
  if (!principal || principal.expired) return false;
  const { audience, scopes } = principal;
  const { policy, security } = operation;
  if (audience !== undefined && !(policy.audience as readonly string[]).includes(audience)) return false;
  return (
    scopes === undefined ||
    (security ?? []).some((entry) =>
      Object.values(entry)
        .flat()
        .every((scope) => scopes.includes(scope)),
    )
  );
}
