// A job as its principal sees it, and the JSON Schema of that.

import type { JsonObject } from '@plinth/contract';
import type { Answer } from '../../pipeline/exchange.ts';
import { answerOf } from '../stored-answer.ts';
import type { JobProgress, JobRow, JobState } from './rows.ts';

export interface JobDocument {
  id: string;
  /** `orders.exportOrders`. */
  operation: string;
  state: JobState;
  progress?: JobProgress;
  /** Body of the answer it would have had at once; JSON only. */
  result?: unknown;
  /** `Location` of that answer. */
  resource?: string;
  /** Why it failed (RFC 9457); of one that succeeded: why its result is not here. */
  problem?: unknown;
  createdAt: string;
  updatedAt: string;
  /** When it is gone; for one under way, when it is given up. */
  expiresAt: string;
}

export function hasEnded({ state }: Pick<JobRow, 'state'>): boolean {
  return state === 'succeeded' || state === 'failed' || state === 'cancelled';
}

export function documentOf(row: JobRow): JobDocument {
  return {
    id: row.id,
    operation: row.operation,
    state: row.state,
    ...(row.progress === null ? {} : { progress: row.progress }),
    ...outcomeOf(row),
    createdAt: row.created.toString(),
    updatedAt: row.updated.toString(),
    expiresAt: row.expires.toString(),
  };
}

function outcomeOf(row: JobRow): Pick<JobDocument, 'result' | 'resource' | 'problem'> {
  if (row.state !== 'succeeded' && row.state !== 'failed') return {};
  const { headers, type } = answerOf(row);
  const value: unknown =
    row.body === null || !/[/+]json\b/.test(type) ? undefined : JSON.parse(row.body.toString('utf8'));
  if (row.state === 'failed') return { problem: value };
  const at = headers.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === 'location');
  const member = type.startsWith('application/problem+json') ? 'problem' : 'result';
  return {
    ...(value === undefined ? {} : { [member]: value }),
    ...(at < 0 ? {} : { resource: headers[at + 1] as string }),
  };
}

/** When to ask again, in seconds: soon for a young job, at most every 10 s. */
export function retryAfterS(row: JobRow): number {
  const ageS = row.updated.since(row.created).total('seconds');
  return Math.min(10, 1 + Math.floor(ageS / 10));
}

/** 202 with the job as it stands. */
export function accepted(row: JobRow): Answer {
  const document = documentOf(row);
  return {
    status: 202,
    headers: ['Location', `/jobs/${row.id}`, 'Retry-After', String(retryAfterS(row))],
    type: 'application/json',
    body: JSON.stringify(document),
    value: document,
  };
}

/** The schema `Job` of served documents. */
export function jobSchema(): JsonObject {
  const time = { type: 'string', format: 'date-time' };
  return {
    type: 'object',
    title: 'Job',
    description: 'Work that goes on after its 202. Read it at `/jobs/{id}` until it has ended.',
    required: ['id', 'operation', 'state', 'createdAt', 'updatedAt', 'expiresAt'],
    properties: {
      id: { type: 'string' },
      operation: { type: 'string' },
      state: { enum: ['queued', 'running', 'waiting', 'succeeded', 'failed', 'cancelled'] },
      progress: {
        type: 'object',
        required: ['done'],
        properties: { done: { type: 'number' }, total: { type: 'number' }, note: { type: 'string' } },
      },
      result: { description: 'Body of the answer it would have had at once; not there when it is larger than 1 MiB.' },
      resource: { type: 'string', format: 'uri-reference' },
      problem: {
        description: 'Why it failed; of one that succeeded: why its result is not here.',
        allOf: [{ $ref: '#/components/schemas/Problem' }],
      },
      createdAt: time,
      updatedAt: time,
      expiresAt: time,
    },
  };
}

/** What `/jobs/{id}` may refuse, reading and cancelling alike. */
const refused = [
  'unauthenticated',
  'invalid-token',
  'partner-suspended',
  'too-many-failures',
  'not-found',
  'rate-limited',
  'internal',
];

/** The path item `/jobs/{id}` of the document of all contracts. */
export function jobPath(statusOf: (code: string) => number | undefined): JsonObject {
  const job = { 'application/json': { schema: { $ref: '#/components/schemas/Job' } } };
  const retry = { description: 'Seconds until it is worth asking.', schema: { type: 'integer' } };
  const prefer = {
    name: 'Prefer',
    in: 'header',
    description: '`wait=N`: the answer comes when the job has ended, after at most 30 s.',
    schema: { type: 'string' },
  };
  return {
    parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string', pattern: '^[\\w-]{1,64}$' } }],
    get: {
      operationId: 'getJob',
      tags: ['Jobs'],
      summary: 'See what became of a call',
      description: 'Only for whoever made the call. With `Accept: text/event-stream` one event `job` per change.',
      parameters: [prefer],
      responses: {
        '200': {
          description: 'As it stands, also when it failed.',
          headers: { 'Retry-After': retry },
          content: { ...job, 'text/event-stream': { schema: { type: 'string' } } },
        },
        '204': { description: 'The stream was seen to its end.' },
        ...problemsOf(refused, statusOf),
      },
    },
    delete: {
      operationId: 'cancelJob',
      tags: ['Jobs'],
      summary: 'Cancel a call that goes on',
      responses: {
        '202': { description: 'Cancelled.', headers: { 'Retry-After': retry }, content: job },
        ...problemsOf([...refused, 'conflicting-state', 'cross-site-request'], statusOf),
      },
    },
  };
}

function problemsOf(codes: readonly string[], statusOf: (code: string) => number | undefined): JsonObject {
  const byStatus = new Map<number, string[]>();
  for (const code of codes) {
    const status = statusOf(code);
    if (status !== undefined) byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const problem = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };
  return Object.fromEntries(
    [...byStatus].map(([status, said]) => [String(status), { description: said.join(', '), content: problem }]),
  );
}
