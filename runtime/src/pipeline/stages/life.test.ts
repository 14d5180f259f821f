import { afterEach, describe, expect, it } from 'vitest';
import { read } from '../../capability.ts';
import { reply } from '../../context.ts';
import { type Clock, type Principal, servicePrincipal, systemClock } from '../../kernel/index.ts';
import { Leaves } from '../../security/leaves.ts';
import { notesContract, staff, startTestEdge, type TestEdge } from '../test-edge.ts';
import { brownOutAt, brownOutsBefore } from './life.ts';

let world: TestEdge | undefined;
afterEach(() => world?.close());

/** An edge at `now` whose `getNote` has this policy. */
async function at(now: string, policy: Record<string, unknown>): Promise<TestEdge> {
  const contract = await notesContract();
  const operation = contract.operations.find(({ id }) => id === 'getNote');
  Object.assign(operation?.policy ?? {}, policy);
  const clock: Clock = { ...systemClock, now: () => Temporal.Instant.from(now) };
  world = await startTestEdge({
    contract,
    handlers: { getNote: read(async () => reply(200, { id: 'note_ada1', text: 't', version: 1 })) },
    services: { clock },
  });
  return world;
}

async function ask(edge: TestEdge, headers: Record<string, string> = {}): Promise<Response> {
  const authorization = `Bearer ${await edge.token()}`;
  return fetch(`${edge.url}/notes/v1/notes/note_ada1`, { headers: { authorization, ...headers } });
}

const deprecation = { since: '2026-01-01', sunset: '2026-07-01', successor: 'listNotes' };

describe('an operation on its way out', () => {
  it('says since when, until when and what follows', async () => {
    const { status, headers } = await ask(await at('2026-03-01T12:00:00Z', { deprecation }));
    expect(status).toBe(200);
    expect(headers.get('deprecation')).toBe('@1767225600');
    expect(headers.get('sunset')).toBe('Wed, 01 Jul 2026 00:00:00 GMT');
    const page = '/developers/reference/notes';
    expect(
      headers
        .get('link')
        ?.split(', ')
        .map((link) => link.replace(/^<[^/]*(?:\/\/[^/]*)?/, '<')),
    ).toEqual([
      `<${page}/getNote>; rel="deprecation"`,
      `<${page}/getNote>; rel="sunset"`,
      `<${page}/listNotes>; rel="successor-version"`,
    ]);
  });

  it('fails for announced minutes shortly before its end', async () => {
    const answer = await ask(await at('2026-06-20T14:20:00Z', { deprecation }));
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('600');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(await answer.json()).toMatchObject({ code: 'brown-out', retryable: true });
  });

  it('is gone after the sunset, for calls from inside too', async () => {
    const edge = await at('2026-07-01T00:00:00Z', { deprecation });
    const answer = await ask(edge);
    expect(answer.status).toBe(410);
    expect(answer.headers.get('link')).toContain('successor-version');
    expect(await answer.json()).toMatchObject({
      code: 'retired',
      retryable: false,
      detail: 'This operation ended on 1 July 2026.',
    });
    expect(await (await ask(edge, { 'accept-language': 'de' })).json()).toMatchObject({
      detail: 'Diese Operation endete am 1. Juli 2026.',
    });
    const principal = servicePrincipal('test');
    const inside = await edge.edge.invoke({ operation: 'notes.getNote', principal, input: { noteId: 'note_ada1' } });
    expect(inside.status).toBe(410);
  });

  it('is gone at once when its stage is retired', async () => {
    const answer = await ask(await at('2026-01-01T00:00:00Z', { stage: 'retired' }));
    expect(answer.status).toBe(410);
    expect(await answer.json()).toMatchObject({ detail: 'This operation ended on the day that was set.' });
  });
});

