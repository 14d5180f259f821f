// The statuses that callers are promised, by code.

import { expect, it } from 'vitest';
import { edgeProblems } from './catalogue.ts';

const statuses: Readonly<Record<number, string>> = {
  400: 'malformed-request malformed-json json-not-acceptable invalid-parameter invalid-body idempotency-key-missing idempotency-key-malformed',
  401: 'unauthenticated invalid-token signature-invalid step-up-required',
  403: 'opt-in-required insufficient-scope audience-not-allowed consent-required not-yours partner-suspended cross-site-request',
  404: 'not-found',
  405: 'method-not-allowed',
  406: 'not-acceptable',
  408: 'request-too-slow',
  409: 'idempotency-in-progress outcome-unknown answer-not-kept conflicting-state confirmation-used',
  410: 'retired',
  412: 'precondition-failed',
  413: 'body-too-large file-too-large',
  414: 'target-too-long',
  415: 'unsupported-media-type unsupported-encoding',
  422: 'callback-refused idempotency-key-reused',
  428: 'precondition-required confirmation-required',
  429: 'rate-limited quota-exhausted too-many-failures',
  431: 'headers-too-large',
  500: 'internal response-breaks-contract mock-cannot-answer',
  501: 'not-implemented',
  502: 'upstream-failed',
  503: 'brown-out overloaded draining dependency-unavailable',
  504: 'deadline-exceeded not-cached',
  507: 'storage-full',
};

it('every code of the edge has its status', () => {
  const byStatus = Map.groupBy(edgeProblems.keys(), (code) => edgeProblems.get(code)?.status);
  const found = [...byStatus].map(([status, codes]) => [status, codes.join(' ')] as const);
  expect(Object.fromEntries(found)).toEqual(statuses);
});
