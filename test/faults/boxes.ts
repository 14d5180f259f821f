// Two reads that are kept: what a person put into a box (for that person only), and a notice (for everybody, by language).
// An edge of its own without a store; everything in it changes while it is read.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Contract, load } from '@plinth/contract';
import {
  newIds,
  type Principal,
  read,
  reply,
  seededRandom,
  servicePrincipal,
  systemClock,
  write,
} from '@plinth/runtime';
import {
  Authenticator,
  createCall,
  createEdge,
  createLogger,
  keyIssuer,
  Metrics,
  newApiKey,
} from '@plinth/runtime/pipeline';
import { atEase } from '@plinth/testing';

const contractText = `
openapi: 3.1.0
info: { title: Boxes, version: 1.0.0, description: What people keep. }
servers: [{ url: /boxes/v1 }]
x-plinth: { capability: boxes, owner: { team: t, contact: t@example.org }, audience: [partner] }
paths:
  /boxes/{boxId}:
    get:
      operationId: getBox
      summary: See a box of mine
      security: [{ key: [boxes.read] }]
      x-plinth: { ownerCheck: [], cache: { ttl: PT1H, tags: ['box:{path.boxId}'], vary: [accept-language], stale: { whileRevalidate: PT1M } } }
      parameters:
        - { name: boxId, in: path, required: true, schema: { type: string, maxLength: 8 } }
        - { name: size, in: query, schema: { type: string, maxLength: 8 } }
        - { name: Accept-Language, in: header, schema: { type: string } }
      responses: { '200': { description: Box., content: { application/json: { schema: { type: object } } } } }
    put:
      operationId: fillBox
      summary: Put something in
      security: [{ key: [boxes.write] }]
      x-plinth: { effect: write, precondition: none, idempotency: none, ownerCheck: [], cache: { purges: ['box:{path.boxId}'] } }
      parameters: [{ name: boxId, in: path, required: true, schema: { type: string, maxLength: 8 } }]
      responses: { '200': { description: Filled., content: { application/json: { schema: { type: object } } } } }
  /notice:
    get:
      operationId: getNotice
      summary: See the notice
      security: []
      x-plinth: { cache: { ttl: PT1H, scope: public, tags: [notice], vary: [accept-language] } }
      parameters: [{ name: Accept-Language, in: header, schema: { type: string } }]
      responses: { '200': { description: Notice., content: { application/json: { schema: { type: object } } } } }
    put:
      operationId: changeNotice
      summary: Change the notice
      security: [{ key: [boxes.write] }]
      x-plinth: { effect: write, precondition: none, idempotency: none, cache: { purges: [notice] } }
      responses: { '200': { description: Changed., content: { application/json: { schema: { type: object } } } } }
components:
  securitySchemes:
    key: { type: http, scheme: bearer }
`;

export interface Boxes {
  url: string;
  /** A key of each person, by the person's canary. */
  keys: ReadonlyMap<string, string>;
  close(): Promise<void>;
}

/** @param leaks plants a fault: a box answers with what was put in first, whoever asks. To see that it is seen. */
export async function openBoxes(people: number, leaks = false): Promise<Boxes> {
  const { contract } = await load('boxes.yaml', {
    read: () => Promise.resolve(contractText),
    companions: {},
  });
  const keys = new Map<string, string>();
  const stored = new Map<string, { secretHash: string; principal: Principal }>();
  for (let n = 0; n < people; n++) {
    const canary = `canary-${String(n).padStart(3, '0')}`;
    const { id, text, secretHash } = newApiKey('test', `box${n}k`);
    keys.set(canary, text);
    const scopes = new Set(['boxes.read', 'boxes.write']);
    const principal = {
      ...servicePrincipal(canary),
      issuer: keyIssuer,
      audience: 'partner' as const,
      actor: [],
      scopes,
    };
    stored.set(id, { secretHash, principal });
  }
  const limits = { take: () => ({ allowed: true, remaining: 1, resetS: 1 }) };
  const logger = createLogger('silent');
  const authenticator = new Authenticator({ issuers: [], limits, findKey: (id) => Promise.resolve(stored.get(id)) });
  const holder: { edge?: ReturnType<typeof createEdge> } = {};
  const edge = createEdge({
    logger,
    metrics: new Metrics(),
    authenticator,
    limitStore: limits,
    admission: { signals: atEase },
    services: {
      clock: systemClock,
      ids: newIds(systemClock),
      random: seededRandom(1),
      logger,
      database: undefined,
      consents: { has: async () => false, list: async () => [], set: async () => {} },
      beginWrite: () => {
        throw new Error('there is no store');
      },
      committed: () => {},
      settled: () => Promise.resolve(undefined),
      callFor: (caller) => createCall({ edge: () => holder.edge as never, declared: () => new Map() }, caller),
    },
  });
  holder.edge = edge;
  edge.install([{ contract: contract as Contract, handlers: handlers(leaks), owners: {} }]);
  const server: Server = createServer((request, response) => {
    if (!edge.handle(request, response)) edge.refuse(request, response, 'not-found');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/boxes/v1`,
    keys,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A read takes a while now and then, so that writes come between it and its answer. */
const sometimes = (n: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, n % 4));

function handlers(leaks: boolean) {
  const revisions = new Map<string, number>();
  const firsts = new Map<string, string>();
  let notice = 0;
  let reads = 0;
  return {
    getBox: read(async (input: { boxId: string; size?: string; 'Accept-Language'?: string }, ctx) => {
      const owner = ctx.principal.subject;
      const first = firsts.get(input.boxId) ?? owner;
      firsts.set(input.boxId, first);
      const revision = revisions.get(`${owner} ${input.boxId}`) ?? 0;
      await sometimes(reads++);
      const { size = null, 'Accept-Language': language = null } = input;
      return reply(200, { owner: leaks ? first : owner, box: input.boxId, size, language, revision });
    }),
    fillBox: write(async (input: { boxId: string }, ctx) => {
      const key = `${ctx.principal.subject} ${input.boxId}`;
      const revision = (revisions.get(key) ?? 0) + 1;
      revisions.set(key, revision);
      return reply(200, { revision });
    }),
    getNotice: read(async (input: { 'Accept-Language'?: string }) => {
      const told = notice;
      await sometimes(reads++);
      return reply(200, { language: input['Accept-Language'] ?? null, revision: told });
    }),
    changeNotice: write(async () => {
      notice += 1;
      return reply(200, { revision: notice });
    }),
  };
}
