// LISTEN on one connection of its own, opened on first use and opened anew when it dies. A wake-up is a hint only:
// whoever listens also sweeps, so a lost one costs time, never truth.

import { Client, escapeIdentifier } from 'pg';
import { toPortError } from './errors.ts';
import { connectWithinMs } from './pool.ts';

const reconnectMs = 1000;

export class Listener {
  readonly #url: string;
  readonly #wakers = new Map<string, Set<() => void>>();
  #client: Client | undefined;
  /** Channels the connection listens to. */
  #channels = new Set<string>();
  /** Changes of the connection, one after the other. */
  #turn: Promise<void> = Promise.resolve();
  #retry: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(url: string) {
    this.#url = url;
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
      await client.query(`listen ${escapeIdentifier(channel)}`);
      this.#channels.add(channel);
    }
    for (const channel of this.#channels) {
      if (this.#wakers.has(channel)) continue;
      await client.query(`unlisten ${escapeIdentifier(channel)}`);
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
    this.#channels = new Set();
    return client;
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
