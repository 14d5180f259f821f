// The compared servers. All do the same job behind the same tokens; the floor only parses, handles and stringifies.

import { createPublicKey } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Contract, JsonObject, Operation, Schema } from '@plinth/contract';
import type { JWK } from 'jose';
import type { Job, NewOrder, Order } from './job.ts';
import type { Store } from './store.ts';

export interface Setup {
  contract: Contract;
  jwk: JWK;
  issuer: string;
  audience: string;
  job: Job;
  /** The real capabilities, for our own edge. */
  store?: Store | undefined;
  /** Where spans are posted to. */
  collector?: string | undefined;
  /** The customer who may see the order. */
  customer: string;
}

/** Starts a server on a free port and returns the port. */
export type Start = (setup: Setup) => Promise<number>;

const path = '/orders/v1/orders';

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 511, resolve));
  return (server.address() as AddressInfo).port;
}

export const floor: Start = ({ job }) =>
  listen(
    createServer((request: IncomingMessage, response: ServerResponse) => {
      const url = request.url as string;
      if (request.method === 'GET') return answer(response, 200, job.getOrder(url.slice(path.length + 1)));
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const order = JSON.parse(Buffer.concat(chunks).toString()) as NewOrder;
        answer(response, 201, job.placeOrder(order, keyOf(request)));
      });
    }),
  );

/** Without a store nothing is waited for, by anybody. */
function when<T>(order: Order | Promise<Order>, use: (order: Order) => T): T | Promise<T> {
  return order instanceof Promise ? order.then(use) : use(order);
}

function answer(response: ServerResponse, status: number, order: Order | Promise<Order>): void {
  if (order instanceof Promise) return void order.then((value) => answer(response, status, value));
  const body = JSON.stringify(order);
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}

function keyOf(request: { headers: IncomingMessage['headers'] }): string {
  return request.headers['idempotency-key'] as string;
}

const authorize = async (request: unknown): Promise<void> => {
  const checked = request as { jwtVerify(): Promise<unknown>; user: { scope: string } };
  await checked.jwtVerify();
  if (!checked.user.scope.includes('orders.')) throw new Error('scope');
};

export const fastify: Start = async ({ contract, jwk, issuer, audience, job, customer }) => {
  const { default: create } = await import('fastify');
  const { default: jwt } = await import('@fastify/jwt');
  const { default: rateLimit } = await import('@fastify/rate-limit');
  const app = create({
    logger: false,
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, formats: { currency: true } } },
  });
  const publicKey = createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
  await app.register(jwt, {
    secret: { public: publicKey },
    verify: { algorithms: ['ES256'], allowedIss: issuer, allowedAud: audience, cache: 10_000 },
  } as never);
  await app.register(rateLimit, {
    max: 1_000_000_000,
    timeWindow: 60_000,
    hook: 'preHandler',
    keyGenerator: (request) => (request as unknown as { user: { sub: string } }).user.sub,
  });
  const body = inlined(contract, bodyOf(contract));
  app.post(path, { onRequest: authorize, schema: { body } }, (request, reply) =>
    when(job.placeOrder(request.body as NewOrder, keyOf(request)), (order) => reply.code(201).send(order)),
  );
  app.get(`${path}/:orderId`, { onRequest: authorize, schema: { params: idShape } }, (request, reply) =>
    when(job.getOrder((request.params as { orderId: string }).orderId), (order) =>
      order['customerId'] === customer ? reply.send(order) : reply.code(404).send(),
    ),
  );
  await app.listen({ port: 0, host: '127.0.0.1' });
  return (app.server.address() as AddressInfo).port;
};

export const hono: Start = async ({ contract, jwk, issuer, audience, job, customer }) => {
  const { Hono } = await import('hono');
  const { serve } = await import('@hono/node-server');
  const { Ajv2020 } = await import('ajv/dist/2020.js');
  const check = new Ajv2020({ strict: false, logger: false, formats: { currency: true } }).compile(
    inlined(contract, bodyOf(contract)) as object,
  );
  const verify = await cachedVerify(jwk, issuer, audience);
  const count = counter();
  const app = new Hono();
  app.use(async (context, next) => {
    const claims = await verify(context.req.header('authorization') ?? '');
    if (claims === undefined || !claims.scope.includes('orders.')) return context.json({ code: 'refused' }, 401);
    count(claims.sub);
    return next();
  });
  app.post(path, async (context) => {
    const order = await context.req.json<NewOrder>();
    if (!check(order)) return context.json({ errors: check.errors }, 400);
    const key = context.req.header('idempotency-key') as string;
    return when(job.placeOrder(order, key), (placed) => context.json(placed, 201));
  });
  app.get(`${path}/:orderId`, (context) =>
    when(job.getOrder(context.req.param('orderId')), (order) =>
      order['customerId'] === customer ? context.json(order) : context.json({}, 404),
    ),
  );
  return new Promise((resolve) => {
    serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => resolve(port));
  });
};

