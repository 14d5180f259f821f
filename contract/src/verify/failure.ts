// What a run reports about one cause.

import type { JsonValue, Position } from '../model/contract.ts';
import { type Check, short } from './checks.ts';
import type { Exchange, Principal, TestRequest } from './exchange.ts';
import type { Phase } from './plan.ts';
import type { Bench, Capture, Found } from './trial.ts';

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
  const used = needed(exchanges.slice(0, exchanges.indexOf(exchange) + 1), captures);
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
      principal: of.bench.principals.find((known) => known === each.principal),
      captures: captures
        .map((capture, index) => ({ ...capture, name: `value${index + 1}` }))
        .filter((capture) => capture.exchange === each)
        .map(({ name, pointer, value }) => ({
          name,
          pointer,
          text: textOf(value),
        })),
    })),
    count: 1,
  };
}

/** Without the steps that change nothing and give nothing to later ones: refused ones, and reads whose values nobody uses. */
function needed(exchanges: readonly Exchange[], captures: readonly Capture[]): Exchange[] {
  const kept: Exchange[] = [];
  for (const each of exchanges.toReversed()) {
    const gives = captures.some(({ exchange, value }) => exchange === each && kept.some((later) => says(later, value)));
    const changes = each.operation.policy.effect !== 'read' && each.succeeded;
    if (kept.length === 0 || gives || changes) kept.unshift(each);
  }
  return kept;
}

function says({ request }: Exchange, value: JsonValue): boolean {
  const text = encodeURIComponent(textOf(value));
  return [request.target, String(request.body ?? ''), ...Object.values(request.headers)].some(
    (part) => part.includes(textOf(value)) || part.includes(text),
  );
}

function textOf(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
