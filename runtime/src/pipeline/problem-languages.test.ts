import type { ProblemType } from '@plinth/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { read } from '../capability.ts';
import { problem, servicePrincipal } from '../kernel/index.ts';
import { Shop } from './cache/test-shop.ts';
import { edgeProblems } from './catalogue.ts';
import { notesContract, staff, startTestEdge, type TestEdge } from './test-edge.ts';

const german = {
  notFound: 'Hier ist nichts, oder es ist für Sie nicht sichtbar.',
  locked: 'Die Notiz n1 ist gesperrt.',
};
const english = { notFound: 'There is nothing here, or it is not visible to you.', locked: 'The note n1 is locked.' };

let world: TestEdge;
let token: string;
beforeAll(async () => {
  const contract = await notesContract();
  const [locked] = contract.problems as [ProblemType];
  const de = { detail: 'Die Notiz {noteId} ist gesperrt.', advice: 'Entsperren Sie sie zuerst.' };
  contract.problems = [
    { ...locked, translations: { de } },
    { ...locked, code: 'notes.plain' },
  ];
  world = await startTestEdge({
    contract,
    handlers: {
      getNote: read(async (input: { noteId: string }) =>
        problem((input.noteId === 'note_ada_plain' ? 'notes.plain' : 'notes.locked') as never, { noteId: 'n1' }),
      ),
      listNotes: read(async (_input, ctx) => ctx.call('notes.getNote' as never, { noteId: 'note_ada1' })),
    },
    calls: { notes: ['notes.getNote'] },
  });
  token = await world.token();
});
afterAll(() => world.close());

async function get(path: string, language?: string) {
  const response = await fetch(world.url + path, {
    headers: { authorization: `Bearer ${token}`, ...(language !== undefined && { 'accept-language': language }) },
  });
  const { title, detail, advice } = (await response.json()) as Record<string, string>;
  const { headers } = response;
  return { title, detail, advice, language: headers.get('content-language'), vary: headers.get('vary') };
}

const call = async (operation: string, language?: string) => {
  const principal = servicePrincipal('test', 'cus_ada');
  const result = await world.edge.invoke({ operation, principal, input: { noteId: 'note_ada1' }, language });
  return [(result.body as { detail: string }).detail, result.headers['content-language']];
};

describe('a problem is told in the language of its reader', () => {
  it('by the edge, and its title stays', async () => {
    const told = await get('/notes/v1/notes/note_bob1', 'de-AT, en;q=0.5');
    expect(told).toMatchObject({ title: 'Not found', detail: german.notFound });
    expect([told.language, told.vary]).toEqual(['de', 'Accept-Language']);
  });

  it('by a capability, with its values', async () => {
    const told = await get('/notes/v1/notes/note_ada1', 'en;q=0.1, de');
    expect(told).toMatchObject({ title: 'Locked', detail: german.locked, advice: 'Entsperren Sie sie zuerst.' });
    expect(told.language).toBe('de');
  });

  it('where there is no operation', async () => {
    const told = await get('/notes/v1/nothing', 'de');
    expect(told).toMatchObject({ detail: german.notFound, language: 'de', vary: 'Accept-Language' });
  });

  it('by one capability through another', async () => {
    const told = await get('/notes/v1/notes', 'de');
    expect(told).toMatchObject({ detail: german.locked, language: 'de', vary: 'Accept-Language' });
    expect(await get('/notes/v1/notes', 'nl')).toMatchObject({ detail: english.locked, language: 'en' });
  });

  it('in English to who wants what is not there', async () => {
    for (const language of [undefined, 'nl', '*', 'de;q=0', 'en-GB, de;q=0.9']) {
      const told = await get('/notes/v1/notes/note_bob1', language);
      expect(told).toMatchObject({ detail: english.notFound, language: 'en', vary: 'Accept-Language' });
    }
  });

  it('and says nothing of languages where there is one only', async () => {
    const told = await get('/notes/v1/notes/note_ada_plain', 'de');
    expect(told).toMatchObject({ detail: english.locked, language: null, vary: null });
  });

  it('of an invocation, too', async () => {
    expect(await call('notes.getNote', 'de-CH')).toEqual([german.locked, 'de']);
    expect(await call('notes.getNote')).toEqual([english.locked, 'en']);
    expect((await call('notes.unheardOf', 'de'))[0]).toBe(german.notFound);
  });
});

it('each of those who wait for one answer is refused in their own language', async () => {
  const shop = await Shop.open('{ ttl: PT1M }');
  shop.answers = 'away';
  const { promise: held, resolve: open } = Promise.withResolvers<void>();
  shop.held = held;
  const answers = ['de', 'nl', 'de'].map((language) =>
    shop.world.edge.invoke({ operation: 'shop.getThing', principal: staff(), input: { thingId: 'first' }, language }),
  );
  open();
  const told = (await Promise.all(answers)).map(({ body, headers }) => [
    (body as { detail: string }).detail,
    headers['content-language'],
    headers['cache-status'],
  ]);
  const { detail, translations } = edgeProblems.get('dependency-unavailable') ?? {};
  expect(told).toEqual([
    [translations?.['de']?.detail, 'de', 'plinth; fwd=uri-miss'],
    [detail, 'en', 'plinth; fwd=uri-miss; collapsed'],
    [translations?.['de']?.detail, 'de', 'plinth; fwd=uri-miss; collapsed'],
  ]);
  expect(shop.reads).toBe(1);
  await shop.close();
});

const placeholders = (text: string): string[] => [...new Set(text.match(/\{\w+\}/g))].toSorted();

describe('the edge’s own problems', () => {
  it.each([...edgeProblems])('%s says the same in every language', (_code, entry) => {
    expect(Object.keys(entry.translations ?? {})).toEqual(['de']);
    for (const texts of Object.values(entry.translations ?? {}))
      for (const part of ['detail', 'advice'] as const) {
        expect(texts[part]).not.toBe('');
        expect(placeholders(texts[part])).toEqual(placeholders(entry[part]));
      }
  });
});
