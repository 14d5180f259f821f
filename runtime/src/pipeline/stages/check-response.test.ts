import { afterEach, describe, expect, it } from 'vitest';
import { read } from '../../capability.ts';
import { reply } from '../../context.ts';
import { startTestEdge, type TestEdge } from '../test-edge.ts';

let world: TestEdge;
afterEach(() => world.close());

/** What 200 who ask for a note are answered, and how many answers were found to break the contract. */
async function told(checkReplies: 'always' | 'sampled', status: number, body: unknown) {
  world = await startTestEdge({
    handlers: { getNote: read(async () => reply(status, body)) },
    edge: { checkReplies, standardLimits: [{ name: 'all', per: 'principal', quota: 1_000, windowS: 60 }] },
  });
  const headers = { authorization: `Bearer ${await world.token()}` };
  const statuses = new Set<number>();
  for (let n = 0; n < 200; n++) {
    const response = await fetch(`${world.url}/notes/v1/notes/note_ada1`, { headers });
    await response.text();
    statuses.add(response.status);
  }
  const drift = Number(/plinth_contract_drift\S* (\d+)/.exec(world.metrics.text())?.[1] ?? 0);
  return { statuses: [...statuses], drift };
}

const odd = { id: 7 };
const good = { id: 'n', text: 't', version: 1 };

describe('an answer that breaks its contract', () => {
  it('is refused where all are checked', async () => {
    expect(await told('always', 200, odd)).toEqual({ statuses: [500], drift: 200 });
  });

  it('is given and counted where one in a hundred is checked', async () => {
    expect(await told('sampled', 200, odd)).toEqual({ statuses: [200], drift: 2 });
    await world.close();
    expect(await told('sampled', 200, good)).toEqual({ statuses: [200], drift: 0 });
  });

  it('is always found out when it tells of a failure', async () => {
    expect(await told('sampled', 507, {})).toEqual({ statuses: [507], drift: 200 });
  });
});
