import { beforeAll, describe, expect, it } from 'vitest';
import { compileSkills } from './compile.ts';
import { opening } from './dialogue.ts';
import type { SkillModel } from './model.ts';
import { plainText } from './reply.ts';
import { longestState } from './state.ts';
import { loadText, realModel } from './test-model.ts';
import { type Answers, talkTo } from './test-talk.ts';

let model: SkillModel;
beforeAll(async () => {
  model = await realModel(cardsYaml);
});

const order = (n: number, state: string, placedAt: string, goods: string) => ({
  id: `ord_${n}`,
  number: `ORD-TEST-000${n}`,
  customerId: 'cus_1',
  state,
  lines: [{ sku: 'X', name: goods }],
  total: { amount: 2450 * n, currency: 'EUR' },
  paidByCard: { amount: 2450 * n, currency: 'EUR' },
  pointsSpent: 0,
  placedAt,
  version: 1,
});
const orders = [
  order(1, 'fulfilled', '2026-10-01T10:00:00Z', 'Kettle'),
  order(2, 'placed', '2026-11-20T10:00:00Z', 'Espresso machine'),
  order(3, 'placed', '2026-11-19T10:00:00Z', 'Earbuds'),
];
const card = { id: 'crd_1', label: 'Debit 1234', state: 'active' };
const shop = [
  { id: 'off_1', sku: 'KETTLE-17', name: 'Kettle, 1.7 l', price: { amount: 2450, currency: 'EUR' } },
  { id: 'off_2', sku: 'TOASTER-2', name: 'Toaster, two slots', price: { amount: 3490, currency: 'EUR' } },
];

const ok = (body: unknown) => ({ status: 200, body });
const page = (items: unknown[]) => ok({ items, next: null });
const answers: Answers = {
  'orders.listOrders': () => page(orders),
  'orders.getOrder': ({ orderId }) => ok(orders.find(({ id }) => id === orderId)),
  'orders.cancelOrder': ({ orderId }) => ({
    status: 201,
    body: {
      id: 'can_1',
      orderId,
      orderNumber: 'ORD-TEST-0002',
      state: 'done',
      refund: { amount: 4900, currency: 'EUR' },
      pointsReturned: 0,
      requestedAt: '2026-11-24T12:00:00Z',
    },
  }),
  'orders.placeOrder': () => ({ status: 201, body: orders[1] }),
  'catalogue.listOfferings': ({ q = '' }: { q?: string }) =>
    page(shop.filter(({ name }) => name.toLowerCase().includes(q))),
  'cards.listCards': () => page([card]),
  'cards.freezeCard': () => ok({ ...card, state: 'frozen' }),
  'customers.updateCustomer': () => ok({ id: 'cus_1', number: 'C-1', givenName: 'Ada' }),
  'tickets.openTicket': () => ({
    status: 201,
    body: {
      id: 'tkt_1',
      number: 'REQ-1',
      subject: 'x',
      state: 'new',
      openedAt: '2026-11-24T12:00:00Z',
      dueAt: '2026-11-25T12:00:00Z',
    },
  }),
};

const kinds = (effects: readonly { kind: string }[]): string[] => effects.map(({ kind }) => kind);

