import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../model/contract.ts';
import type { MockAnswer } from './answer.ts';
import { cards, mockOf, notes, now } from './samples.ts';
import { MemoryStore } from './store.ts';

const bodyOf = (answer: MockAnswer): JsonObject => answer.body as JsonObject;
const itemsOf = (answer: MockAnswer, name = 'items'): JsonObject[] => bodyOf(answer)[name] as JsonObject[];
const ada = { owner: 'cus_ada' };
const ben = { owner: 'cus_ben' };

describe('a declared state machine', () => {
  it('moves by the operation that is named, although a task is answered', async () => {
    const { ask } = await mockOf(cards);
    const [card] = itemsOf(ask('listCards', {}, ada));
    const cardId = card?.['id'] as string;
    const frozen = ask('freezeCard', { cardId, body: { reason: 'lost' } }, ada);
    expect(frozen.status).toBe(201);
    expect(frozen.body).toMatchObject({ cardId, state: 'done', reason: 'lost', createdAt: '2026-11-24T12:00:00Z' });
    expect(bodyOf(frozen)['id']).not.toBe(cardId);
    expect(ask('getCard', { cardId }, ada).body).toEqual({ ...card, state: 'frozen' });
    expect(ask('unfreezeCard', { cardId }, ada).body).toEqual(card);
  });

  it('moves things that can only be listed', async () => {
    const { ask } = await mockOf(cards.replace(/  \/cards\/\{cardId\}:\n(.*\n){4}/, ''));
    const [card] = itemsOf(ask('listCards', {}, ada));
    expect(card).toHaveProperty('last4');
    expect(ask('freezeCard', { cardId: card?.['id'] }, ada).body).toMatchObject({ cardId: card?.['id'] });
    expect(itemsOf(ask('listCards', {}, ada))[0]).toEqual({ ...card, state: 'frozen' });
  });

  it('refuses an illegal move with the state and what is allowed', async () => {
    const { ask } = await mockOf(cards);
    const cardId = itemsOf(ask('listCards', {}, ada))[0]?.['id'];
    const answer = ask('unfreezeCard', { cardId }, ada);
    expect(answer).toMatchObject({ kind: 'problem', code: 'conflicting-state', status: 409 });
    expect(answer.body).toMatchObject({ currentState: 'active', next: ['freezeCard'] });
    expect(ask('getCard', { cardId }, ada).body).toMatchObject({ state: 'active' });
  });

  it('moves on by itself when its timer ran out', async () => {
    const { ask } = await mockOf(cards);
    const cardId = itemsOf(ask('listCards', {}, ada))[0]?.['id'];
    ask('freezeCard', { cardId }, ada);
    const later = { ...ada, at: now.add({ hours: 25 }) };
    expect(ask('getCard', { cardId }, { ...ada, at: now.add({ hours: 23 }) }).body).toMatchObject({ state: 'frozen' });
    expect(ask('getCard', { cardId }, later).body).toMatchObject({ state: 'active' });
  });

  it('is explained', async () => {
    const { mock } = await mockOf(cards);
    expect(mock.explain().map((row) => [row.operation, row.resource, row.action])).toEqual([
      ['listCards', 'card', 'list'],
      ['getCard', 'card', 'read'],
      ['freezeCard', 'card', 'transition'],
      ['unfreezeCard', 'card', 'transition'],
    ]);
    expect(mock.explain().every(({ reason }) => reason !== '')).toBe(true);
    expect(mock.explain()[2]?.reason).toContain('x-plinth.states');
  });
});

