// Stage `record`: after the last byte, never on the caller's time: metrics, one log line, and the interaction for whoever
// learns from it.

import type { Principal } from '../../kernel/index.ts';
import { isFinal } from '../../operations/stored-answer.ts';
import type { AccessLines } from '../../telemetry/access-lines.ts';
import type { AccessLine } from '../../telemetry/access-log.ts';
import type { EdgeLogger } from '../../telemetry/log.ts';
import type { Counter, Metrics } from '../../telemetry/metrics.ts';
import type { Answer, Exchange } from '../exchange.ts';
import type { CompiledOperation } from '../operation.ts';
import { endSpan } from './trace.ts';

/** What happened, for `x-plinth.signal`. Input and body are those of this call: take what is declared, keep nothing else. */
export interface Interaction {
  capability: string;
  /** operationId */
  operation: string;
  /** Version of the contract. */
  version: string;
  signal: CompiledOperation['operation']['policy']['signal'];
  principal: Principal;
  channel: string;
  input: Readonly<Record<string, unknown>>;
  /** Declared parameters that were sent, defaults not among them: `query.limit`, `header.accept-language`. */
  parameters: () => string[];
  status: number;
  body: unknown;
  code: string | undefined;
  traceId: string;
  decisionId: string | undefined;
  durationMs: number;
}

export interface RecordParts {
  logger: EdgeLogger;
  lines: AccessLines;
  metrics: Metrics;
  /** What became of an idempotency key. */
  countKey: Counter;
  onRecorded: ((interaction: Interaction) => void) | undefined;
}

/** @param endedMs when the answer was made, on the process clock. */
export function record(x: Exchange, answer: Answer, endedMs: number, parts: RecordParts): void {
  const { operation } = x;
  const durationMs = endedMs - x.startedMs;
  endSpan(x, answer);
  operation.meter.record(answer.status, durationMs, x.transport?.scheme, answer.code);
  if (answer.code === 'response-breaks-contract')
    parts.metrics.count('plinth.contract.drift', { operation: operation.key });
  const { logger } = parts;
  if (answer.status >= 500 && !turnedAway.has(answer.code ?? '')) {
    logger.error({ ...line(x, answer, durationMs), err: x.fault }, 'request failed');
  } else if (logger.isLevelEnabled('info')) {
    parts.lines.write(answer.status, answer.code, () => line(x, answer, durationMs));
  }
  const result = x.idempotencyKey === undefined ? undefined : resultOf(x, answer);
  if (result !== undefined) parts.countKey(result);
  countDeprecated(x, parts.metrics);
  if (parts.onRecorded === undefined) return;
  parts.onRecorded({
    capability: operation.contract.id,
    operation: operation.operation.id,
    version: operation.contract.version,
    signal: operation.operation.policy.signal,
    principal: x.principal,
    channel: x.channel,
    input: x.input,
    parameters: () => sentParameters(x),
    status: answer.status,
    body: answer.value,
    code: answer.code,
    traceId: x.traceId,
    decisionId: x.decisionId,
    durationMs,
  });
}

/** The operation as a whole, and each part of it that was used. */
function countDeprecated(x: Exchange, metrics: Metrics): void {
  const { operation } = x;
  const isWhole = operation.operation.policy.deprecation !== undefined;
  if (!isWhole && operation.deprecatedParts === undefined) return;
  const used = operation.deprecatedParts?.(x).map(({ name }) => name) ?? [];
  for (const part of isWhole ? ['all', ...used] : used)
    metrics.count('plinth.deprecated.use', {
      operation: operation.key,
      application: x.principal.applicationId ?? 'none',
      part,
    });
}

function sentParameters(x: Exchange): string[] {
  const { params } = x.operation.operation;
  if (params.length === 0) return none;
  const { call } = x;
  if (call !== undefined)
    return params.filter(({ name }) => call.input[name] !== undefined).map((param) => `${param.in}.${param.name}`);
  const inQuery =
    x.query === '' ? none : x.query.split('&', 200).map((part) => part.split(/[=[]|%5b/i, 1)[0] as string);
  return params
    .filter((param) => {
      if (param.in === 'query') return inQuery.includes(param.name);
      return param.in === 'path' || (param.in === 'header' && x.header(param.name.toLowerCase()) !== undefined);
    })
    .map((param) => `${param.in}.${param.name}`);
}

/**
 * What became of the caller's key: used by this call, whose answer is kept (`done`) or which left it free (`failed`), by
 * another, or looked at by nobody (`refused` before). undefined: its handler keeps no keys.
 */
function resultOf(x: Exchange, answer: Answer): string | undefined {
  if (x.replayed) return 'replayed';
  if (answer.code === 'idempotency-key-reused') return 'reused';
  if (answer.code === 'idempotency-in-progress') return 'in-progress';
  if (answer.code === 'outcome-unknown') return 'unknown';
  if (x.tookKey) return answer.status < 400 || isFinal(answer) ? 'done' : 'failed';
  return answer.status < 400 ? undefined : 'refused';
}

const none: string[] = [];

/** Refusals of a healthy process under load: nothing failed, and a line for each would add to the load. */
const turnedAway: ReadonlySet<string> = new Set(['overloaded', 'draining']);

function line(x: Exchange, answer: Answer, durationMs: number): AccessLine {
  return {
    operation: x.operation.key,
    method: x.transport?.method ?? 'CALL',
    status: answer.status,
    durationMs: Math.round(durationMs * 1000) / 1000,
    trace: x.traceId,
    audience: x.principal.audience,
    channel: x.channel,
    application: x.principal.applicationId,
    code: answer.code,
    replayed: x.replayed || undefined,
  };
}
