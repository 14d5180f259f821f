import { type Mail, type MailMessage, movableClock, newIds, type OpenContext, PortError } from '@plinth/runtime';
import { aDatabase, type TestDatabase } from '@plinth/testing';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { partners } from '../capability.ts';
import { tellTrouble } from '../notices.ts';
import { partnersDb, type Language } from '../tables.ts';
import { mailNotices } from './mail-notices.ts';

const page = 'https://api.test/developers/webhooks';
const nobody: Mail = { send: () => Promise.resolve(), close: () => Promise.resolve() };
const { migrations } = partners({
  checkAddress: async () => undefined,
  contracts: () => [],
  mail: nobody,
  baseUrl: '',
});
const clock = movableClock(Temporal.Instant.from('2030-01-02T09:00:00Z'));
const ids = newIds(clock);

let database: TestDatabase;
let sent: MailMessage[];
/** What the transport says to the next messages; undefined = it takes them. */
let failures: (PortError | undefined)[];
/** Told of facts. */
let facts: string[];
const mail: Mail = {
  async send(message) {
    const failure = failures.shift();
    if (failure !== undefined) throw failure;
    sent.push(message);
  },
  close: () => Promise.resolve(),
};

beforeAll(async () => {
  database = await aDatabase([{ schema: 'partners', migrations }]);
});
afterAll(() => database.close());
beforeEach(async () => {
  [sent, failures, facts] = [[], [], []];
  await partnersDb(database.db).deleteFrom('mailNotices').execute();
});

/** What a job may use; `lost`: the process ends before its next transaction. */
function context(state: { lost?: boolean } = {}): OpenContext {
  const made = {
    clock,
    db: database.db,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    transaction: (work: (ctx: unknown) => Promise<unknown>) => {
      if (state.lost && sent.length > 0) throw new Error('the process ended');
      return database.transaction((tx) => work({ db: tx }));
    },
  };
  return made as unknown as OpenContext;
}

const job = mailNotices({ mail, page });
const run = (ctx = context()): Promise<void> => job.run({}, ctx);

async function anEndpoint(email: string | null, language: Language | null = null): Promise<string> {
  const [appId, id] = [ids.uuid(), ids.uuid()];
  const db = partnersDb(database.db);
  await db
    .insertInto('apps')
    .values({ id: appId, partnerId: 'ptn_a', name: 'A', state: 'sandbox', scopes: [], createdAt: clock.now() })
    .execute();
  const url = 'https://hooks.test/in?token=hush';
  const contact = { contactEmail: email, contactLanguage: language };
  await db
    .insertInto('endpoints')
    .values({ id, appId, partnerId: 'ptn_a', url, events: [], ...contact, createdAt: clock.now() })
    .execute();
  return id;
}

const emit = (type: string): void => void facts.push(type);

async function trouble(
  targetId: string,
  kind: 'failing' | 'disabled' = 'failing',
  because: 'failing' | 'gone' = 'failing',
): Promise<void> {
  const failingSince = clock.now().subtract({ hours: 24 });
  await database.transaction((tx) =>
    tellTrouble({ kind, targetId, because, failingSince }, { db: tx, clock, ids, emit } as never),
  );
}

it('is written to once, with what happened and what to do next, and without what the address may hide', async () => {
  await trouble(await anEndpoint('ops@partner.test'));
  await run();
  await run();
  expect(sent).toHaveLength(1);
  const [{ to, subject, text } = {} as MailMessage] = sent;
  expect([to, subject]).toEqual(['ops@partner.test', 'A webhook endpoint of yours fails']);
  expect(text).toContain('Since 2030-01-01 09:00 UTC nothing but failures has come from https://hooks.test/in.');
  expect(text).toContain(page);
  expect(text).not.toContain('hush');
  expect(facts).toEqual(['endpoint.failing']);
});

it.each([
  ['failing', 'failing', 'Ihr Webhook-Endpunkt antwortet nicht richtig', 'kommen von https://hooks.test/in nur Fehler'],
  ['disabled', 'failing', 'Ihr Webhook-Endpunkt ist abgeschaltet', 'seit fünf Tagen'],
  ['disabled', 'gone', 'Ihr Webhook-Endpunkt ist abgeschaltet', 'mit 410 (gone) geantwortet'],
] as const)('reads in their language that it is %s because %s', async (kind, because, subject, text) => {
  await trouble(await anEndpoint('ops@partner.test', 'de'), kind, because);
  await run();
  expect(sent[0]).toMatchObject({ subject, text: expect.stringContaining(text) as string });
});

it('each notice is a mail of its own: after a day, and at the end', async () => {
  const id = await anEndpoint('ops@partner.test');
  await trouble(id);
  await run();
  await trouble(id, 'disabled');
  await run();
  expect(sent.map(({ subject }) => subject)).toEqual([
    'A webhook endpoint of yours fails',
    'A webhook endpoint of yours is switched off',
  ]);
  expect(new Set(sent.map(({ key }) => key)).size).toBe(2);
});

it('processes that look at the same time send it once', async () => {
  for (let n = 0; n < 5; n++) await trouble(await anEndpoint(`ops${n}@partner.test`));
  await Promise.all([run(), run(), run()]);
  expect(sent.map(({ to }) => to).toSorted()).toEqual([0, 1, 2, 3, 4].map((n) => `ops${n}@partner.test`));
});

it('waits while the mail server is away, longer each time, and is given up after a week', async () => {
  const id = await anEndpoint('ops@partner.test');
  await trouble(id);
  failures = [new PortError('unavailable', 'mail: away'), new PortError('unavailable', 'mail: away')];
  await run();
  clock.advance({ seconds: 59 });
  await run();
  expect(failures).toHaveLength(1);
  clock.advance({ seconds: 1 });
  await run();
  expect(failures).toHaveLength(0);
  clock.advance({ seconds: 119 });
  await run();
  expect(sent).toHaveLength(0);
  clock.advance({ seconds: 1 });
  await run();
  expect(sent).toHaveLength(1);
  await trouble(id, 'disabled');
  clock.advance({ hours: 24 * 7 + 1 });
  failures = [new PortError('unavailable', 'mail: away')];
  await run();
  clock.advance({ hours: 2 });
  await run();
  expect(sent).toHaveLength(1);
});

it('goes out again under the same key when the process ends before it noted that it left', async () => {
  await trouble(await anEndpoint('ops@partner.test'));
  await expect(run(context({ lost: true }))).rejects.toThrow('the process ended');
  expect(sent).toHaveLength(1);
  await run();
  expect(sent).toHaveLength(1);
  clock.advance({ seconds: 300 });
  await run();
  expect(sent).toHaveLength(2);
  expect(sent[1]?.key).toBe(sent[0]?.key);
});

it('what is refused for good is not tried again; without a contact, then or meanwhile, nobody is written to', async () => {
  await trouble(await anEndpoint('refused@partner.test'));
  failures = [new PortError('refused', 'mail: 550')];
  await run();
  await trouble(await anEndpoint(null));
  const left = await anEndpoint('left@partner.test');
  await trouble(left);
  await partnersDb(database.db).updateTable('endpoints').set({ contactEmail: null }).where('id', '=', left).execute();
  await run();
  clock.advance({ hours: 2 });
  await run();
  expect(sent).toEqual([]);
  expect(await partnersDb(database.db).selectFrom('mailNotices').select('id').execute()).toEqual([]);
  expect(facts).toHaveLength(3);
});