describe('a conversation', () => {
  it('begins by saying that software speaks, and that a person can be had', () => {
    const text = plainText(opening(model, 'Northfold'));
    expect(text).toContain('I am software');
    expect(text).toContain('Talk to a person');
  });

  it('answers “where is my order” with the newest order, and offers the others', () => {
    const talk = talkTo(model, answers).say('where is my order');
    expect(talk.effects.map((effect) => ('operation' in effect ? effect.operation : ''))).toEqual([
      'orders.listOrders',
      'orders.getOrder',
    ]);
    expect(talk.parts.find(({ kind }) => kind === 'card')).toMatchObject({
      title: 'Order ORD-TEST-0002',
      state: 'placed',
      stateLabel: 'Placed',
    });
    expect(talk.text).toContain('49.00 EUR');
    expect(talk.text).toContain('ORD-TEST-0003');
  });

  it('takes “cancel it” for what was shown, reads back exactly that, and calls it once yes is said', () => {
    const talk = talkTo(model, answers);
    talk.say('where is my order').say('cancel it');
    expect(kinds(talk.effects)).toEqual(['readBack']);
    expect(talk.text).toContain('ORD-TEST-0002');
    expect(talk.text).toContain('49.00 EUR');
    talk.say('yes');
    expect(talk.effects).toEqual([
      {
        kind: 'confirm',
        operation: 'orders.cancelOrder',
        input: { orderId: 'ord_2' },
        key: 'key-1',
        confirmationId: 'conf-1',
      },
    ]);
    expect(talk.text).toContain('Order ORD-TEST-0002 is cancelled. You get 49.00 EUR back.');
  });

  it('calls nothing when the button is pressed a second time, and says that it is done', () => {
    const talk = talkTo(model, answers);
    const id = talk.say('where is my order').say('cancel it').confirmationId ?? '';
    talk.say({ confirmation: { id, accept: true } }).say({ confirmation: { id, accept: true } });
    expect(talk.effects).toEqual([]);
    expect(talk.text).toContain('done already');
  });

  it.each(['yes, but tomorrow', 'yes cancel the other one too', 'what does that mean', 'hm'])(
    'does not take “%s” for a confirmation: the old one is void',
    (words) => {
      const talk = talkTo(model, answers);
      const before = talk.say('where is my order').say('cancel it').confirmationId ?? '';
      talk.say(words);
      expect(kinds(talk.effects)).not.toContain('confirm');
      expect(talk.effects[0]).toEqual({ kind: 'void', confirmationId: before });
      talk.say({ confirmation: { id: before, accept: true } });
      expect(kinds(talk.effects)).not.toContain('confirm');
    },
  );

  it('takes yes only as the next message: after a question in between it confirms nothing', () => {
    const talk = talkTo(model, answers);
    talk.say('where is my order').say('cancel it').say('show my orders').say('yes');
    expect(talk.effects).toEqual([]);
  });

  it('reads back anew after a correction', () => {
    const talk = talkTo(model, answers);
    talk.say('cancel my espresso order').say('no, the earbuds');
    expect(kinds(talk.effects)).toEqual(['void', 'lookup', 'readBack']);
    talk.say('yes');
    expect(talk.effects).toMatchObject([{ kind: 'confirm', input: { orderId: 'ord_3' } }]);
  });

  it('offers only what the operation’s states allow, and asks which', () => {
    const talk = talkTo(model, answers).say('cancel my order');
    expect(talk.text).toContain('ORD-TEST-0002 | ORD-TEST-0003');
    expect(talk.text).not.toContain('ORD-TEST-0001');
    talk.say('the second one').say('yes');
    expect(talk.effects).toMatchObject([{ kind: 'confirm', input: { orderId: 'ord_3' } }]);
  });

  it('says what keeps it from being possible when no state allows it', () => {
    const talk = talkTo(model, { ...answers, 'orders.listOrders': () => page(orders.slice(0, 1)) }).say(
      'cancel my order',
    );
    expect(talk.text).toContain('ORD-TEST-0001 is sent');
  });

  it('fills a list of goods and a number from one sentence, and corrects the number', () => {
    const talk = talkTo(model, answers).say('buy two kettles');
    expect(talk.effects.at(-1)).toMatchObject({
      kind: 'readBack',
      input: { body: { lines: [{ sku: 'KETTLE-17', quantity: 2 }], payment: { method: 'card_ok' } } },
    });
    talk.say('make it three');
    expect(talk.effects.at(-1)).toMatchObject({
      kind: 'readBack',
      input: { body: { lines: [{ sku: 'KETTLE-17', quantity: 3 }] } },
    });
  });

  it('asks for what is missing, and takes free text only as the answer to its own question', () => {
    const talk = talkTo(model, answers).say('open a ticket');
    expect(talk.text).toContain('What is it about?');
    talk.say('The kettle is broken').say('It stays cold');
    expect(talk.effects).toMatchObject([
      { kind: 'readBack', input: { body: { subject: 'The kettle is broken', text: 'It stays cold' } } },
    ]);
  });

  it('answers a question in between and comes back to its own', () => {
    const talk = talkTo(model, answers);
    talk.say('I want to change my details').say('city').say('where is my order');
    expect(talk.text).toContain('Back to this: Change my details. What is the city?');
    talk.say('Berlin');
    expect(talk.effects).toMatchObject([{ kind: 'readBack', input: { customerId: 'me', body: { city: 'Berlin' } } }]);
  });

  it('asks for a refused value again in the words of the refusal', () => {
    const refusal = {
      status: 422,
      body: {
        title: 'Invalid',
        code: 'invalid-body',
        errors: [{ in: 'body', pointer: '/lines/0/quantity', message: 'Is at most 20.' }],
      },
    };
    const talk = talkTo(model, { ...answers, 'orders.placeOrder': () => refusal });
    talk.say('buy 30 kettles').say('yes');
    expect(talk.text).toContain('How many: Is at most 20.');
    talk.say('5');
    expect(talk.effects).toMatchObject([{ kind: 'readBack', input: { body: { lines: [{ quantity: 5 }] } } }]);
  });

  it('tells a problem in the contract’s words, with what can be done next', () => {
    const problem = {
      status: 409,
      body: {
        title: 'The order has already been sent',
        detail: 'It cannot be cancelled.',
        advice: 'Send it back.',
        next: [{ operation: 'tickets.openTicket' }],
      },
    };
    const talk = talkTo(model, { ...answers, 'orders.cancelOrder': () => problem });
    talk.say('where is my order').say('cancel it').say('yes');
    expect(talk.text).toContain('The order has already been sent. It cannot be cancelled. Send it back.');
    expect(talk.text).toContain('Ask for help');
  });

  it('says that it does not know, instead of guessing, when the answer to a write is lost', () => {
    const talk = talkTo(model, { ...answers, 'orders.cancelOrder': () => ({ status: 503, body: {} }) });
    talk.say('where is my order').say('cancel it').say('yes');
    expect(talk.text).toContain('I do not know whether that was done');
  });

  it('offers a person when it does not understand, and a yes is enough', () => {
    const talk = talkTo(model, answers).say('can you repair my bicycle?');
    expect(talk.text).toContain('Talk to a person');
    talk.say('what is the meaning of life').say('yes');
    expect(talk.effects).toEqual([{ kind: 'handover', reason: 'notUnderstood' }]);
  });

  it.each([[[]], [['cancel my order']], [['open a ticket']], [['where is my order', 'cancel it']]])(
    'understands “talk to a person” after %j',
    (before) => {
      const talk = talkTo(model, answers);
      for (const words of before) talk.say(words);
      talk.say('I want to talk to a person');
      expect(talk.effects.at(-1)).toEqual({ kind: 'handover', reason: 'customerAsked' });
      expect(kinds(talk.effects)).not.toContain('confirm');
    },
  );

  it('says that only the customer may do what software may not, and links the form', () => {
    const talk = talkTo(model, answers).say({ choice: 'skill:notifications.markRead' });
    expect(talk.parts).toContainEqual({
      kind: 'link',
      href: '/portal/do/notifications/markRead',
      label: 'Mark a message as read',
    });
    expect(talk.effects).toEqual([]);
  });

  it('keeps its state small whatever is said', () => {
    const talk = talkTo(model, answers);
    for (let turns = 0; turns < 30; turns++)
      talk.say(turns % 2 === 0 ? 'buy something' : `${'long words '.repeat(300)}${turns}`);
    expect(JSON.stringify(talk.state).length).toBeLessThan(longestState);
  });
});

