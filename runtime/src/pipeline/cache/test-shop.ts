// A shop behind the whole pipeline whose one read is cached as a test says; what it answers can be held back and changed.
// Not part of the product.

import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely';
import { read, write, type BoundHandler } from '../../capability.ts';
import { reply, type WriteContext } from '../../context.ts';
import { movableClock, PortError, type MovableClock } from '../../kernel/index.ts';
import type { Database, Tx } from '../../ports/index.ts';
import type { InvokeResult } from '../edge.ts';
import { noRows, notesContract, staff, startTestEdge, type TestEdge, type TestEdgeOptions } from '../test-edge.ts';

/** Its contract with this `cache` of the read. */
export const cached = (policy: string, security = '[{ oidc: [shop.read] }]', more = ''): string => `
openapi: 3.1.0
info: { title: Shop, version: 1.0.0 }
servers: [{ url: /shop/v1 }]
x-plinth: { capability: shop, owner: { team: t, contact: t@example.org }, audience: [customer, staff, agent, service] }
paths:
  /things/{thingId}:
    get:
      operationId: getThing
      summary: See a thing
      security: ${security}
      x-plinth: { ownerCheck: [], cache: ${policy} }
      parameters:
        - { name: thingId, in: path, required: true, schema: { type: string } }
        - { name: size, in: query, schema: { type: string } }
        - { name: colours, in: query, schema: { type: array, items: { type: string } } }
        - { name: Accept-Language, in: header, schema: { type: string } }
      responses: { '200': { description: A thing., content: { application/json: { schema: { type: object } } } } }
    put:
      operationId: changeThing
      summary: Change a thing
      security: [{ oidc: [shop.write] }]
      x-plinth: { effect: write, audience: [staff, service], precondition: optional, cache: { purges: ['thing:{path.thingId}', 'thing:{response.body#/also}'] } }
      parameters: [{ name: thingId, in: path, required: true, schema: { type: string } }]
      responses: { '200': { description: Changed., content: { application/json: { schema: { type: object } } } } }
${more}
components:
  securitySchemes:
    oidc: { type: openIdConnect, openIdConnectUrl: /oidc/.well-known/openid-configuration }
`;

/** A promise and the one who keeps it. */
export function gate(): { opened: Promise<void>; open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: () => resolve() };
}

/** Once what was resolved so far has been acted upon. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A store without rows; a transaction ends when `commit` does. */
/** Takes any statement and has no row. */
const silent: Tx = new Kysely({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
}) as never;

function quietDatabase(commit: Promise<void>): Database {
  const transaction = async <T>(work: (tx: Tx) => Promise<T>): Promise<T> => {
    const result = await work(silent);
    await commit;
    return result;
  };
  return { ...noRows, transaction };
}

export interface ShopOptions extends TestEdgeOptions {
  security?: string;
  /** Replaced in the text of the contract. */
  replace?: [string, string];
  /** Held back until then. */
  commit?: Promise<void>;
}

export class Shop {
  readonly clock: MovableClock = movableClock(Temporal.Instant.from('2030-01-01T00:00:00Z'));
  /** How often the handler of the read ran. */
  reads = 0;
  /** Part of what is read; a change raises it. */
  price = 1;
  answers: 'object' | 'versioned' | 'large' | 'placed' | 'cookie' | 'away' | 'gone' = 'object';
  /** Of a `large` body; one more than is kept. */
  largeBytes = 1_048_577;
  /** Awaited by the next reads after they have looked at the price. */
  held: Promise<void> | undefined = undefined;
  world!: TestEdge;

  readonly getThing: BoundHandler = read(async (input: { thingId: string; size?: string }, ctx) => {
    this.reads += 1;
    const body = { id: input.thingId, size: input.size, price: this.price, for: ctx.owner };
    const { answers } = this;
    await this.held;
    if (answers === 'away') throw new PortError('unavailable', 'no');
    if (answers === 'gone') return reply(404, {});
    if (answers === 'versioned') return reply(200, { ...body, version: 7 });
    if (answers === 'large') {
      const bareBytes = JSON.stringify({ ...body, text: '' }).length;
      return reply(200, { ...body, text: 'x'.repeat(this.largeBytes - bareBytes) });
    }
    if (answers === 'placed') return reply(200, body, { 'Content-Location': '/shop/v1/things/1', Expires: '0' });
    return answers === 'cookie' ? reply(200, body, { 'Set-Cookie': 'a=b' }) : reply(200, body);
  });

  readonly changeThing: BoundHandler = write(async (input: { thingId: string }, ctx) => {
    this.price += 1;
    return reply(200, { id: input.thingId, also: 'second', version: (ctx.expectedVersion ?? 0) + 1 });
  });

  static async open(policy: string, options: ShopOptions = {}): Promise<Shop> {
    const { security, replace = ['', ''], commit = Promise.resolve(), ...more } = options;
    const shop = new Shop();
    shop.world = await startTestEdge({
      contract: await notesContract(cached(policy, security).replace(...replace)),
      handlers: { getThing: shop.getThing, changeThing: shop.changeThing },
      services: {
        clock: shop.clock,
        database: quietDatabase(commit),
        beginWrite: (base, tx) => ({
          context: { ...base, db: tx } as WriteContext,
          flush: () => Promise.resolve(undefined),
        }),
      },
      edge: { standardLimits: [{ name: 'standard', per: 'principal', quota: 100_000, windowS: 60 }] },
      ...more,
    });
    return shop;
  }

  close(): Promise<void> {
    return this.world.close();
  }

  /** Over HTTP. `path` is below /shop/v1/things. */
  async get(path = '/first', headers: Record<string, string> = {}, { sub = 'ada', method = 'GET' } = {}) {
    const token = await this.world.token({ sub, customer_id: `cus_${sub}`, scope: 'shop.read' });
    const response = await fetch(`${this.world.url}/shop/v1/things${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...headers },
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      cache: response.headers.get('cache-status'),
      body: text === '' ? undefined : (JSON.parse(text) as Record<string, unknown>),
    };
  }

  /** As an invocation. */
  async call(thingId = 'first', principal = staff()) {
    const result = await this.world.edge.invoke({ operation: 'shop.getThing', principal, input: { thingId } });
    return { ...result, body: result.body as Record<string, unknown>, cache: result.headers['cache-status'] };
  }

  change(ifMatch?: string): Promise<InvokeResult> {
    return this.world.edge.invoke({
      operation: 'shop.changeThing',
      principal: staff(),
      input: { thingId: 'first' },
      ...(ifMatch === undefined ? {} : { ifMatch }),
    });
  }
}
