// What a manifest says: where operations of a contract are fulfilled by another system, and how both sides' words
// correspond. Data only. Its JSON Schema is below; what needs both contracts to be judged is in check.ts.

import type { Contract, JsonObject, Operation } from '@plinth/contract';

/**
 * Where a value comes from. A text is short for `{ from }`.
 * Sources of requests: `/input/<parameter>`, `/body/…`, `/caller/{customerId,subject,owner,channel}`,
 * `/call/{reference,expectedVersion,trace}`. Sources of responses: `/body/…`, `/header/<name>`, `/input/<parameter>`;
 * inside a shape the pointer starts at the thing itself. Sources of messages: `/body/…`.
 */
export type Entry =
  | string
  | { constant: unknown }
  | {
      from: string;
      /** Where it comes from when there is nothing at `from`. */
      or?: string;
      /** When there is nothing there either. */
      default?: unknown;
      /** Number ↔ text. */
      as?: 'integer' | 'text';
      /** Name of a state map. */
      state?: string;
      /** Object whose id it is: theirs in requests, ours in responses. */
      id?: string;
      /** Each item of the list in this shape. */
      each?: string;
      /** The value in this shape. */
      shape?: string;
    };

/** Target (a JSON Pointer into a body, or a parameter's name) → where its value comes from. */
export type Mapping = Readonly<Record<string, Entry>>;

export interface ErrorEntry {
  /** Their status: 404, or 4XX. */
  status: number | string;
  /** Their code at `errorCode`; absent = any. */
  code?: string;
  /** Our problem: one of the edge's, or of the contract's problems.yaml. */
  problem: string;
  /** Whether our callers should try again; absent = as the problem says. */
  retryable?: boolean;
}

export interface StateMap {
  /** Pointer to the schema with our states in our contract. */
  ours: string;
  /** Pointer to the schema with theirs in their contract. Absent with `out`: for messages, which may say anything. */
  theirs?: string;
  /** Theirs → ours, all of theirs. */
  in: Readonly<Record<string, string>>;
  /** Ours → theirs, all of ours. */
  out?: Readonly<Record<string, string>>;
}

export interface IdMap {
  /** Prefix of our ids. */
  prefix: string;
  /** Pointer, from the thing, to our customer id of its owner. */
  owner?: string;
  /** Pointer, from the thing, to our id where they keep it. Of a message `/input/body` is what was made of it. */
  ours?: string;
}

export interface LookUp {
  /** Their operation that finds a call by its reference. */
  target: string;
  request: RequestMap;
  response: ResponseMap;
  /** Seconds after which "not found" means that the call had no effect (30). */
  settledAfterS?: number;
}

/**
 * How they recognise a repetition: by a key in a header, by a reference that can be looked up, or because repeating a PUT
 * or DELETE is the same (`natural`). `none`: a lost answer is for a person to find out.
 */
export type UpstreamIdempotency =
  | 'none'
  | 'natural'
  /** `from`: a business key of the request in place of the key of the call, for callers that repeat as somebody else. */
  | { header: string; from?: string }
  | { lookUp: LookUp };

export interface RequestMap {
  path?: Mapping;
  query?: Mapping;
  header?: Mapping;
  body?: Mapping;
}

export interface ResponseMap {
  /** Ours; absent = the first success our operation declares. */
  status?: number;
  /** A mapping, or one entry for the whole body; absent = as it comes. */
  body?: Mapping | { shape: string };
}

export interface OperationEntry {
  /** Their operationId. */
  target: string;
  /** Absent = parameters by name and the body as it is. */
  request?: RequestMap;
  response?: ResponseMap;
  errors?: ErrorEntry[];
  /** Needed for whatever changes something. */
  idempotency?: UpstreamIdempotency;
  /** Lower than the contract's. */
  timeoutMs?: number;
  /** 429 is worth waiting for. */
  repeats429?: boolean;
  /** What a read answers when the upstream cannot. */
  fallback?: { status?: number; body: unknown };
  /** Promises of our contract that this upstream cannot keep, known and accepted. */
  weakenings?: Weakening[];
  /** Facts of our `emits` that their answer does not tell, known and accepted. */
  untold?: string[];
}

export type Weakening = 'no-idempotency' | 'no-version';

