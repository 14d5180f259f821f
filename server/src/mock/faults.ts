// What goes wrong on purpose: rules from a file or over `/__plinth/faults`, and `x-plinth.mock.weights`. Counted and
// seeded, so that the same calls meet the same faults.

import {
  compileSchema,
  Draw,
  hashText,
  isObject,
  type JsonObject,
  type JsonValue,
  type Operation,
  type Schema,
  valueAt,
} from '@plinth/contract/serving';

/** What is done to one answer. */
export interface FaultEffect {
  /** Milliseconds before the answer. */
  delay?: number;
  /** Answered instead; the mock is not asked, so nothing changes. */
  status?: number;
  /** The connection is reset after the work was done. */
  reset?: true;
  /** Half of the body is sent, then the connection ends. */
  truncate?: true;
  /** Milliseconds over which the body is sent. */
  slowBody?: number;
  /** Members of the answer's JSON body by pointer, put over what the mock says. */
  set?: Readonly<Record<string, unknown>>;
  /** The same, with values of the request's body: pointer into the answer → pointer into the request. */
  copy?: Readonly<Record<string, string>>;
}

export interface FaultRule extends FaultEffect {
  match: {
    /** operationId; every operation when absent. */
    operation?: string;
    /** Every n-th matching call. */
    nth?: number;
    /** Share of the matching calls, 0 to 100. */
    percent?: number;
    /** Values of the JSON body by pointer: a card, an amount. */
    body?: Readonly<Record<string, string | number | boolean>>;
  };
}

/** Pointer → what stands there. */
const pointers = (value: Schema) => ({
  type: 'object',
  minProperties: 1,
  maxProperties: 20,
  propertyNames: { pattern: '^/' },
  additionalProperties: value,
});
const milliseconds = { type: 'integer', minimum: 0, maximum: 60_000 };
const rule = {
  type: 'object',
  required: ['match'],
  additionalProperties: false,
  minProperties: 2,
  properties: {
    match: {
      type: 'object',
      additionalProperties: false,
      properties: {
        operation: { type: 'string' },
        nth: { type: 'integer', minimum: 1 },
        percent: { type: 'number', minimum: 0, maximum: 100 },
        body: pointers({ type: ['string', 'number', 'boolean'] }),
      },
    },
    delay: milliseconds,
    status: { type: 'integer', minimum: 100, maximum: 599 },
    reset: { const: true },
    truncate: { const: true },
    slowBody: milliseconds,
    set: pointers(true),
    copy: pointers({ type: 'string', pattern: '^/' }),
  },
};
const file: JsonObject = {
  type: 'object',
  required: ['rules'],
  additionalProperties: false,
  properties: { rules: { type: 'array', maxItems: 100, items: rule } },
};
const reader = compileSchema(file);

/** Rules of `{ rules: [...] }`, or what is wrong with them in words. */
export function readFaultRules(
  value: unknown,
  operations: readonly Operation[],
): { rules: FaultRule[] } | { faults: string[] } {
  const faults = reader.explain(value, 10).map(({ pointer, message }) => `${pointer || '/'}: ${message}`);
  if (faults.length > 0) return { faults };
  const { rules } = value as { rules: FaultRule[] };
  const unknown = rules.flatMap(({ match }, index) =>
    match.operation === undefined || operations.some(({ id }) => id === match.operation)
      ? []
      : [`/rules/${index}/match/operation: No operation is called ${match.operation}.`],
  );
  return unknown.length > 0 ? { faults: unknown } : { rules };
}

export class Faults {
  readonly #seed: number;
  #rules: readonly FaultRule[];
  #counts: number[];
  #weighed = 0;

  constructor(seed: number, rules: readonly FaultRule[] = []) {
    this.#seed = seed;
    this.#rules = rules;
    this.#counts = rules.map(() => 0);
  }

  get rules(): readonly FaultRule[] {
    return this.#rules;
  }

  /** New rules; counting begins anew. */
  use(rules: readonly FaultRule[]): void {
    this.#rules = rules;
    this.#counts = rules.map(() => 0);
    this.#weighed = 0;
  }

  /**
   * The effect of the first rule that strikes this call; undefined = none. Counts the call. Rules about the body are
   * asked once it is there: with `body`, only those; without, only the others.
   */
  strike(operation: Operation, body?: JsonValue): FaultEffect | undefined {
    let effect: FaultEffect | undefined;
    this.#rules.forEach(({ match, ...rest }, index) => {
      if (match.operation !== undefined && match.operation !== operation.id) return;
      if ((match.body === undefined) !== (body === undefined) || !holds(match.body, body)) return;
      const count = (this.#counts[index] ?? 0) + 1;
      this.#counts[index] = count;
      const isNth = match.nth === undefined || count % match.nth === 0;
      const isDrawn = match.percent === undefined || this.#draw(`rule/${index}/${count}`) * 100 < match.percent;
      if (isNth && isDrawn) effect ??= rest;
    });
    return effect ?? (body === undefined ? this.#weigh(operation) : undefined);
  }

  /** `x-plinth.mock.weights`: `{ "503": 5 }` = five of a hundred, where no success is weighed too. */
  #weigh(operation: Operation): FaultEffect | undefined {
    const { mock } = operation.policy as { mock?: { weights?: unknown } };
    if (!isObject(mock?.weights)) return undefined;
    const weights = Object.entries(mock.weights).map(([status, weight]) => [Number(status), Number(weight)] as const);
    const sum = weights.reduce((total, [, weight]) => total + weight, 0);
    const success = weights.some(([status]) => status < 400) ? 0 : Math.max(0, 100 - sum);
    let left = this.#draw(`weight/${(this.#weighed += 1)}`) * (sum + success);
    for (const [status, weight] of weights) {
      if (left < weight) return status < 400 ? undefined : { status };
      left -= weight;
    }
    return undefined;
  }

  #draw(place: string): number {
    return new Draw(hashText(`${this.#seed}/${place}`)).next();
  }
}

function holds(wanted: FaultRule['match']['body'], body: JsonValue | undefined): boolean {
  return Object.entries(wanted ?? {}).every(([pointer, value]) => valueAt(body ?? null, pointer) === value);
}

/** The body with members put over it; parents that are missing are made. */
export function withMembers(body: unknown, { set = {}, copy = {} }: FaultEffect, asked: JsonValue): unknown {
  const members = [
    ...Object.entries(set),
    ...Object.entries(copy).map(([to, from]) => [to, valueAt(asked, from)] as const),
  ];
  if (members.length === 0 || !isObject(body)) return body;
  const changed = structuredClone(body);
  for (const [pointer, value] of members) {
    if (value === undefined) continue;
    const way = pointer
      .split('/')
      .slice(1)
      .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
    let holder: JsonObject = changed;
    for (const token of way.slice(0, -1)) {
      const next = holder[token];
      holder = isObject(next) ? next : (holder[token] = {});
    }
    holder[way.at(-1) as string] = value as JsonValue;
  }
  return changed;
}
