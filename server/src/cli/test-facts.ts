// Facts of a platform as its principals see them over `/live`, for the check `event-missing`.

import { setTimeout as wait } from 'node:timers/promises';
import { type Contract, type Fact, type Facts, type Principal, tellsFacts } from '@plinth/contract';

/** Milliseconds until a stream must answer, and until a fact must be there. */
const openMs = 3_000;
const patienceMs = 3_000;
const lookEveryMs = 20;
/** Principals that listen; facts that are remembered. */
const most = { streams: 10, facts: 100_000 } as const;
/** Longest line of a stream. */
const mostLine = 64 * 1024;

export interface OpenFacts extends Facts {
  close(): void;
}

/** undefined where the contract tells nothing, or the target shows nothing of it to any principal. */
export async function openFacts(
  baseUrl: string,
  contract: Contract,
  principals: readonly Principal[],
): Promise<OpenFacts | undefined> {
  if (!tellsFacts(contract)) return undefined;
  const stop = new AbortController();
  const told: Fact[] = [];
  const address = new URL(`/live?topics=${encodeURIComponent(contract.id)}`, baseUrl);
  const listening = principals.filter(({ expired }) => !expired).slice(0, most.streams);
  const opened = await Promise.all(listening.map((principal) => listen(address, principal, { stop, told })));
  if (!opened.includes(true)) {
    stop.abort();
    return undefined;
  }
  return {
    mark: () => told.length,
    async told(since, fits) {
      const end = performance.now() + patienceMs;
      while (!told.slice(since).some(fits)) {
        if (performance.now() > end) return false;
        await wait(lookEveryMs);
      }
      return true;
    },
    close: () => stop.abort(),
  };
}

/** True when the target answers with a stream, which then fills `told` until it is stopped. */
async function listen(
  address: URL,
  { headers }: Principal,
  { stop, told }: { stop: AbortController; told: Fact[] },
): Promise<boolean> {
  const late = AbortSignal.timeout(openMs);
  try {
    const response = await Promise.race([
      fetch(address, { headers: { ...headers, accept: 'text/event-stream' }, signal: stop.signal, redirect: 'error' }),
      new Promise<never>((_, reject) => {
        late.addEventListener('abort', () => reject(new Error('no answer')));
      }),
    ]);
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
    if (response.status !== 200 || !isStream || !response.body) return false;
    void collect(response.body, told);
    return true;
  } catch {
    return false;
  }
}

async function collect(body: ReadableStream<Uint8Array>, told: Fact[]): Promise<void> {
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for await (const chunk of body) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = (lines.pop() ?? '').slice(-mostLine);
      for (const line of lines) {
        const fact = line.startsWith('data:') ? factIn(line.slice(5)) : undefined;
        if (fact !== undefined && told.length < most.facts) told.push(fact);
      }
    }
  } catch {
    // Stopped, or the target went: what was told stays.
  }
}

function factIn(text: string): Fact | undefined {
  try {
    const { type, subject } = JSON.parse(text) as Partial<Fact>;
    return typeof type === 'string' && typeof subject === 'string' ? { type, subject } : undefined;
  } catch {
    return undefined;
  }
}