/** A fixed address, or the setting `PLINTH_UPSTREAM_<NAME>`. */
export type Address = string | { setting: string };

/** A header with a secret of the configuration: `PLINTH_SECRET_<NAME>`. */
export interface HeaderEntry {
  header: string;
  prefix?: string;
  secret: string;
}

/** A token for each caller by exchange (RFC 8693), sent as `Authorization: Bearer`. */
export interface ExchangeEntry {
  /** Token endpoint of the authorization server that the upstream trusts. */
  endpoint: Address;
  /** Our client id there; `secret`: `PLINTH_SECRET_<NAME>`. */
  client: string;
  secret: string;
  /** The upstream's name there. */
  audience: string;
  /** Scopes between spaces; absent = those the server gives unasked. */
  scope?: string;
}

export interface RouteEntry {
  to: Address;
  weight: number;
  release: string;
}

export interface Manifest {
  /** Its name in metrics, logs and the table of ids. */
  upstream: string;
  /** `accounts@1`. */
  contract: string;
  /** Their contract: a file beside the manifest. Absent under `pass`: it is ours. */
  target?: string;
  baseUrl?: Address;
  /** Instead of `baseUrl`: releases side by side. */
  routes?: RouteEntry[];
  /** Name of the rollout; another name deals the callers anew. */
  rollout?: string;
  /** Who we are there: the platform, or whoever a call is for. */
  credential?: HeaderEntry | { exchange: ExchangeEntry };
  /** Everything passes unread; only credentials, hop-by-hop fields and limits are ours. */
  pass?: 'all';
  /** Pointer to the code in their error bodies. */
  errorCode?: string;
  errors?: ErrorEntry[];
  states?: Readonly<Record<string, StateMap>>;
  ids?: Readonly<Record<string, IdMap>>;
  shapes?: Readonly<Record<string, Mapping>>;
  operations?: Readonly<Record<string, OperationEntry>>;
  /** Our receiver (`webhookIn`) → what its messages say in our words. What cannot be said in them is kept and acted on by nobody. */
  messages?: Readonly<Record<string, { body: Mapping }>>;
}

const text = { type: 'string', minLength: 1, maxLength: 200 } as const;
const pointer = { type: 'string', pattern: '^(/.*)?$', maxLength: 200 } as const;
const name = { type: 'string', pattern: '^[a-z][a-z0-9-]{0,39}$' } as const;
const named = (items: JsonObject): JsonObject => ({ type: 'object', maxProperties: 200, additionalProperties: items });
const closed = (properties: JsonObject, required: string[] = []): JsonObject => ({
  type: 'object',
  additionalProperties: false,
  properties,
  required,
});

