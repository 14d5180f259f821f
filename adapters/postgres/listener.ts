// LISTEN on one connection of its own, opened on first use and opened anew when it dies. Nothing is said on it while nothing
// happens, so it is asked now and then whether it is still there. A wake-up is a hint only: whoever listens also sweeps, so
// a lost one costs time, never truth.

import { repeat } from '@plinth/runtime';
import { Client, escapeIdentifier } from 'pg';
import { toPortError } from './errors.ts';
import { connectWithinMs } from './pool.ts';
import type { Silence } from './silence.ts';

const reconnectMs = 1000;
const askEveryMs = 2000;

export class Listener {
  readonly #url: string;
  readonly #silence: Silence;
  readonly #wakers = new Map<string, Set<() => void>>();
  #client: Client | undefined;
  /** Channels the connection listens to. */
  #channels = new Set<string>();
  /** Changes of the connection, one after the other. */
  #turn: Promise<void> = Promise.resolve();
  #retry: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(url: string, silence: Silence) {
    this.#url = url;
    this.#silence = silence;
  }

  /** Calls `wake` on each notification of the channel until the returned function was called. */
  async listen(channel: string, wake: () => void): Promise<() => Promise<void>> {
    const set = this.#wakers.get(channel) ?? new Set();
    this.#wakers.set(channel, set.add(wake));
    const forget = async (): Promise<void> => {
      set.delete(wake);
      if (set.size === 0 && this.#wakers.get(channel) === set) this.#wakers.delete(channel);
      await this.#settle().catch(() => undefined);
    };
    try {
      await this.#settle();
    } catch (error) {
      await forget();
      throw toPortError(error);
    }
    return forget;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#wakers.clear();
    await this.#settle().catch(() => undefined);
  }

  /** Brings the connection to what is wanted: its channels, or no connection. */
  #settle(): Promise<void> {
    const next = this.#turn.catch(() => undefined).then(() => this.#adjust());
    this.#turn = next;
    return next;
  }

  async #adjust(): Promise<void> {
    if (this.#wakers.size === 0 || this.#closed) {
      const last = this.#client;
      this.#client = undefined;
      await last?.end().catch(() => undefined);
      return;
    }
    const client = (this.#client ??= await this.#connect());
    for (const channel of this.#wakers.keys()) {
      if (this.#channels.has(channel)) continue;
      await this.#say(client, `listen ${escapeIdentifier(channel)}`);
      this.#channels.add(channel);
    }
    for (const channel of this.#channels) {
      if (this.#wakers.has(channel)) continue;
      await this.#say(client, `unlisten ${escapeIdentifier(channel)}`);
      this.#channels.delete(channel);
    }
  }

  async #connect(): Promise<Client> {
    const client = new Client({
      connectionString: this.#url,
      connectionTimeoutMillis: connectWithinMs,
      keepAlive: true,
    });
    client.on('notification', (message) => this.#wakers.get(message.channel)?.forEach((wake) => wake()));
    client.on('error', () => this.#lost(client));
    client.on('end', () => this.#lost(client));
    await client.connect();
    client.on('end', this.#askAfter(client));
    this.#channels = new Set();
    return client;
  }

  /** One that gives no answer is ended as any other connection. */
  #askAfter(client: Client): () => void {
    let isAsked = false;
    return repeat(askEveryMs, () => {
      if (isAsked) return;
      isAsked = true;
      this.#say(client, `select 'listening'`)
        .catch(() => undefined)
        .finally(() => (isAsked = false));
    });
  }

  /** A connection that fails a statement is not used again. */
  async #say(client: Client, text: string): Promise<void> {
    try {
      await this.#silence.during(client, client.query(text));
    } catch (error) {
      this.#lost(client);
      client.end().catch(() => undefined);
      throw error;
    }
  }

  #lost(client: Client): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    this.#retryLater();
  }

  #retryLater(): void {
    if (this.#closed) return;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => {
      this.#settle().then(
        // Something may have happened while nobody listened.
        () => this.#wakers.forEach((set) => set.forEach((wake) => wake())),
        () => this.#retryLater(),
      );
    }, reconnectMs);
    this.#retry.unref();
  }
}
