import type { Invariant } from '@plinth/runtime';

export const invariants: readonly Invariant[] = [
  {
    name: 'assistant.messages-have-no-gaps',
    sql: `select c.id from assistant.conversations c
      where c.turn_seq <> (select count(*) from assistant.messages m where m.conversation_id = c.id)`,
  },
];