/** The JSON Schema of a manifest. */
export const manifestSchema: JsonObject = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Manifest of an upstream',
  ...closed(
    {
      upstream: name,
      contract: { type: 'string', pattern: '^[a-z][a-z0-9-]*@[0-9]+$' },
      target: text,
      baseUrl: { $ref: '#/$defs/address' },
      routes: {
        type: 'array',
        minItems: 1,
        maxItems: 8,
        items: closed(
          { to: { $ref: '#/$defs/address' }, weight: { type: 'integer', minimum: 0, maximum: 1000 }, release: text },
          ['to', 'weight', 'release'],
        ),
      },
      rollout: text,
      credential: {
        anyOf: [
          closed({ header: text, prefix: { type: 'string', maxLength: 40 }, secret: name }, ['header', 'secret']),
          closed({ exchange: { $ref: '#/$defs/exchange' } }, ['exchange']),
        ],
      },
      pass: { const: 'all' },
      errorCode: pointer,
      errors: { $ref: '#/$defs/errors' },
      states: named({
        ...closed({ ours: text, theirs: text, in: named(text), out: named(text) }, ['ours', 'in']),
        dependentRequired: { theirs: ['out'], out: ['theirs'] },
      }),
      ids: named(
        closed({ prefix: { type: 'string', pattern: '^[a-z]{2,8}$' }, owner: pointer, ours: pointer }, ['prefix']),
      ),
      shapes: named({ $ref: '#/$defs/mapping' }),
      operations: named({ $ref: '#/$defs/operation' }),
      messages: named(closed({ body: { $ref: '#/$defs/mapping' } }, ['body'])),
    },
    ['upstream', 'contract'],
  ),
  $defs: {
    address: {
      anyOf: [
        { type: 'string', pattern: '^https?://[^?#@]+$', maxLength: 500 },
        closed({ setting: name }, ['setting']),
      ],
    },
    exchange: closed(
      {
        endpoint: { $ref: '#/$defs/address' },
        client: text,
        secret: name,
        audience: text,
        scope: { type: 'string', pattern: '^[!#-[\\]-~]+( [!#-[\\]-~]+)*$', maxLength: 200 },
      },
      ['endpoint', 'client', 'secret', 'audience'],
    ),
    errors: {
      type: 'array',
      maxItems: 200,
      items: closed(
        {
          status: {
            anyOf: [
              { type: 'integer', minimum: 400, maximum: 599 },
              { type: 'string', pattern: '^[45]XX$' },
            ],
          },
          code: text,
          problem: text,
          retryable: { type: 'boolean' },
        },
        ['status', 'problem'],
      ),
    },
    entry: {
      anyOf: [
        pointer,
        closed({ constant: true }, ['constant']),
        closed(
          {
            from: pointer,
            or: pointer,
            default: true,
            as: { enum: ['integer', 'text'] },
            state: text,
            id: text,
            each: text,
            shape: text,
          },
          ['from'],
        ),
      ],
    },
    mapping: named({ $ref: '#/$defs/entry' }),
    request: closed({
      path: { $ref: '#/$defs/mapping' },
      query: { $ref: '#/$defs/mapping' },
      header: { $ref: '#/$defs/mapping' },
      body: { $ref: '#/$defs/mapping' },
    }),
    response: closed({
      status: { type: 'integer', minimum: 200, maximum: 299 },
      body: { anyOf: [closed({ shape: text }, ['shape']), { $ref: '#/$defs/mapping' }] },
    }),
    operation: closed(
      {
        target: text,
        request: { $ref: '#/$defs/request' },
        response: { $ref: '#/$defs/response' },
        errors: { $ref: '#/$defs/errors' },
        idempotency: {
          anyOf: [
            { enum: ['none', 'natural'] },
            closed({ header: text, from: pointer }, ['header']),
            closed(
              {
                lookUp: closed(
                  {
                    target: text,
                    request: { $ref: '#/$defs/request' },
                    response: { $ref: '#/$defs/response' },
                    settledAfterS: { type: 'integer', minimum: 0, maximum: 300 },
                  },
                  ['target', 'request', 'response'],
                ),
              },
              ['lookUp'],
            ),
          ],
        },
        timeoutMs: { type: 'integer', minimum: 50, maximum: 30_000 },
        repeats429: { type: 'boolean' },
        fallback: closed({ status: { type: 'integer', minimum: 200, maximum: 299 }, body: true }, ['body']),
        untold: { type: 'array', uniqueItems: true, maxItems: 50, items: text },
        weakenings: { type: 'array', uniqueItems: true, items: { enum: ['no-idempotency', 'no-version'] } },
      },
      ['target'],
    ),
  },
};

/** Facts that no answer of theirs tells, by operationId. */
export function untoldOf({ operations = {} }: Manifest): Record<string, readonly string[]> {
  return Object.fromEntries(Object.entries(operations).map(([id, { untold = [] }]) => [id, untold]));
}

/** Under `pass` everything that is not said otherwise goes as it is. */
export function entriesOf({ pass, operations = {} }: Manifest, contract: Contract): [string, OperationEntry][] {
  const said = Object.entries(operations);
  if (pass === undefined) return said;
  // A receiver is called by them; nobody fulfils it.
  const others = contract.operations.filter(
    ({ id, policy }) => !Object.hasOwn(operations, id) && policy.webhookIn === undefined,
  );
  return [
    ...said,
    ...others.map(({ id }): [string, OperationEntry] => [
      id,
      { target: id, idempotency: { header: 'idempotency-key' } },
    ]),
  ];
}

/** Object → prefix of our ids. */
export function prefixesOf({ ids = {} }: Manifest): Map<string, string> {
  return new Map(Object.entries(ids).map(([object, { prefix }]) => [object, prefix]));
}

export function operationOf(contract: Contract, id: string): Operation {
  return contract.operations.find((operation) => operation.id === id) as Operation;
}
