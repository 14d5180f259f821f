// Requests that the contract allows, from choices.

import type { Choices } from '../generate/choices.ts';
import { type Generator } from '../generate/instance.ts';
import { Proposal } from '../generate/proposal.ts';
import { repaired } from '../generate/repair.ts';
import { isObject } from '../load/pointer.ts';
import type { Contract, JsonValue, Media, Operation, Param, Schema } from '../model/contract.ts';
import type { Direction } from '../schema/compile.ts';
import { isJson, isStructured } from './body.ts';
import type { Call } from './exchange.ts';
import type { RequestFault, Wire } from './wire.ts';

/** Proposals of one value, from generous to bare; of one request. */
const values = 24;
const generous = 4;
const requests = 4;

/** Values of path variables, other parameters and properties of bodies that must name something that is there. */
export type Bindings = Readonly<Record<string, unknown>>;

/** Opaque texts that only an earlier answer can give. */
const tokens = /^(cursor|after|before|starting_?after|ending_?before|(next_?)?page_?token|continuation.*|next)$/i;

interface ValueWish {
  name: string;
  draw: Choices;
  /** How the value travels. */
  media?: Media;
  /** Default: request. */
  direction?: Direction;
}

export class Builder {
  readonly #contract: Contract;
  readonly #wire: Wire;
  readonly #generator: Generator;
  readonly #now: Temporal.Instant;
  readonly #keyPrefix: string;
  #keys = 0;

  constructor(of: { contract: Contract; wire: Wire; generator: Generator; now: Temporal.Instant }) {
    this.#contract = of.contract;
    this.#wire = of.wire;
    this.#generator = of.generator;
    this.#now = of.now;
    // Keys of this run are not those of another run against the same target.
    this.#keyPrefix = `plinth-${of.now.epochMilliseconds.toString(36)}`;
  }

  /** An idempotency key that this run has not used yet. */
  newKey(): string {
    this.#keys += 1;
    return `${this.#keyPrefix}-${this.#keys}`;
  }

  /** A valid call; undefined when none was found (schemas without values, parameters that no wire carries). */
  valid(operation: Operation, draw: Choices, bindings: Bindings = {}, all = false): Call | undefined {
    for (let attempt = 0; attempt < requests; attempt++) {
      const call = this.#propose(operation, draw.at(`request/${attempt}`), bindings, all);
      const faults = call && this.#faultsOf(call);
      if (!call || !faults) continue;
      if (faults.length === 0) return call;
      // Lists of maps in a style that knows none, two maps that spread over one query: what nobody needs stays away.
      const lighter = withoutFaulty(call, faults);
      if (lighter && this.#faultsOf(lighter)?.length === 0) return lighter;
    }
    return undefined;
  }

  #faultsOf(call: Call): readonly RequestFault[] | undefined {
    const request = this.#wire.encode(call);
    return request && this.#wire.faults(call.operation, request);
  }

  /** A valid call with nothing beside what it needs: no filter, no projection, no page. */
  plain(operation: Operation, draw: Choices, bindings: Bindings = {}): Call | undefined {
    const call = this.valid(operation, draw, bindings);
    const needed = new Set(operation.params.filter(({ required }) => required).map(({ name }) => name));
    const kept = ([name]: [string, unknown]): boolean => needed.has(name) || name in bindings;
    return call && { ...call, params: Object.fromEntries(Object.entries(call.params).filter(kept)) };
  }

  /** Headers that policy demands: an idempotency key, a precondition that any version meets. */
  policyHeaders({ policy, params }: Operation): Record<string, string> {
    const headers: Record<string, string> = {};
    const declared = params.some((param) => isKey(param));
    const writes = policy.effect !== 'read';
    if (declared || (writes && policy.idempotency.mode === 'required')) headers['idempotency-key'] = this.newKey();
    if (writes && policy.precondition === 'required') headers['if-match'] = '*';
    return headers;
  }

