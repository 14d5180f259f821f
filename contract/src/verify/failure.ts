// What a run reports about one cause.

import type { Position } from '../model/contract.ts';
import { type Check, short } from './checks.ts';
import type { Principal, TestRequest } from './exchange.ts';
import type { Phase } from './plan.ts';
import type { Bench, Found } from './trial.ts';

export interface FailureStep {
  request: TestRequest;
  status: number;
  /** Beginning of the answer. */
  answer: string;
  principal?: Principal | undefined;
  /** Values of this answer that later steps repeat: name → pointer into the body and text. */
  captures: { name: string; pointer: string; text: string }[];
}

export interface Failure {
  check: Check;
  /** operationId. */
  operation: string;
  /** `GET /orders/{}`. */
  key: string;
  phase: Phase;
  message: string;
  expected: string;
  actual: string;
  /** Where in the contract the promise stands. */
  position: Position;
  seed: number;
  principal?: string;
  /** The shortest chain of requests found; the last one shows the failure. */
  steps: FailureStep[];
  /** How often the same cause was met. */
  count: number;
}

/** Equal causes have equal keys. */
export function causeOf({ fault, exchange }: Found): string {
  return `${fault.check} ${exchange.operation.id} ${fault.at}`;
}

export function failureOf(found: Found, of: { bench: Bench; phase: Phase; seed: number }): Failure {
  const { fault, exchange, exchanges, captures } = found;
  const { contract } = of.bench;
  const { operation, principal } = exchange;
  const used = exchanges.slice(0, exchanges.indexOf(exchange) + 1);
  return {
    check: fault.check,
    operation: operation.id,
    key: operation.key,
    phase: of.phase,
    message: fault.message,
    expected: fault.expected,
    actual: fault.actual,
    position: contract.at(fault.node ?? operation.node),
    seed: of.seed,
    ...(principal ? { principal: principal.name } : {}),
    steps: used.map((each) => ({
      request: each.request,
      status: each.status,
      answer: short(each.text),
      principal: each.principal,
      captures: captures
        .map((capture, index) => ({ ...capture, name: `value${index + 1}` }))
        .filter((capture) => capture.exchange === each)
        .map(({ name, pointer, value }) => ({
          name,
          pointer,
          text: typeof value === 'string' ? value : JSON.stringify(value),
        })),
    })),
    count: 1,
  };
}