describe('leave', () => {
  const leaves = new Leaves();
  const leave = { operation: 'notes.listNotes', untilMs: 8e15 };
  leaves.replace([
    { ...leave, kind: 'preview', applicationId: 'app_1' },
    { ...leave, kind: 'extension', applicationId: 'app_2' },
  ]);
  /** What single callers are told by an operation at this stage; `fixed`: whom everybody is taken for. */
  const told = async (stage: string, callers: Partial<Principal>[], fixed?: Principal): Promise<unknown[]> => {
    const contract = await notesContract();
    const operation = contract.operations.find(({ id }) => id === 'listNotes');
    operation?.policy.audience.push('partner');
    Object.assign(operation?.policy ?? {}, { stage });
    world = await startTestEdge({
      contract,
      handlers: { listNotes: read(async () => reply(200, {})) },
      edge: { leaves },
      binding: fixed === undefined ? {} : { principal: fixed },
    });
    const { edge } = world;
    const answers = callers.map(async (caller) => {
      const call = { operation: 'notes.listNotes', input: {} };
      const { status, body } = await edge.invoke({ ...call, principal: { ...staff(), ...caller } });
      return (body as { code?: string }).code ?? status;
    });
    return Promise.all(answers);
  };
  const [one, two] = [{ applicationId: 'app_1' }, { applicationId: 'app_2' }];

  it.each(['draft', 'preview'])('is asked of others’ software alone at the stage %s', async (stage) => {
    const callers: Partial<Principal>[] = [
      { audience: 'partner', ...one },
      { audience: 'partner', ...two },
      { audience: 'partner' },
      { audience: 'agent', ...one },
      { audience: 'agent', ...two },
      // Our own assistant, and pages and services of ours: they change together with it.
      { audience: 'agent' },
      { audience: 'customer', ...two },
      { audience: 'staff', ...two },
      { audience: 'service', ...two },
    ];
    const out = 'opt-in-required';
    expect(await told(stage, callers)).toEqual([200, out, out, 200, out, 200, 200, 200, 200]);
  });

  it('is asked of nobody where everybody is taken for one caller', async () => {
    const caller = { audience: 'partner', ...two } as const;
    expect(await told('preview', [caller], { ...staff(), ...caller })).toEqual([200]);
  });

  it('of the other kind is none: only who may go on passes the end', async () => {
    const callers = [one, two].map((each) => ({ audience: 'partner' as const, ...each }));
    expect(await told('retired', [...callers, { audience: 'staff' }])).toEqual(['retired', 200, 'retired']);
  });
});

describe('brown-outs', () => {
  const sunset = Date.parse('2026-07-01T00:00:00Z');
  /** Minutes of a day on which calls fail. */
  const minutesOf = (day: string): number =>
    Array.from({ length: 1440 }, (_, minute) => Date.parse(`${day}T00:00:00Z`) + minute * 60_000).filter(
      (now) => brownOutAt(now, sunset) !== undefined,
    ).length;

  it('grow from ten minutes a day to an hour, and begin four weeks before', () => {
    expect(
      ['2026-06-02', '2026-06-03', '2026-06-16', '2026-06-17', '2026-06-23', '2026-06-24', '2026-06-30'].map(minutesOf),
    ).toEqual([0, 10, 10, 60, 60, 60, 60]);
    expect(minutesOf('2026-07-01')).toBe(0);
  });

  it.each([
    ['2026-06-03', ['09:00', '09:05'], ['14:00', '14:05']],
    ['2026-06-17', ['09:00', '09:30'], ['14:00', '14:30']],
    ['2026-06-23', ['09:00', '09:30'], ['14:00', '14:30']],
    ['2026-06-24', ['14:00', '15:00']],
    ['2026-06-30', ['14:00', '15:00']],
  ])('on %s begin and end at %j and %j', (day, ...windows) => {
    const at = (time: string, ms = 0): number => Date.parse(`${day}T${time}:00Z`) + ms;
    for (const [from = '', to = ''] of windows)
      expect([
        brownOutAt(at(from, -1), sunset),
        brownOutAt(at(from), sunset),
        brownOutAt(at(to, -1), sunset),
        brownOutAt(at(to), sunset),
      ]).toEqual([undefined, at(to), at(to), undefined]);
    const announced = brownOutsBefore('2026-07-01').filter(({ from }) => from.startsWith(day));
    expect(announced.map(({ from, to }) => [from.slice(11, 16), to.slice(11, 16)])).toEqual(windows);
  });
});