describe('owners', () => {
  it('each have a set of their own', async () => {
    const { ask, mock } = await mockOf(cards);
    const hers = itemsOf(ask('listCards', {}, ada));
    const his = itemsOf(ask('listCards', {}, ben));
    expect(hers).toHaveLength(3);
    expect(hers.map((card) => card['customerId'])).toEqual(['cus_ada', 'cus_ada', 'cus_ada']);
    const ids = [...hers, ...his].map((card) => card['id'] as string);
    expect(new Set(ids).size).toBe(6);
    expect(ids.every((id) => /^crd_0[0-9a-hjkmnp-tv-z]{25}$/.test(id))).toBe(true);
    const owners = mock.owners('card', [ids[0] ?? '', ids[5] ?? '', 'crd_nobody']);
    expect([...owners.values()]).toEqual([['cus_ada'], ['cus_ben']]);
  });

  it('do not depend on who asked first', async () => {
    const [one, two] = [await mockOf(cards), await mockOf(cards)];
    one.ask('listCards', {}, ben);
    expect(itemsOf(one.ask('listCards', {}, ada))).toEqual(itemsOf(two.ask('listCards', {}, ada)));
  });

  it('are all seen by who is none', async () => {
    const { ask } = await mockOf(cards);
    ask('listCards', {}, ada);
    ask('listCards', {}, ben);
    expect(itemsOf(ask('listCards'))).toHaveLength(6);
  });
});

describe('lists', () => {
  it('page by cursor without loss or repetition', async () => {
    const { ask } = await mockOf(cards);
    const all = itemsOf(ask('listCards', {}, ada));
    const first = ask('listCards', { limit: 2 }, ada);
    const cursor = bodyOf(first)['next'];
    expect(cursor).toEqual(expect.any(String));
    const second = ask('listCards', { limit: 2, cursor }, ada);
    expect([...itemsOf(first), ...itemsOf(second)]).toEqual(all);
    expect(bodyOf(second)['next']).toBeNull();
  });

  it('filter by parameters that are named like properties', async () => {
    const { ask } = await mockOf(cards);
    const cardId = itemsOf(ask('listCards', {}, ada))[1]?.['id'];
    ask('freezeCard', { cardId }, ada);
    expect(itemsOf(ask('listCards', { state: 'frozen' }, ada)).map((card) => card['id'])).toEqual([cardId]);
  });

  it('filter by bounds, sort, and count truthfully in foreign contracts', async () => {
    const { ask } = await mockOf(notes);
    for (const pages of [5, 1000, 2000]) ask('addNote', { body: { title: 'x', colour: 'green', pages } });
    const many = ask('findNotes', { minPages: 900, sort: '-pages', limit: 1, offset: 1 });
    expect(many.body).toMatchObject({ count: 2, offset: 1, limit: 1 });
    expect(itemsOf(many, 'notes').map((note) => note['pages'])).toEqual([1000]);
    expect(itemsOf(ask('findNotes', { colour: 'blue' }), 'notes')).toEqual([]);
  });
});

