// What a mock is asked and what it says.

import type { Operation, ResourceAction } from '../model/contract.ts';
import type { Caller } from './secrets.ts';

export interface MockCall {
  operation: Operation;
  /** Parameters by name and `body`. */
  input: Readonly<Record<string, unknown>>;
  /** Whose things these are; each owner has a set of their own. undefined: all of them (staff, foreign contracts). */
  owner?: string | undefined;
  now: Temporal.Instant;
  /**
   * Who asks, where properties are for some only; undefined = all of them are shown. Behind the edge it stays undefined:
   * facts are made of the whole answer, and the edge shows of it what is for the caller.
   */
  caller?: Caller | undefined;
  /** Value of the header `Prefer` (prefer.ts). */
  prefer?: string | undefined;
  /** Version that `If-Match` asks for. */
  ifMatch?: number | undefined;
  /** Where callers reach the mock (`http://127.0.0.1:4010`); links in answers begin with it. Default: they are relative. */
  origin?: string | undefined;
}

/** All but the last are refusals a real implementation would give. */
export type RefusalCode = 'not-found' | 'conflicting-state' | 'precondition-failed' | 'mock-cannot-answer';

interface Said {
  status: number;
  /** Names in lower case; `content-type` when there is a body. */
  headers: Record<string, string>;
  /**
   * Parsed JSON, text, or bytes (Uint8Array); undefined = no body. For refusals a problem document (RFC 9457). It may be
   * what is kept, or stand in the contract: read it, and do not change it.
   */
  body: unknown;
}

export type MockAnswer =
  | (Said & {
      kind: 'answer';
      /** Media type; '' without a body. */
      type: string;
      /** Id of the job that was begun. */
      job?: string;
    })
  | (Said & {
      kind: 'problem';
      code: RefusalCode;
      /** `currentState` and `next` of a conflict; `operation`, `pointer` and `message` of what cannot be answered. */
      values: Record<string, unknown>;
    });

/** How an operation was understood, and why. */
export interface MockExplanation {
  operation: string;
  /** '' when it has no thing to keep. */
  resource: string;
  action: ResourceAction | 'stateless';
  reason: string;
}

const refusals: Record<RefusalCode, [status: number, title: string]> = {
  'not-found': [404, 'Not found'],
  'conflicting-state': [409, 'Conflicting state'],
  'precondition-failed': [412, 'Changed in the meantime'],
  'mock-cannot-answer': [500, 'The mock cannot answer'],
};

export function refusal(code: RefusalCode, values: Record<string, unknown> = {}): MockAnswer {
  const [status, title] = refusals[code];
  return {
    kind: 'problem',
    code,
    values,
    status,
    headers: { 'content-type': 'application/problem+json' },
    body: { type: `/problems/${code}`, title, status, code, ...values },
  };
}
