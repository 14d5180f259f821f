// A process that dies at a crash point while it commits facts and reacts to them. Run by eventing.test.ts.

import { sql } from 'kysely';
import { createEventing } from './eventing.ts';
import { armCrash } from './kernel/index.ts';
import { connectTestDatabase } from './store/test-database.ts';
import { newTrace } from './telemetry/trace.ts';
import { testServices } from './test-services.ts';
import { inTransaction, serviceBase } from './work.ts';

const [url = '', place = ''] = process.argv.slice(2);
const database = connectTestDatabase(url);
const eventing = await createEventing({
  ...testServices(database),
  databaseUrl: undefined,
  capabilities: [
    {
      reactions: [
        {
          name: `points.on-${place}`,
          on: [`crash.${place}` as never],
          run: async (event, ctx) => void (await sql`insert into points values (${event.subject})`.execute(ctx.db)),
        },
      ],
    },
  ],
});
armCrash(place);
const { services } = eventing;
await inTransaction(services, serviceBase(services, { name: 'shop.order', trace: newTrace() }), async (ctx) => {
  for (let n = 0; n < 20; n++) ctx.emit(`crash.${place}` as never, { subject: `${place}-${n}`, data: {} as never });
});
await eventing.quiet();