describe('the life of a thing', () => {
  it('is created, read, listed, changed, replaced, moved and removed', async () => {
    const { ask } = await mockOf(notes);
    const before = bodyOf(ask('findNotes'))['count'] as number;
    const created = ask('addNote', { body: { title: 'Milk', pages: 2, pin: '1234' } });
    const note = bodyOf(created)['note'] as JsonObject;
    expect(created).toMatchObject({ status: 201, headers: { location: `/notes/${note['id'] as string}` } });
    expect(note).toMatchObject({ title: 'Milk', pages: 2, status: 'draft', createdAt: '2026-11-24T12:00:00Z' });
    expect(note).not.toHaveProperty('pin');
    expect(note).not.toHaveProperty('colour');
    const id = note['id'];
    expect(ask('readNote', { id }).body).toEqual({ note });
    expect(bodyOf(ask('findNotes'))['count']).toBe(before + 1);

    const later = { at: now.add({ hours: 1 }) };
    const changed = bodyOf(ask('changeNote', { id, body: { pages: null, colour: 'white' } }, later))['note'];
    expect(changed).toMatchObject({ title: 'Milk', colour: 'white', updatedAt: '2026-11-24T13:00:00Z' });
    expect(changed).not.toHaveProperty('pages');
    const replaced = bodyOf(ask('putNote', { id, body: { title: 'Bread' } }))['note'];
    expect(replaced).toMatchObject({ id, title: 'Bread', createdAt: '2026-11-24T12:00:00Z' });
    expect(replaced).not.toHaveProperty('colour');
    expect(ask('archiveNote', { id }).body).toMatchObject({ note: { status: 'archived' } });

    expect(ask('dropNote', { id })).toMatchObject({ status: 204, body: undefined });
    expect(ask('readNote', { id })).toMatchObject({ code: 'not-found', status: 404 });
    expect(ask('hearNote', { id })).toMatchObject({ code: 'not-found' });
    expect(bodyOf(ask('findNotes'))['count']).toBe(before);
  });

  it('is not found where callers could have made it, and appears where they cannot', async () => {
    const { ask } = await mockOf(notes);
    expect(ask('readNote', { id: '0198c9f3-1111-4111-8111-111111111111' })).toMatchObject({ code: 'not-found' });
    const person = ask('readPerson', { login: 'grace' });
    expect(person.body).toMatchObject({ login: 'grace' });
    expect(ask('readPerson', { login: 'grace' }).body).toEqual(person.body);
    expect(ask('readPerson', { login: 'alan' }).body).not.toEqual(person.body);
  });

  it('takes over nothing that its schema forbids', async () => {
    const { ask } = await mockOf(notes);
    const { note } = bodyOf(ask('addNote', { body: { title: 'x', colour: 'blue' } })) as { note: JsonObject };
    expect(note['colour']).not.toBe('blue');
  });
});

describe('an answer', () => {
  it('of another medium has its type and some bytes', async () => {
    const { ask, mock, contract } = await mockOf(notes);
    const operation = contract.operations.find(({ id }) => id === 'hearNote');
    if (!operation) throw new Error('hearNote is missing');
    const answer = ask('hearNote', mock.sample({ operation, input: {}, now }));
    expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'audio/mpeg' } });
    expect(answer.body).toBeInstanceOf(Uint8Array);
  });

  it('that no value can satisfy is refused with the place', async () => {
    const { ask } = await mockOf(notes);
    const answer = ask('readImpossible');
    expect(answer).toMatchObject({ code: 'mock-cannot-answer', status: 500 });
    expect(answer.body).toMatchObject({ operation: 'readImpossible', pointer: '/x' });
  });

  it('has the status that is preferred, or says that there is none', async () => {
    const { ask } = await mockOf(notes);
    const id = '0198c9f3-1111-4111-8111-111111111111';
    expect(ask('readNote', { id }, { prefer: 'code=404' })).toMatchObject({ kind: 'answer', status: 404 });
    expect(ask('readNote', { id }, { prefer: 'code=418' })).toMatchObject({ code: 'mock-cannot-answer' });
  });
});

/** A short conversation as text. */
async function run(seed: number): Promise<string> {
  const { ask } = await mockOf(notes, { seed });
  const said = [ask('findNotes'), ask('addNote', { body: { title: 'a' } }), ask('readPerson', { login: 'x' })];
  return JSON.stringify([...said, ask('findNotes', { limit: 2 })]);
}

describe('equal calls', () => {
  it('give equal bytes for equal seeds, and other bytes for another seed', async () => {
    expect(await run(1)).toBe(await run(1));
    expect(await run(1)).not.toBe(await run(2));
  });

  it('go on from a snapshot, and from the store of an earlier mock', async () => {
    const store = new MemoryStore();
    const first = await mockOf(cards, { store });
    const cardId = itemsOf(first.ask('listCards', {}, ada))[0]?.['id'];
    first.ask('freezeCard', { cardId }, ada);
    const restored = await mockOf(cards);
    restored.mock.restore(first.mock.snapshot());
    const heir = await mockOf(cards, { store });
    for (const { ask } of [restored, heir])
      expect(ask('listCards', { state: 'frozen' }, ada).body).toEqual(
        first.ask('listCards', { state: 'frozen' }, ada).body,
      );
  });
});
