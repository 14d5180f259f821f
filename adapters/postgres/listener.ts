// LISTEN on one connection of its own, opened on first use and opened anew when it dies. A wake-up is a hint only:
// whoever listens also sweeps, so a lost one costs time, never truth.

import pg from 'pg';

const reconnectMs = 1000;

/** Gives the `listen` of the Database port. */
export function openListener(url: string): (channel: string, wake: () => void) => Promise<() => Promise<void>> {
  const wakers = new Map<string, Set<() => void>>();
  let client: pg.Client | undefined;
  let opening: Promise<void> | undefined;
  let closed = false;

  const open = async (): Promise<void> => {
    const next = new pg.Client({ connectionString: url });
    next.on('notification', (message) => wakers.get(message.channel)?.forEach((wake) => wake()));
    next.on('error', () => {
      if (client !== next) return;
      client = undefined;
      if (!closed) setTimeout(() => void ensure().catch(() => {}), reconnectMs).unref();
    });
    await next.connect();
    for (const channel of wakers.keys()) await next.query(`listen ${pg.escapeIdentifier(channel)}`);
    client = next;
    // Something may have happened while nobody listened.
    for (const set of wakers.values()) set.forEach((wake) => wake());
  };
  const ensure = async (): Promise<void> => {
    if (client) return;
    opening ??= open().finally(() => {
      opening = undefined;
    });
    await opening;
  };

  return async (channel, wake) => {
    closed = false;
    let set = wakers.get(channel);
    const isNew = !set;
    if (!set) wakers.set(channel, (set = new Set()));
    set.add(wake);
    const had = client;
    await ensure();
    if (isNew && had) await had.query(`listen ${pg.escapeIdentifier(channel)}`);
    return async () => {
      set.delete(wake);
      if (set.size === 0) wakers.delete(channel);
      if (wakers.size > 0) return;
      closed = true;
      const last = client;
      client = undefined;
      await last?.end().catch(() => {});
    };
  };
}
