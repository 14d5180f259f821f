import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../model/contract.ts';
import type { MockAnswer } from './answer.ts';
import { shop } from './samples-shop.ts';
import { mockOf, notes, now } from './samples.ts';

const bodyOf = (answer: MockAnswer): JsonObject => answer.body as JsonObject;
const after = (seconds: number) => ({ at: now.add({ seconds }) });

describe('a thing that takes time to be made', () => {
  it('is told with its place, gets on with the clock, and is done', async () => {
    const { ask } = await mockOf(shop);
    const begun = ask('makeReport', { body: { topic: 'sales' } });
    const { id } = bodyOf(begun) as { id: string };
    expect(begun).toMatchObject({ status: 202, headers: { location: `/reports/${id}`, 'retry-after': '10' } });
    expect(bodyOf(begun)).toMatchObject({ topic: 'sales', status: 'queued', progress: 0 });
    const halfway = ask('readReport', { id }, after(5));
    expect(halfway).toMatchObject({ body: { status: 'running', progress: 50 }, headers: { 'retry-after': '5' } });
    const done = ask('readReport', { id }, after(10));
    expect(bodyOf(done)).toMatchObject({ status: 'done', progress: 100 });
    expect(done.headers).not.toHaveProperty('retry-after');
  });

  it('is cancelled and can still be asked after, until its time of keeping is over', async () => {
    const { ask } = await mockOf(shop);
    const { id } = bodyOf(ask('makeReport', { body: {} }));
    expect(ask('cancelReport', { id }, after(4))).toMatchObject({ status: 204 });
    expect(bodyOf(ask('readReport', { id }, after(60)))).toMatchObject({ status: 'cancelled', progress: 40 });
    expect(ask('readReport', { id }, after(3603))).toMatchObject({ status: 200 });
    expect(ask('readReport', { id }, after(3605))).toMatchObject({ code: 'not-found' });
  });
});

describe('an effect that is put off', () => {
  it('happens at once unless the caller prefers otherwise', async () => {
    const { ask } = await mockOf(shop);
    const order = bodyOf(ask('placeOrder', { body: { product: 'Tea' } }))['number'];
    expect(ask('refundOrder', { order })).toMatchObject({ status: 200, body: { state: 'refunded' } });
  });

  it('happens when the job ends, and the job tells what came of it', async () => {
    const { ask } = await mockOf(shop);
    const order = bodyOf(ask('placeOrder', { body: { product: 'Tea' } }))['number'];
    const begun = ask('refundOrder', { order }, { prefer: 'respond-async' });
    const { id: taskId } = bodyOf(begun) as { id: string };
    expect(begun).toMatchObject({
      status: 202,
      headers: { location: `/tasks/${taskId}`, 'preference-applied': 'respond-async' },
    });
    expect(bodyOf(ask('readTask', { taskId }, after(9)))).toEqual({ id: taskId, state: 'running' });
    expect(bodyOf(ask('readOrder', { order }, after(9)))).toMatchObject({ state: 'open' });
    expect(bodyOf(ask('readTask', { taskId }, after(10)))).toMatchObject({
      state: 'succeeded',
      result: { number: order, state: 'refunded' },
    });
    expect(bodyOf(ask('readOrder', { order }, after(10)))).toMatchObject({ state: 'refunded' });
  });

  it('is refused at once where it can never happen', async () => {
    const { ask } = await mockOf(shop);
    expect(ask('refundOrder', { order: 'never-seen' }, { prefer: 'respond-async' })).toMatchObject({
      code: 'not-found',
    });
  });
});

describe('whoever drives the mock', () => {
  it('sees the jobs, and ends them well or badly before their time', async () => {
    const { ask, mock } = await mockOf(shop);
    const [first, second] = [bodyOf(ask('makeReport', { body: {} })), bodyOf(ask('makeReport', { body: {} }))];
    expect(mock.jobs(now)).toMatchObject([
      { id: first['id'], operation: 'makeReport', end: undefined },
      { id: second['id'], operation: 'makeReport', end: undefined },
    ]);
    expect(mock.endJob(first['id'] as string, 'done', now)).toMatchObject({ end: 'done' });
    expect(mock.endJob(second['id'] as string, 'failed', now)).toMatchObject({ end: 'failed' });
    expect(mock.endJob(first['id'] as string, 'failed', now)).toBeUndefined();
    expect(bodyOf(ask('readReport', { id: first['id'] }))).toMatchObject({ status: 'done' });
    expect(bodyOf(ask('readReport', { id: second['id'] }))).toMatchObject({ status: 'failed' });
  });

  it('gets jobs back with the state', async () => {
    const first = await mockOf(shop);
    const { id } = bodyOf(first.ask('makeReport', { body: {} }));
    const second = await mockOf(shop);
    second.mock.restore(first.mock.snapshot());
    second.mock.adopt(now);
    expect(bodyOf(second.ask('readReport', { id }, after(10)))).toMatchObject({ status: 'done' });
  });
});

it('202 as the only success is a job even where nothing else says so', async () => {
  const text = notes.replace(
    "post: { operationId: archiveNote, responses: { '200': { $ref: '#/components/responses/Note' } } }",
    "post: { operationId: archiveNote, responses: { '202': { description: Later. } } }",
  );
  expect(text).not.toBe(notes);
  const { ask } = await mockOf(text);
  const { id } = (bodyOf(ask('addNote', { body: { title: 'x' } })) as { note: JsonObject }).note;
  expect(ask('archiveNote', { id })).toMatchObject({ status: 202, body: undefined, headers: { 'retry-after': '10' } });
  expect(ask('readNote', { id }, after(9)).body).toMatchObject({ note: { status: 'draft' } });
  expect(ask('readNote', { id }, after(10)).body).toMatchObject({ note: { status: 'archived' } });
});
