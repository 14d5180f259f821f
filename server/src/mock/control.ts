// `/__plinth/`: state, clock, faults and journal of a mock, for tests that drive it. Only for callers on this machine,
// or with the control token; never for pages of other origins.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { isIP } from 'node:net';
import { type Job, type JsonObject, type JsonValue, isObject } from '@plinth/contract/serving';
import { readTokenWish, tokenLifeS } from './dev-auth.ts';
import { readFaultRules } from './faults.ts';
import { isLoopback } from './loopback.ts';
import type { MockServer } from './mock-server.ts';

export const controlPath = '/__plinth/';

/** Bytes of a body: states are large. */
const mostBytes = 33_554_432;
const mostSnapshots = 20;

/** Thrown for a request that cannot be served; the text is for whoever wrote it. */
class Refused extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

interface Asked {
  query: URLSearchParams;
  /** The part of the path that `{}` stands for. */
  name: string;
  body: JsonObject;
}

type Serve = (asked: Asked) => JsonValue | Promise<JsonValue>;

export class Control {
  readonly #mock: MockServer;
  readonly #snapshots = new Map<string, JsonObject>();
  readonly #serves: Readonly<Record<string, Serve>>;

  constructor(mock: MockServer) {
    this.#mock = mock;
    this.#serves = {
      ...stateOf(mock, this.#snapshots),
      ...timeOf(mock),
      ...faultsOf(mock),
      'GET requests': ({ query }) => ({ requests: mock.journal.entries(query.get('operation') ?? undefined) as never }),
      'DELETE requests': () => {
        mock.journal.clear();
        return { requests: [] };
      },
      ...jobsOf(mock),
      ...deliveriesOf(mock),
      'GET token': ({ query }) => tokenOf(mock, query),
    };
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    void this.#serve(request)
      .then((body) => ({ status: 200, body }), refusal)
      .then(({ status, body }) => {
        const type = status === 200 ? 'application/json' : 'application/problem+json';
        response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
        return response.end(JSON.stringify(body));
      });
  }

  async #serve(request: IncomingMessage): Promise<JsonValue> {
    this.#allow(request);
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://mock');
    const path = pathname.slice(controlPath.length);
    const { method = 'GET' } = request;
    for (const [route, serve] of Object.entries(this.#serves)) {
      const [verb = '', form = ''] = route.split(' ');
      const [, name] =
        new RegExp(`^${form.replace('{}', '([^/]{1,100})')}$`).exec(path) ?? (form === path ? ['', ''] : []);
      if (verb !== method || (name === undefined && form !== path)) continue;
      return serve({ query: searchParams, name: decodeURIComponent(name ?? ''), body: await readJson(request) });
    }
    const known = Object.keys(this.#serves).map((route) => route.replace(' ', ` ${controlPath}`));
    throw new Refused(404, `There is no ${method} ${pathname}. There are: ${known.join(', ')}.`);
  }

  /** A page of another origin must not drive the mock of whoever looks at it, nor a name that was bound to 127.0.0.1. */
  #allow({ headers, socket }: IncomingMessage): void {
    const { controlToken } = this.#mock.options;
    if (controlToken !== undefined && headers.authorization === `Bearer ${controlToken}`) return;
    const host = hostOf(headers.host ?? '');
    const isHere = isLoopback(socket.remoteAddress ?? '') && (host === 'localhost' || isIP(host) !== 0);
    const { origin } = headers;
    const isOwnPage = origin === undefined || origin === `http://${headers.host ?? ''}`;
    if (!isHere || !isOwnPage)
      throw new Refused(403, 'Only from this machine, or with Authorization: Bearer <the value of --control-token>.');
  }
}

function refusal(error: unknown): { status: number; body: JsonValue } {
  const isInput = error instanceof TypeError || error instanceof RangeError;
  const status = error instanceof Refused ? error.status : isInput ? 400 : 500;
  return { status, body: { title: 'Not done', status, detail: (error as Error).message } };
}

function hostOf(field: string): string {
  return field.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
}

function stateOf(mock: MockServer, snapshots: Map<string, JsonObject>): Record<string, Serve> {
  return {
    'GET state': () => mock.state(),
    'PUT state': ({ body }) => {
      mock.putState(body);
      return mock.state();
    },
    'DELETE state': () => {
      mock.putState({});
      return mock.state();
    },
    'POST reset': () => {
      mock.reset();
      return { reset: true };
    },
    'POST snapshot/{}': ({ name }) => {
      if (!snapshots.has(name) && snapshots.size >= mostSnapshots)
        throw new Refused(409, `There are ${mostSnapshots} snapshots already.`);
      snapshots.set(name, mock.state());
      return { snapshot: name };
    },
    'POST snapshot/{}/restore': ({ name }) => {
      const snapshot = snapshots.get(name);
      if (!snapshot) throw new Refused(404, `No snapshot is called ${name}.`);
      mock.putState(snapshot);
      return { restored: name };
    },
  };
}

