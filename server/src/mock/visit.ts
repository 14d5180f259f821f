// One request on its way through the mock.

import type { IncomingMessage } from 'node:http';
import {
  type Contract,
  type MockAnswer,
  type Operation,
  type Preferences,
  readPreferences,
} from '@plinth/contract/serving';
import type { FaultEffect } from './faults.ts';
import type { HeldResponse } from './held-response.ts';

export interface Visit {
  /** 1, 2, 3, … since the start or the last reset. */
  number: number;
  at: Temporal.Instant;
  request: IncomingMessage;
  response: HeldResponse;
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
  input?: Readonly<Record<string, unknown>>;
  answer?: MockAnswer;
  /** What a real server's exchange broke. */
  findings?: unknown[];
  isReal?: true;
}

/** Header by which a call of the edge finds its visit; whatever a caller sends there is overwritten. */
export const visitHeader = 'plinth-mock-visit';

export function beginVisit(
  request: IncomingMessage,
  response: HeldResponse,
  at: Pick<Visit, 'number' | 'at' | 'contract' | 'operation' | 'path'>,
): Visit {
  const { headers, url: target = '/' } = request;
  return {
    ...at,
    request,
    response,
    target,
    origin: `http://${headers.host ?? 'localhost'}`,
    preferences: readPreferences(headers['prefer'] as string | undefined),
    effect: undefined,
  };
}
