// A reaction that writes one row for each event it is given, and nothing keeps it from writing two: what the runtime
// promises of effects is seen here without help from the unique keys of a business table. It is a guest in a capability.

import type { Capability } from '@plinth/runtime';
import { sql } from 'kysely';

const host = 'inventory';

export const sinkTable = `${host}.sink_seen`;
export const sinkConsumer = `${host}.sink`;

/** The same capabilities, one of them with the sink. */
export function withSink(capabilities: readonly Capability[]): Capability[] {
  return capabilities.map((capability) => (capability.name === host ? hostOf(capability) : capability));
}

function hostOf(capability: Capability): Capability {
  return {
    ...capability,
    migrations: {
      ...capability.migrations,
      '9999-sink': {
        async up(db) {
          await sql`
            create table inventory.sink_seen (
              n bigint generated always as identity, event_id uuid not null, subject text not null, seq bigint not null);
            create index sink_seen_event_id_idx on inventory.sink_seen (event_id)`.execute(db);
        },
      },
    },
    reactions: [
      ...(capability.reactions ?? []),
      {
        name: sinkConsumer,
        on: '*',
        async run(event, ctx) {
          await sql`
            insert into inventory.sink_seen (event_id, subject, seq)
            values (${event.id}, ${event.subject}, ${event.sequence})`.execute(ctx.db);
        },
      },
    ],
  };
}
