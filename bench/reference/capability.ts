// Operations whose cost is known: what load, bombs and slow clients are measured with.

import { type Capability, type Db, inSchema, read, reply, write } from '@plinth/runtime';

const burnMicros = 3_000;

interface Tables {
  kept: { id: number; text: string };
}

const tablesOf = (db: Db) => inSchema<Tables>(db, 'reference');

/** Processor time, not time: on a busy machine the two differ. */
function burn(): object {
  const { user, system } = process.threadCpuUsage();
  for (;;) {
    const now = process.threadCpuUsage();
    if (now.user + now.system - user - system >= burnMicros) return reply(200, {});
  }
}

export function reference(): Capability {
  return {
    name: 'reference',
    folder: import.meta.dirname,
    handlers: {
      echoText: read(async ({ body }: { body: { text: string } }) => reply(200, body)),
      listKept: read(async (_, ctx) => {
        const items = await tablesOf(ctx.db)
          .selectFrom('kept')
          .select('text')
          .orderBy('id', 'desc')
          .limit(25)
          .execute();
        return reply(200, { items });
      }),
      keepText: write(async ({ body }: { body: { text: string } }, ctx) => {
        await tablesOf(ctx.db)
          .insertInto('kept')
          .values({ text: body.text } as never)
          .execute();
        return reply(201, { text: body.text });
      }),
      burnTime: read(async () => burn()),
      burnCritical: read(async () => burn()),
      readLarge: read(async () => reply(200, { text: 'x'.repeat(512 * 1024) })),
    },
    migrations: {
      '0001-kept': {
        async up(db) {
          await db.schema
            .withSchema('reference')
            .createTable('kept')
            .addColumn('id', 'bigserial', (column) => column.primaryKey())
            .addColumn('text', 'text', (column) => column.notNull())
            .execute();
          await db.schema.withSchema('reference').createIndex('kept_text_idx').on('kept').column('text').execute();
        },
      },
    },
  };
}
