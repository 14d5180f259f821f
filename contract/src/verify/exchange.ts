// One call over the wire and its answer: what phases send, checks judge and curl repeats.

import type { JsonValue, Media, Operation } from '../model/contract.ts';

/** A request without its origin. */
export interface TestRequest {
  /** In upper case. */
  method: string;
  /** Path and query behind the base URL: `/orders?limit=1`. */
  target: string;
  /** Names in lower case. */
  headers: Record<string, string>;
  body?: string | Uint8Array;
}

export interface TestAnswer {
  status: number;
  /** Names in lower case; repeated ones joined by commas. */
  headers: Record<string, string>;
  body: Uint8Array;
  /** From sending the request to the last byte. */
  ms: number;
}

/** The one way to the outside. Rejects when there was no answer. */
export type Send = (request: TestRequest) => Promise<TestAnswer>;

/** A caller as the target knows it. */
export interface Principal {
  name: string;
  audience?: string;
  scopes?: readonly string[];
  /** What proves it: `authorization`, `cookie`, an API key. */
  headers: Readonly<Record<string, string>>;
  /** Ids of things it owns, by path variable, resource or property of a body: `{ orderId: ord_1 }`. */
  owns?: Readonly<Record<string, string>>;
  /** Its proof has run out: it is refused everywhere. */
  expired?: boolean;
}

/** What is asked of an operation, before it is encoded. */
export interface Call {
  operation: Operation;
  /** Parameters by name. */
  params: Record<string, unknown>;
  body?: JsonValue;
  /** How the body travels; the first declared JSON by default. */
  media?: Media;
  /** Beside those of parameters and body; '' takes one away. */
  headers?: Readonly<Record<string, string>>;
  /** Sent as they are, instead of what the operation would say. */
  raw?: { method?: string; query?: string; body?: string };
}

/** A call that was sent. */
export class Exchange {
  readonly call: Call;
  readonly request: TestRequest;
  readonly answer: TestAnswer;
  readonly principal: Principal | undefined;
  #value: { value: JsonValue | undefined } | undefined;

  constructor(call: Call, request: TestRequest, answer: TestAnswer, principal: Principal | undefined) {
    this.call = call;
    this.request = request;
    this.answer = answer;
    this.principal = principal;
  }

  get operation(): Operation {
    return this.call.operation;
  }

  get status(): number {
    return this.answer.status;
  }

  get succeeded(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  get text(): string {
    return new TextDecoder().decode(this.answer.body);
  }

  /** Media type without parameters, in lower case; '' without one. */
  get type(): string {
    return mediaType(this.answer.headers['content-type']);
  }

  /** The parsed JSON body; undefined when it is none. */
  get value(): JsonValue | undefined {
    this.#value ??= { value: this.answer.body.length === 0 ? undefined : parsed(this.text) };
    return this.#value.value;
  }
}

export function mediaType(field: string | undefined): string {
  return (field ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

export function parsed(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}
