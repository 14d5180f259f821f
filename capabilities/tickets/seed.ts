import { checkedNumber, fromWireId, type Seed, worldCustomers, worldHash, worldId } from '@plinth/runtime';
import { type EntryRow, type TicketRow, ticketsDb } from './tables.ts';
import { dueAt, priorityOf } from './ticket.ts';

const matters: readonly [subject: string, text: string, answer: string][] = [
  [
    'The kettle does not heat',
    'It stopped after two weeks. The light is on but the water stays cold.',
    'Sorry about that. A new one is on its way; keep the old one.',
  ],
  [
    'Charged twice for one order',
    'My statement shows the same order twice.',
    'The second charge was a hold and has been released.',
  ],
  ['Parcel left with a neighbour', 'Which neighbour? Nobody here knows of it.', 'It is with number 12, ground floor.'],
  [
    'Points missing from last month',
    'I bought a suitcase and got no points for it.',
    'We have added them. Thank you for telling us.',
  ],
  ['How do I change my address?', 'I am moving next week.', 'Open your profile and press Change; it takes a minute.'],
  ['The app shows an old balance', 'It is off by one day.', 'Fixed this morning. Please look again.'],
  ['Invoice for my company', 'I need an invoice with our VAT number on it.', 'It is attached to the order now.'],
];

/** Every sixth customer asked something; some of it is still open. */
export const seed: Seed = async (tx, world) => {
  const tickets: Omit<TicketRow, 'version'>[] = [];
  const entries: EntryRow[] = [];
  const start = world.anchor.toZonedDateTime('UTC').toInstant();
  for (const person of worldCustomers(world.customers, world.anchor)) {
    if (worldHash('ticket', person.n) % 6 !== 0 && person.username !== 'cleo') continue;
    const [subject, text, answer] = matters[worldHash('matter', person.n) % matters.length] as (typeof matters)[number];
    const wireId = worldId('tkt', person.n);
    const id = fromWireId('tkt', wireId) ?? '';
    const isOpen = worldHash('open', person.n) % 3 === 0 || person.username === 'cleo';
    // Whoever waits asked within the last hours; what is solved lies further back.
    const openedAt = isOpen
      ? world.now.subtract({ minutes: 12 + (worldHash('opened', person.n) % 540) })
      : start.subtract({ hours: 3 + (worldHash('opened', person.n) % 2000) });
    const priority = priorityOf(subject, text);
    tickets.push({
      id,
      number: checkedNumber('REQ', wireId),
      customerId: person.id,
      contact: null,
      subject,
      state: isOpen ? 'new' : 'resolved',
      priority,
      channel: 'web',
      assignee: null,
      assigneeName: null,
      aboutRef: null,
      conversationId: null,
      dedupeKey: null,
      openedAt,
      dueAt: dueAt(openedAt, priority),
      firstReplyAt: isOpen ? null : openedAt.add({ hours: 2 }),
    });
    entries.push({ id: `${wireId}/1`, ticketId: id, kind: 'customer', author: person.givenName, text, at: openedAt });
    if (!isOpen)
      entries.push({
        id: `${wireId}/2`,
        ticketId: id,
        kind: 'staff',
        author: 'Mia Hansen',
        text: answer,
        at: openedAt.add({ hours: 2 }),
      });
  }
  await ticketsDb(tx).insertInto('tickets').values(tickets).execute();
  await ticketsDb(tx).insertInto('entries').values(entries).execute();
};
