// Which requests the queue shows; it stands in the address, so it can be kept and shared.

export const filters = ['all', 'mine', 'unassigned', 'waiting', 'solved'] as const;
export type QueueFilter = (typeof filters)[number];

export const filterWords: Readonly<Record<QueueFilter, string>> = {
  all: 'Open',
  mine: 'Mine',
  unassigned: 'Not taken',
  waiting: 'Waiting for the customer',
  solved: 'Solved',
};

export function isFilter(value: unknown): value is QueueFilter {
  return filters.includes(value as QueueFilter);
}

type State = 'new' | 'open' | 'waitingCustomer' | 'resolved' | 'closed';

/** What the contract is asked for. */
export function inputOf(filter: QueueFilter): { limit: number; assignee?: string; state?: State } {
  const limit = 100;
  switch (filter) {
    case 'mine':
      return { limit, assignee: 'me' };
    case 'unassigned':
      return { limit, assignee: 'none' };
    case 'waiting':
      return { limit, state: 'waitingCustomer' };
    case 'solved':
      return { limit, state: 'resolved' };
    default:
      return { limit };
  }
}

/** Solved ones are looked for on purpose only. */
export function isShown(filter: QueueFilter, state: State): boolean {
  return filter === 'solved' || !['resolved', 'closed'].includes(state);
}
