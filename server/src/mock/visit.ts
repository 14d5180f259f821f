// One request on its way through the mock.

import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type Contract,
  type MockAnswer,
  type Operation,
  type Preferences,
  readPreferences,
} from '@plinth/contract/serving';
import type { FaultEffect } from './faults.ts';

export interface Visit {
  /** 1, 2, 3, … since the start or the last reset. */
  number: number;
  at: Temporal.Instant;
  request: IncomingMessage;
  response: ServerResponse;
  target: string;
  /** `http://host:port` as the caller wrote it. */
  origin: string;
  contract: Contract | undefined;
  operation: Operation | undefined;
  /** Path variables as sent. */
  path: Readonly<Record<string, string>>;
  preferences: Preferences;
  effect: FaultEffect | undefined;
  /** Set when the mock was asked. */
  input: Readonly<Record<string, unknown>> | undefined;
  answer: MockAnswer | undefined;
  /** What a real server's exchange broke. */
  findings: unknown[] | undefined;
  isReal?: true;
}

export function beginVisit(
  request: IncomingMessage,
  response: ServerResponse,
  at: Pick<Visit, 'number' | 'at' | 'contract' | 'operation' | 'path'>,
): Visit {
  const { headers, url: target = '/' } = request;
  return {
    number: at.number,
    at: at.at,
    operation: at.operation,
    contract: at.contract,
    path: at.path,
    request,
    response,
    target,
    origin: `http://${headers.host ?? 'localhost'}`,
    preferences: readPreferences(headers['prefer'] as string | undefined),
    effect: undefined,
    input: undefined,
    answer: undefined,
    findings: undefined,
  };
}