function timeOf(mock: MockServer): Record<string, Serve> {
  const { clock } = mock.options;
  const told = (): JsonValue => ({ now: clock.now().toString(), mode: clock.mode });
  return {
    'GET clock': told,
    'POST clock': ({ body: { at, advance } }) => {
      if (typeof at === 'string') clock.set(Temporal.Instant.from(at));
      else if (typeof advance === 'string') clock.advance(hoursOf(Temporal.Duration.from(advance)));
      else throw new Refused(400, 'Say { "at": "2026-11-24T12:00:00Z" } or { "advance": "PT1H" }.');
      mock.moved();
      return told();
    },
  };
}

/** Instants know no days: here a day has 24 hours. */
function hoursOf(duration: Temporal.Duration): Temporal.Duration {
  if (duration.years !== 0 || duration.months !== 0)
    throw new RangeError('Say it in weeks, days, hours, minutes, seconds.');
  return Temporal.Duration.from({ seconds: Math.round(duration.total({ unit: 'seconds', relativeTo: '2026-01-01' })) });
}

function faultsOf(mock: MockServer): Record<string, Serve> {
  const told = (): JsonValue => ({ rules: mock.faults.rules as never });
  return {
    'GET faults': told,
    'PUT faults': ({ body }) => {
      const read = readFaultRules(body, mock.operations);
      if ('faults' in read) throw new Refused(400, read.faults.join(' '));
      mock.faults.use(read.rules);
      return told();
    },
    'DELETE faults': () => {
      mock.faults.use([]);
      return told();
    },
  };
}

function jobsOf(mock: MockServer): Record<string, Serve> {
  const { clock } = mock.options;
  const end = (id: string, how: 'done' | 'failed'): JsonValue => {
    const job = mock.mocks.map((each) => each.endJob(id, how, clock.now())).find((each) => each !== undefined);
    if (!job) throw new Refused(404, `No job ${id} is under way.`);
    mock.moved();
    return plain(job);
  };
  return {
    'GET jobs': () => ({ jobs: mock.mocks.flatMap((each) => each.jobs(clock.now())).map(plain) }),
    'POST jobs/{}/finish': ({ name }) => end(name, 'done'),
    'POST jobs/{}/fail': ({ name }) => end(name, 'failed'),
  };
}

function deliveriesOf(mock: MockServer): Record<string, Serve> {
  const { deliveries, options } = mock;
  return {
    'GET deliveries': () => ({
      secret: deliveries.secret,
      publicKey: deliveries.publicKey,
      deliveries: deliveries.all() as never,
    }),
    'POST webhooks/{}': ({ name, body: { url } }) => {
      if (typeof url !== 'string') throw new Refused(400, 'Say where to: { "url": "http://127.0.0.1:3000/hook" }.');
      const now = options.clock.now();
      const message = mock.mocks.map((each) => each.webhook(name, url, now)).find((each) => each !== undefined);
      if (!message) throw new Refused(404, `No webhook is called ${name}.`);
      const delivery = deliveries.add(message, now);
      if (delivery.state === 'refused') throw new Refused(403, 'Only to this machine, or to a --callback-host.');
      deliveries.pump();
      return delivery as never;
    },
  };
}

function plain(job: Job): JsonValue {
  return { ...(JSON.parse(JSON.stringify(job)) as JsonObject), state: job.end ?? 'running' };
}

async function tokenOf(mock: MockServer, query: URLSearchParams): Promise<JsonValue> {
  const { tokens } = mock.options;
  if (!tokens) throw new Refused(404, 'Tokens are issued when the mock runs with --auth dev.');
  const wish = readTokenWish(query);
  if (typeof wish === 'string') throw new Refused(400, wish);
  return { access_token: await tokens.issue(wish), token_type: 'Bearer', expires_in: tokenLifeS };
}

async function readJson(request: IncomingMessage): Promise<JsonObject> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > mostBytes) throw new Refused(413, `At most ${mostBytes} bytes.`);
    chunks.push(chunk);
  }
  if (bytes === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new Refused(400, 'The body is no JSON.');
  }
  if (!isObject(value)) throw new Refused(400, 'The body is no JSON object.');
  return value;
}