describe('a contract nobody has seen', () => {
  it('is a skill with lookup, read-back and result as soon as it is there', () => {
    const talk = talkTo(model, answers).say('please freeze my card');
    expect(talk.text).toContain('Freeze a card?');
    expect(talk.text).toContain('Debit 1234');
    talk.say('yes');
    expect(talk.effects).toMatchObject([
      { kind: 'confirm', operation: 'cards.freezeCard', input: { cardId: 'crd_1' } },
    ]);
    expect(talk.parts.find(({ kind }) => kind === 'card')).toMatchObject({ state: 'frozen' });
  });

  it('is only suggested without phrases', async () => {
    const bare = compileSkills([await loadText(cardsYaml.replaceAll(/, skill: \{ phrases: \[[^\]]*\] \}/g, ''))]);
    expect(bare.skills.map(({ mode }) => mode)).toEqual(['suggestOnly', 'suggestOnly']);
    const talk = talkTo(bare, answers).say('freeze a card');
    expect(talk.effects).toEqual([]);
    expect(talk.parts.at(-1)).toMatchObject({
      kind: 'choices',
      choices: [{ label: 'Freeze a card', value: 'skill:cards.freezeCard' }, {}],
    });
  });
});

const cardsYaml = `
openapi: 3.1.0
info: { title: Cards, version: 1.0.0, description: Payment cards. }
servers: [{ url: /cards/v1 }]
x-plinth: { capability: cards, owner: { team: cards, contact: cards@northfold.example }, audience: [customer, staff, agent] }
paths:
  /cards:
    get:
      operationId: listCards
      summary: See my cards
      security: [{ oidc: [cards.read] }]
      x-plinth: { ownerCheck: { object: card, list: true }, skill: { phrases: [show my cards, which cards do I have] } }
      responses: { '200': { description: Cards., content: { application/json: { schema: { type: object, required: [items, next], properties: { items: { type: array, items: { $ref: '#/components/schemas/Card' } }, next: { type: [string, 'null'] } } } } } } }
  /cards/{cardId}/freeze:
    post:
      operationId: freezeCard
      summary: Freeze a card
      security: [{ oidc: [cards.write] }]
      x-plinth: { effect: write, ownerCheck: { object: card, id: path.cardId, relation: [owner], deny: 404 }, skill: { phrases: [freeze my card, I lost my card] } }
      parameters: [{ name: cardId, in: path, required: true, schema: { type: string, title: Card } }]
      responses: { '200': { description: Frozen., content: { application/json: { schema: { $ref: '#/components/schemas/Card' } } } } }
components:
  securitySchemes: { oidc: { type: openIdConnect, openIdConnectUrl: /oidc/.well-known/openid-configuration } }
  schemas:
    Card:
      type: object
      x-plinth: { resource: { name: card, id: id } }
      required: [id, label, state]
      properties: { id: { type: string }, label: { type: string, title: Name }, state: { type: string, enum: [active, frozen] } }
`;