/** As its libraries are set up by their own documentation: nothing keeps verified tokens. */
export const express: Start = async (setup) => startExpress(setup, await usualVerify(setup));

/** With a cache of tokens made by hand, as ours and Fastify's. */
export const cachedExpress: Start = async (setup) => {
  const { jwk, issuer, audience } = setup;
  return startExpress(setup, await cachedVerify(jwk, issuer, audience));
};

async function startExpress({ contract, job, customer }: Setup, verify: Verify): Promise<number> {
  const { default: create } = await import('express');
  const OpenApiValidator = await import('express-openapi-validator');
  const count = counter();
  const app = create();
  app.disable('x-powered-by');
  app.use(create.json());
  const schemes = Object.keys((contract.document['components'] as JsonObject)['securitySchemes'] ?? {});
  const handler = async (request: { headers: { authorization?: string } }): Promise<boolean> => {
    const claims = await verify(request.headers.authorization ?? '');
    if (claims !== undefined) count(claims.sub);
    return claims?.scope.includes('orders.') === true;
  };
  app.use(
    OpenApiValidator.middleware({
      apiSpec: structuredClone(contract.document) as never,
      validateRequests: true,
      validateResponses: false,
      validateApiSpec: false,
      formats: { currency: true } as never,
      validateSecurity: { handlers: Object.fromEntries(schemes.map((name) => [name, handler as never])) },
    }),
  );
  app.post(path, (request, response) =>
    when(job.placeOrder(request.body as NewOrder, keyOf(request)), (order) => response.status(201).json(order)),
  );
  app.get(`${path}/:orderId`, (request, response) =>
    when(job.getOrder(request.params['orderId']), (order) =>
      response.status(order['customerId'] === customer ? 200 : 404).json(order),
    ),
  );
  return listen(createServer(app));
}

interface Checked {
  sub: string;
  scope: string;
}

/** The field `Authorization` → what it proves. */
type Verify = (field: string) => Checked | undefined | Promise<Checked | undefined>;

async function usualVerify({ jwk, issuer, audience }: Setup): Promise<Verify> {
  const { importJWK, jwtVerify } = await import('jose');
  const key = await importJWK(jwk, 'ES256');
  return (field) =>
    jwtVerify(field.slice(7), key, { issuer, audience, algorithms: ['ES256'] }).then(
      ({ payload }) => payload as unknown as Checked,
      () => undefined,
    );
}

/** jose behind a plain Map: the same caching that ours has. */
async function cachedVerify(jwk: JWK, issuer: string, audience: string): Promise<Verify> {
  const { importJWK, jwtVerify } = await import('jose');
  const key = await importJWK(jwk, 'ES256');
  const cache = new Map<string, Checked>();
  return (field) => {
    const token = field.slice(7);
    const known = cache.get(token);
    if (known !== undefined) return known;
    return jwtVerify(token, key, { issuer, audience, algorithms: ['ES256'] }).then(
      ({ payload }) => {
        cache.set(token, payload as never);
        return payload as unknown as Checked;
      },
      () => undefined,
    );
  };
}

/** The least a rate limit can do; the libraries' own do more. */
function counter(): (who: string) => void {
  const counts = new Map<string, number>();
  return (who) => void counts.set(who, (counts.get(who) ?? 0) + 1);
}

const idShape = { type: 'object', properties: { orderId: { type: 'string', maxLength: 40 } }, required: ['orderId'] };

function bodyOf(contract: Contract): Schema {
  const operation = contract.operations.find(({ id }) => id === 'placeOrder') as Operation;
  return operation.body?.media[0]?.schema as Schema;
}

/** The schema with its references resolved in place, for validators that know no document. */
export function inlined(contract: Contract, schema: unknown, depth = 0): unknown {
  if (typeof schema !== 'object' || schema === null || depth > 32) return schema;
  if (Array.isArray(schema)) return schema.map((item) => inlined(contract, item, depth + 1));
  const { $ref: reference } = schema as { $ref?: string };
  if (typeof reference === 'string') {
    const target = reference
      .slice(2)
      .split('/')
      .reduce<unknown>((node, token) => (node as JsonObject)[token], contract.document);
    return inlined(contract, target, depth + 1);
  }
  const entries = Object.entries(schema).filter(([name]) => name !== 'x-plinth' && name !== 'default');
  return Object.fromEntries(entries.map(([name, member]) => [name, inlined(contract, member, depth + 1)]));
}
