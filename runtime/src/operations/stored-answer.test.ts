// What is kept of an answer, and what a repetition is told of it, without a database.

import { expect, it } from 'vitest';
import type { Answer, Exchange } from '../pipeline/exchange.ts';
import { ProblemBook } from '../pipeline/problems.ts';
import type { KeyRow } from './key-rows.ts';
import { RowSeal, seal, sealingKey } from './seal.ts';
import { answerOf, bounded, columnsOf, isFinal, kept, mostKeptBytes, storedAnswer } from './stored-answer.ts';

const exchange = () =>
  ({
    replayed: false,
    operation: { problems: new ProblemBook([], ''), shapes: { purposes: [] } },
  }) as unknown as Exchange;
const answer = (more: Partial<Answer> = {}): Answer => ({
  status: 201,
  headers: ['Location', '/n/1'],
  type: 'text/plain',
  body: 'a',
  ...more,
});
const place = {
  principalHash: Buffer.from('who'),
  operation: 'o',
  keyHash: Buffer.from('k'),
  fingerprint: Buffer.from('f'),
};
const row = (more: Partial<KeyRow> = {}): KeyRow => ({
  state: 'done',
  fingerprint: place.fingerprint,
  status: 202,
  headers: ['Content-Type', 'text/plain', 'Location', '/n/1'],
  body: Buffer.from('a'),
  job: null,
  ...more,
});

it.each([400, 402, 405, 409, 410, 415, 422, 499])(
  'a refusal with %i is final, unless it may be tried again',
  (status) => {
    expect(isFinal(answer({ status, retryable: false }))).toBe(true);
    expect(isFinal(answer({ status, retryable: true }))).toBe(false);
  },
);

it.each([401, 403, 404, 412, 428, 429, 500, 501, 503, 504])('a refusal with %i leaves the key free', (status) => {
  expect(isFinal(answer({ status, retryable: false }))).toBe(false);
});

it('1 MiB is kept, and no byte more', () => {
  expect(mostKeptBytes).toBe(1_048_576);
  for (const letter of ['x', 'é']) {
    const body = letter.repeat(mostKeptBytes / Buffer.byteLength(letter));
    for (const whole of [answer({ body }), answer({ body: Buffer.from(body) })]) {
      expect(bounded(whole)).toBe(whole);
      expect(kept(exchange(), whole)).toBe(whole);
    }
    const large = answer({ body: `${body}x` });
    expect(() => bounded(large)).toThrow('1 MiB');
    const told = kept(exchange(), large);
    expect([told.code, told.headers.slice(0, 2)]).toEqual(['answer-not-kept', ['Location', '/n/1']]);
    expect(kept(exchange(), { ...large, headers: [] }).headers).not.toContain('Location');
  }
});

it('an answer is stored as it was, and is told to be a repetition', () => {
  const { headers, body } = columnsOf(answer());
  const stored = row({ status: 201, headers: JSON.parse(headers) as string[], body: Buffer.from(body ?? '') });
  expect(answerOf(stored)).toEqual({ ...answer(), body: Buffer.from('a') });
  expect(columnsOf(answer({ body: undefined })).body).toBe(null);
  const x = exchange();
  expect(storedAnswer(x, place, stored)).toMatchObject({
    status: 201,
    type: 'text/plain',
    headers: ['Location', '/n/1', 'Idempotent-Replayed', 'true'],
  });
  expect(x.replayed).toBe(true);
});

it.each<[string, KeyRow | undefined, string, string[]]>([
  ['that has gone meanwhile', undefined, 'idempotency-in-progress', ['Retry-After', '1']],
  ['that is under way', row({ state: 'running' }), 'idempotency-in-progress', ['Retry-After', '1']],
  ['whose lease runs', row({ state: 'started', job: 'job_1' }), 'idempotency-in-progress', ['Retry-After', '1']],
  ['of another wish', row({ fingerprint: Buffer.from('g') }), 'idempotency-key-reused', []],
  ['of another wish under way', row({ state: 'running', fingerprint: Buffer.from('g') }), 'idempotency-key-reused', []],
  [
    'of an unknown end',
    row({ state: 'unknown', job: 'job_1' }),
    'outcome-unknown',
    ['Link', '</jobs/job_1>; rel="monitor"'],
  ],
  ['of an end nobody looks for', row({ state: 'unknown' }), 'outcome-unknown', []],
])('a row %s is no answer', (_, found, code, headers) => {
  const x = exchange();
  const told = storedAnswer(x, place, found);
  expect([told.code, x.replayed]).toEqual([code, false]);
  expect(told.headers.filter((text, index) => index < 2 && !/Content-Language|^en$/.test(text))).toEqual(headers);
});

it('what is sealed is opened with its own key, and is gone under another', () => {
  const own = sealingKey('k', place.principalHash, 'ours');
  const sealed = row({ body: seal(own, Buffer.from('secret')) });
  expect(storedAnswer(exchange(), { ...place, seal: own }, sealed).body?.toString()).toBe('secret');
  const other = sealingKey('k', place.principalHash, 'changed');
  expect(storedAnswer(exchange(), { ...place, seal: other }, sealed).code).toBe('outcome-unknown');
});

it.each([
  ['opened with the key of the deployment', 'ours', 'job_1', { body: 'late' }],
  ['gone with another', 'theirs', 'job_1', { code: 'outcome-unknown' }],
  ['gone without one', undefined, 'job_1', { code: 'outcome-unknown' }],
  ['gone for another job', 'ours', 'job_2', { code: 'outcome-unknown' }],
])('what was found out later is sealed for the row of its job, and %s', (_, own = '', job, told) => {
  const body = Buffer.from(new RowSeal('ours', 'job_1').close(Buffer.from('late')));
  // Whether the operation seals what its caller gets at once makes no difference.
  for (const seals of [{}, { seal: sealingKey('k', place.principalHash, 'ours') }]) {
    const answer = storedAnswer(exchange(), { ...place, ...seals, own }, row({ body, job }));
    expect({ ...answer, body: answer.body?.toString() }).toMatchObject(told);
  }
});

it('what was kept open is shown, unless it is a secret that is shown once', () => {
  const own = sealingKey('k', place.principalHash, 'ours');
  const told = (reveals: boolean, body: string): Answer => {
    const x = exchange();
    Object.assign(x.operation.shapes, { reveals });
    return storedAnswer(x, { ...place, seal: own }, row({ body: Buffer.from(body) }));
  };
  expect(told(false, '{"a":1}').body?.toString()).toBe('{"a":1}');
  expect([told(true, '{"a":1}').code, told(false, 'no JSON').code]).toEqual(['outcome-unknown', 'outcome-unknown']);
});
