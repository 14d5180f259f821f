// The operator's listener: figures, whether the process lives and may be sent work, and its end. On loopback and a port of its own,
// so that figures never stand beside what everybody reaches.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Database } from '@plinth/runtime';
import type { Metrics } from '@plinth/runtime/pipeline';
import { sql } from 'kysely';
import { sendJson } from './web/session.ts';

export interface AdminOptions {
  /** Loopback; 0 = any port. */
  port: number;
  metrics: Metrics;
  database: Database;
  readiness: () => Promise<{ ready: boolean; because?: string }>;
  /** Ends the process in order; called for each `POST /drain`. */
  drain?: () => void;
}

export interface AdminListening {
  port: number;
  close(): Promise<void>;
}

/** Figures are read at most this often, however often they are asked for. */
const freshMs = 1000;

/** Starts listening. Rejects with the system's error (EADDRINUSE) when the port is taken. */
export async function listenAdmin(options: AdminOptions): Promise<AdminListening> {
  const state = new StateOfWork(options.database);
  for (const name of figures) options.metrics.gauge(name, () => state.value(name));
  const server = createServer({ headersTimeout: 5_000, requestTimeout: 5_000 }, (request, response) => {
    void answer(request, response, options, state);
  });
  server.maxConnections = 50;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { metrics, readiness, drain }: AdminOptions,
  state: StateOfWork,
): Promise<void> {
  if (request.method === 'POST' && request.url === '/drain' && drain !== undefined) {
    // No page can send this type to another origin unasked, so no page can end the process.
    const isMeant = request.headers['content-type'] === 'application/json';
    sendJson(response, isMeant ? 202 : 415, isMeant ? { draining: true } : { takes: 'application/json' });
    if (isMeant) drain();
    return;
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { allow: 'GET, HEAD' }).end();
    return;
  }
  switch ((request.url ?? '/').split('?', 1)[0]) {
    case '/livez':
      sendJson(response, 200, { live: true });
      return;
    case '/readyz': {
      const body = await readiness();
      sendJson(response, body.ready ? 200 : 503, body);
      return;
    }
    case '/metrics': {
      await state.refresh();
      response
        .writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8', 'cache-control': 'no-store' })
        .end(request.method === 'HEAD' ? undefined : metrics.text());
      return;
    }
    default:
      sendJson(response, 404, { paths: ['/livez', '/readyz', '/metrics'] });
  }
}

const figures = [
  'plinth.outbox.lag',
  'plinth.inbox.lag',
  'plinth.deadletters',
  'plinth.webhook.pending',
  'plinth.audit.unsealed.lag',
] as const;

/** What only the database knows. While it is away the figures are absent (NaN), never the last ones. */
class StateOfWork {
  readonly #database: Database;
  #values: ReadonlyMap<string, number> = new Map();
  #readAt = -Infinity;
  #reading: Promise<void> | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  value(name: string): number {
    return this.#values.get(name) ?? Number.NaN;
  }

  async refresh(): Promise<void> {
    if (performance.now() - this.#readAt < freshMs) return;
    await (this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
      this.#readAt = performance.now();
    }));
  }

  async #read(): Promise<void> {
    try {
      const { rows } = await sql<{ name: string; value: number }>`
        select 'plinth.outbox.lag' as name,
          coalesce(extract(epoch from clock_timestamp() - min(created_at)), 0)::float8 as value
        from runtime.outbox where position is null
        union all select 'plinth.inbox.lag', coalesce(max(head - position), 0)::float8
        from runtime.consumer, runtime.event_log
        union all select 'plinth.deadletters', count(*)::float8 from runtime.dead_letter where replayed_at is null
        union all select 'plinth.webhook.pending', count(*)::float8 from runtime.webhook_delivery where state = 'pending'
        union all select 'plinth.audit.unsealed.lag',
          coalesce(extract(epoch from clock_timestamp() - min(a.at)), 0)::float8
        from runtime.audit a left join (
          select xid, audit_id from runtime.audit_seal order by seq desc limit 1) s on true
        where s.xid is null or (a.xid, a.id) > (s.xid, s.audit_id)`.execute(this.#database.db);
      this.#values = new Map(rows.map(({ name, value }) => [name, Math.max(0, value)]));
    } catch {
      this.#values = new Map();
    }
  }
}
