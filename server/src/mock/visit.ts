// One request on its way through the mock.

import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type Contract,
  type MockAnswer,
  type Operation,
  type Preferences,
  readPreferences,
} from '@plinth/contract/serving';
import type { Transport } from '@plinth/runtime/pipeline/storeless';
import type { FaultEffect } from './faults.ts';

export interface Visit {
  /** 1, 2, 3, … since the start or the last reset. */
  number: number;
  at: Temporal.Instant;
  /** What the request came by. */
  wire: Transport;
  /** The same of Node; undefined = it is answered at once and whole. */
  node: NodeExchange | undefined;
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

export interface NodeExchange {
  request: IncomingMessage;
  response: ServerResponse;
}

export function beginVisit(
  wire: Transport,
  node: NodeExchange | undefined,
  at: Pick<Visit, 'number' | 'at' | 'contract' | 'operation' | 'path'>,
): Visit {
  return {
    number: at.number,
    at: at.at,
    operation: at.operation,
    contract: at.contract,
    path: at.path,
    wire,
    node,
    target: wire.target,
    origin: `http://${wire.header('host') ?? 'localhost'}`,
    preferences: readPreferences(wire.header('prefer')),
    effect: undefined,
    input: undefined,
    answer: undefined,
    findings: undefined,
  };
}