  #propose(operation: Operation, draw: Choices, bindings: Bindings, all: boolean): Call | undefined {
    const params: Record<string, unknown> = {};
    for (const param of operation.params) {
      if (bindings[param.name] !== undefined) {
        params[param.name] = bindings[param.name];
        continue;
      }
      if (!this.#isWanted(param, draw, all)) continue;
      const value = this.value(param.schema, { name: param.name, draw: draw.at(`param/${param.name}`) });
      if (value === undefined || !canTravel(param, value)) {
        if (param.required) return undefined;
        continue;
      }
      params[param.name] = value;
    }
    const headers = this.policyHeaders(operation);
    const media = this.#mediaOf(operation, draw.at('media'));
    if (!media || (!operation.body?.required && !all && draw.at('?body').chance(0.1)))
      return { operation, params, headers };
    const body = this.value(media.schema ?? true, {
      name: operation.id,
      draw: all ? draw.at('body').eager() : draw.at('body'),
      media,
    });
    return body === undefined ? undefined : { operation, params, headers, media, body: bound(body, bindings) };
  }

  #isWanted(param: Param, draw: Choices, all: boolean): boolean {
    if (isKey(param) || isPrecondition(param)) return false;
    if (param.required) return true;
    return !tokens.test(param.name) && (all || draw.at(`?${param.name}`).chance(0.5));
  }

  #mediaOf({ body }: Operation, draw: Choices): Media | undefined {
    const usable = body?.media.filter(({ type }) => isStructured(type)) ?? [];
    const json = usable.filter(({ type }) => isJson(type));
    if (usable.length === 0) return body?.media[0];
    return json.length > 0 && !draw.chance(0.3) ? json[0] : draw.pick(usable);
  }

  /** A value valid for requests; undefined when none was found. Text and bytes of unknown media are short texts. */
  value(schema: Schema, { name, draw, media, direction = 'request' }: ValueWish): JsonValue | undefined {
    if (media && !isStructured(media.type)) return 'Example';
    const validator = this.#generator.validator(schema, direction);
    for (let attempt = 0; attempt < values; attempt++) {
      const at = draw.at(attempt);
      const manner = {
        document: this.#contract.document,
        now: this.#now,
        direction,
        bare: attempt >= generous,
        depth: attempt >= values / 2 ? 3 : 6,
        ordinal: undefined,
      };
      const value = new Proposal(manner, at).value(schema, name, at);
      if (value === undefined) continue;
      if (validator.check(value)) return value;
      const mended = attempt < generous ? repaired(value, validator) : undefined;
      if (mended !== undefined) return mended;
    }
    // The generator tries longer, but always says the same.
    const { value, valid } = this.#generator.instance(schema, { name, direction });
    return valid ? value : undefined;
  }
}

/** Properties that name something that is there. */
function bound(body: JsonValue, bindings: Bindings): JsonValue {
  if (!isObject(body)) return body;
  const named = Object.keys(body).filter((name) => bindings[name] !== undefined);
  return { ...body, ...Object.fromEntries(named.map((name) => [name, bindings[name] as JsonValue])) };
}

export function isKey({ in: place, name }: Param): boolean {
  return place === 'header' && name.toLowerCase() === 'idempotency-key';
}

function isPrecondition({ in: place, name }: Param): boolean {
  return place === 'header' && /^if-(none-)?match$|^if-(un)?modified-since$|^prefer$|^range$/i.test(name);
}

/** Path segments that would lead elsewhere, and header or cookie texts that no field carries. */
export function canTravel(param: Param, value: unknown): boolean {
  if (param.in === 'query') return true;
  if (typeof value !== 'string') return value !== null && !(Array.isArray(value) && value.length === 0);
  if (param.in === 'path') return value !== '' && value !== '.' && value !== '..' && !value.includes('\u0000');
  return /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(value) && (param.in === 'header' || !/[;,\s"\\]/.test(value));
}

/** The call without the parameters that cannot be read back; undefined where one of them is needed, or none is at fault. */
function withoutFaulty(call: Call, faults: readonly RequestFault[]): Call | undefined {
  const faulty = new Set(faults.map(({ pointer }) => pointer.split('/')[1] ?? ''));
  const { params } = call.operation;
  const isNeeded = params.some(({ name, required }) => required && faulty.has(name));
  const kept = Object.entries(call.params).filter(([name]) => !faulty.has(name));
  if (isNeeded || kept.length === Object.keys(call.params).length) return undefined;
  return { ...call, params: Object.fromEntries(kept) };
}
