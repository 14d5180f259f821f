// S9: malformed HTTP, byte by byte, against the whole platform. Whatever is sent is refused or is exactly one message;
// what was understood is counted in the database.

import { openPostgres } from '@plinth/adapters/postgres';
import type { ChaosSuite } from '@plinth/testing';
import { sql } from 'kysely';
import { type ReferenceServer, startReference } from '../../bench/reference/start.ts';
import { openDatabaseServer } from '../faults/deployment.ts';
import { corpus, type MalformedCase, pipelined } from '../faults/malformed-corpus.ts';
import { type RawAnswer, sendRaw } from '../faults/raw-http.ts';

export const suite: ChaosSuite = {
  name: 'malformed',
  about:
    'malformed HTTP from a raw socket: each is refused with a problem or is exactly one message, and nothing crashes',
  async run({ log }) {
    const place = await openDatabaseServer();
    const server = await startReference(place.url);
    const database = await openPostgres({ url: server.databaseUrl, poolSize: 1 });
    const kept = async (text: string): Promise<number> => {
      const { rows } = await sql<{ n: bigint }>`select count(*) as n from reference.kept where text = ${text}`.execute(
        database.db,
      );
      return Number(rows[0]?.n ?? 0);
    };
    try {
      const faults: string[] = [];
      let refusals = 0;
      for (const [index, each] of corpus.entries()) {
        const [text, hidden] = [`outer-${index}`, `hidden-${index}`];
        const answer = await sendRaw(server.port, Buffer.from(each.bytes(text, hidden), 'latin1'));
        const fault = faultOf(each, { answer, outer: await kept(text), smuggled: await kept(hidden) });
        if (answer.statuses.every((status) => status >= 400)) refusals += 1;
        if (fault !== undefined) faults.push(`${each.name}: ${fault}`);
      }
      const both = await sendRaw(server.port, pipelined('first', 'second'));
      if (both.statuses.join(' ') !== '201 201' || (await kept('first')) + (await kept('second')) !== 2)
        faults.push(`two messages in one write: ${both.statuses.join(' ')}`);
      if (!(await isAlive(server))) faults.push('the server is gone');
      faults.forEach((fault) => log(`✗ ${fault}`));
      return { ok: faults.length === 0, figures: { cases: corpus.length + 1, refusals, faults: faults.length } };
    } finally {
      await database.close();
      await server.close();
      await place.close();
    }
  },
};

function faultOf(
  { expect }: MalformedCase,
  { answer, outer, smuggled }: { answer: RawAnswer; outer: number; smuggled: number },
): string | undefined {
  const said = answer.statuses.join(' ') || 'nothing';
  if (smuggled > 0) return `a second message was understood (${said})`;
  if (outer > 1) return `it was understood ${outer} times`;
  if (outer === 1 && expect === 'refused') return `it was understood (${said})`;
  if (outer === 0 && expect === 'one') return `it was not understood (${said})`;
  if (outer === 1) return answer.statuses[0] === 201 ? undefined : `it was kept and answered with ${said}`;
  if (answer.statuses.some((status) => status < 400 || status >= 500)) return `it was answered with ${said}`;
  // A message that goes on may still be waited for; otherwise a refusal is a problem document and ends the connection.
  if (answer.statuses.length > 0 && !answer.text.includes('application/problem+json')) return `${said} is no problem`;
  return undefined;
}

async function isAlive({ port, child }: ReferenceServer): Promise<boolean> {
  return child.exitCode === null && (await fetch(`http://127.0.0.1:${port}/livez`)).ok;
}
