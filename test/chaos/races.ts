// Twins: 64 callers send one key at the same moment to two servers, key after key. Each key has one effect, nobody gets a
// 5xx that is ours, and all who got the answer got the same bytes. The long form has a thousand keys.

import { openPostgres } from '@plinth/adapters/postgres';
import { mapLimited } from '@plinth/runtime';
import type { ChaosSuite } from '@plinth/testing';
import { sql } from 'kysely';
import { type ReferenceServer, startReference } from '../../bench/reference/start.ts';
import { openDatabaseServer } from '../faults/deployment.ts';

const racers = 64;
const longSeconds = 30;

interface Tally {
  answers: Map<string, number>;
  faults: string[];
}

export const suite: ChaosSuite = {
  name: 'races',
  about: '64 callers with one key at once on two servers, key after key: one effect each, one answer, no 5xx',
  async run({ log, seconds }) {
    const keys = seconds >= longSeconds ? 1_000 : 30;
    const place = await openDatabaseServer();
    const first = await startReference(place.url);
    const servers = [first];
    try {
      servers.push(await startReference(place.url, { on: first.databaseUrl }));
      const tally: Tally = { answers: new Map(), faults: [] };
      for (let n = 0; n < keys; n++) {
        await race(servers, `race-${n}`, tally);
        if (n % 100 === 99) log(`${n + 1} keys, ${tally.faults.length} faults`);
      }
      const effects = await effectsOf(first.databaseUrl);
      const wrong = Array.from({ length: keys }, (_, n) => `race-${n}`).filter((text) => effects.get(text) !== 1);
      tally.faults.slice(0, 10).forEach((fault) => log(`✗ ${fault}`));
      wrong.slice(0, 10).forEach((text) => log(`✗ ${text} has ${effects.get(text) ?? 0} effects`));
      return {
        ok: wrong.length === 0 && tally.faults.length === 0,
        figures: {
          keys,
          racers,
          ...Object.fromEntries([...tally.answers].map(([what, count]) => [`answered${what}`, count])),
          notOneEffect: wrong.length,
          faults: tally.faults.length,
        },
      };
    } finally {
      for (const server of servers.toReversed()) await server.close();
      await place.close();
    }
  },
};

async function race(servers: readonly ReferenceServer[], text: string, { answers, faults }: Tally): Promise<void> {
  const everybody = Array.from({ length: racers }, (_, n) => n);
  const said = await mapLimited(everybody, racers, async (n) => {
    const { port } = servers[n % servers.length] as ReferenceServer;
    const response = await fetch(`http://127.0.0.1:${port}/reference/v1/notes`, {
      method: 'POST',
      // Somebody else each, for admission: one caller may hold a quarter of a queue only. The operation asks for nobody.
      headers: {
        authorization: `Bearer racer-${n}`,
        'content-type': 'application/json',
        'idempotency-key': `"${text}"`,
      },
      body: JSON.stringify({ text }),
    });
    return { status: response.status, body: await response.text() };
  });
  const bodies = new Set<string>();
  for (const { status, body } of said) {
    const code = status < 300 ? '' : ((JSON.parse(body) as { code: string }).code ?? '');
    answers.set(String(status), (answers.get(String(status)) ?? 0) + 1);
    if (status === 201) bodies.add(body);
    else if (status !== 409 || code !== 'idempotency-in-progress') faults.push(`${text}: ${status} ${code}`);
  }
  if (bodies.size !== 1) faults.push(`${text}: ${bodies.size} different answers`);
}

async function effectsOf(url: string): Promise<Map<string, number>> {
  const database = await openPostgres({ url, poolSize: 1 });
  try {
    const { rows } = await sql<{ text: string; n: bigint }>`
      select text, count(*) as n from reference.kept group by text`.execute(database.db);
    return new Map(rows.map(({ text, n }) => [text, Number(n)]));
  } finally {
    await database.close();
  }
}
