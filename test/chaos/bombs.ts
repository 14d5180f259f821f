// S8: bodies that cost more than they are. Each is refused, no turn of the event loop becomes long, memory stays.

import type { ChaosSuite } from '@plinth/testing';
import { startReference } from '../../bench/reference/start.ts';
import { type Bomb, bombs } from '../faults/bombs.ts';
import { openDatabaseServer } from '../faults/deployment.ts';
import { sendRaw } from '../faults/raw-http.ts';

/** Processor time of one turn of the event loop. */
const mostStallMs = 20;
const mostGrowthBytes = 64 * 1024 * 1024;
const quietMs = 7_000;

export const suite: ChaosSuite = {
  name: 'bombs',
  about: 'bodies deep, wide, long, zipped, endless or of a false length: refused, no turn above 20 ms, memory bounded',
  async run({ log, seconds }) {
    const place = await openDatabaseServer();
    const server = await startReference(place.url);
    try {
      const faults: string[] = [];
      let stallMs = 0;
      // What is compiled at the first request is not the bombs'.
      for (const bomb of bombs) await throwAt(server.port, bomb, 300);
      const before = await server.cost();
      const endMs = performance.now() + seconds * 1_000;
      let thrown = 0;
      for (let round = 0; round === 0 || performance.now() < endMs; round++) {
        for (const bomb of bombs) {
          const fault = await throwAt(server.port, bomb, round === 0 ? quietMs : 300);
          thrown += 1;
          if (round === 0 && fault !== undefined) faults.push(`${bomb.name}: ${fault}`);
          const cost = await server.cost();
          if (cost.stallMs > mostStallMs) log(`${bomb.name}: a turn of ${cost.stallMs.toFixed(1)} ms`);
          stallMs = Math.max(stallMs, cost.stallMs);
        }
      }
      const growthBytes = (await server.cost()).rssBytes - before.rssBytes;
      if (growthBytes > mostGrowthBytes) faults.push(`memory grew by ${growthBytes} bytes`);
      if (!(await fetch(`http://127.0.0.1:${server.port}/livez`)).ok) faults.push('the server is gone');
      faults.forEach((fault) => log(`✗ ${fault}`));
      return {
        // A stall is a figure here: other work on the machine makes caches cold and turns longer.
        ok: faults.length === 0,
        figures: { bombs: bombs.length, thrown, faults: faults.length, stallMs, growthBytes },
      };
    } finally {
      await server.close();
      await place.close();
    }
  },
};

async function throwAt(port: number, bomb: Bomb, quiet: number): Promise<string | undefined> {
  const head = `POST /reference/v1/echo HTTP/1.1\r\nHost: a\r\n${bomb.fields}\r\n`;
  const bytes = Buffer.concat([Buffer.from(head), bomb.body]);
  const answer = await sendRaw(port, bytes, { quietMs: quiet, isOne: true });
  const [status] = answer.statuses;
  if (status === undefined) return answer.closed ? undefined : 'neither answered nor cut';
  return bomb.answers.includes(status) ? undefined : `answered with ${status}`;
}
