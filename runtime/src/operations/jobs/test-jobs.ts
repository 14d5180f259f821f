// An edge with jobs for tests: the reports contract, handlers that tests steer, the real queue on a real database. Each
// call makes one "process" more over the same database.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sql } from 'kysely';
import { open, read, write, type BoundHandler } from '../../capability.ts';
import { reply, type OpenContext, type ReadContext, type WriteContext } from '../../context.ts';
import { createJobs } from '../../jobs/jobs.ts';
import { newIds, seededRandom, systemClock } from '../../kernel/index.ts';
import { compileCors } from '../../pipeline/cors.ts';
import { countingLimits, notesContract, startTestEdge, type TestEdge } from '../../pipeline/test-edge.ts';
import { challengeOf } from '../../security/challenge.ts';
import { createAddressCheck } from '../../security/egress.ts';
import { consents } from '../../store/consents.ts';
import type { TestDatabase } from '../../store/test-database.ts';
import { createLogger } from '../../telemetry/access-log.ts';
import type { Tracer } from '../../telemetry/tracer.ts';
import { silent } from '../../test-services.ts';
import { beginWrite, type WorkServices } from '../../work.ts';
import type { JobDocument } from './document.ts';
import { OperationJobs, type OperationJobsOptions } from './operation-jobs.ts';
import { serveJobs } from './serve-jobs.ts';

/** What a 401 says of where tokens come from. */
export const resourceMetadata = 'https://api.example/.well-known/oauth-protected-resource';

export interface ReportInput {
  body?: { name: string };
}

/** What handlers do; a test replaces them. Names are operationIds. */
export interface Work {
  makeReport: (name: string, ctx: WriteContext) => Promise<unknown>;
  collectReport: (name: string, ctx: OpenContext) => Promise<unknown>;
  countReports: (ctx: ReadContext) => Promise<unknown>;
  getReport: () => Promise<unknown>;
}

export interface TestJobs {
  edge: TestEdge;
  jobs: OperationJobs;
  /** Metrics as they were counted: `plinth.jobs queued`. */
  counted: readonly string[];
  url: string;
  work: Work;
  /** Peers whose traces go on; tests add theirs. */
  trustedPeers: Set<string>;
  close(): Promise<void>;
}

export interface Got {
  status: number;
  headers: Headers;
  body: Record<string, unknown> & Partial<JobDocument>;
}

let callers = 0;

/** A caller, a fresh one unless `sub` names one: all its requests carry the same token. */
export async function callerOf(world: TestJobs, sub = `caller${process.pid}-${callers++}`) {
  const token = await world.edge.token({ sub });
  const send = async (
    method: string,
    path: string,
    headers: Record<string, string> = {},
    body?: unknown,
  ): Promise<Got> => {
    const response = await fetch(`${world.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const value = (text === '' ? {} : JSON.parse(text)) as Got['body'];
    return { status: response.status, headers: response.headers, body: value };
  };
  return {
    sub,
    token,
    send,
    post: async (path: string, name: string, headers: Record<string, string> = {}): Promise<Got> =>
      send('POST', `/reports/v1/${path}`, { 'idempotency-key': `"${name}"`, ...headers }, { name }),
    /** The job once it has ended. */
    end: async (location: string | null): Promise<Got> => send('GET', location ?? '', { prefer: 'wait=30' }),
  };
}

const settled = async (): Promise<undefined> => undefined;
const nameOf = (input: ReportInput): string => input.body?.name ?? '';

export async function insertReport(ctx: WriteContext, name: string): Promise<void> {
  await sql`insert into reports (name) values (${name})`.execute(ctx.db);
}

export const made = (name: string) => reply(201, { name }, { Location: `/reports/v1/reports/${name}` });

export async function startTestJobs(
  database: TestDatabase,
  options: Partial<OperationJobsOptions> = {},
  tracer?: Tracer,
): Promise<TestJobs> {
  const work: Work = {
    makeReport: async (name, ctx) => {
      await insertReport(ctx, name);
      return made(name);
    },
    collectReport: async (name, ctx) => {
      await ctx.transaction(async (tx) => insertReport(tx, name));
      return made(name);
    },
    countReports: async () => reply(200, { count: 7 }),
    getReport: async () => reply(200, {}),
  };
  const counted: string[] = [];
  const trustedPeers = new Set<string>();
  const holder: { edge?: TestEdge; services?: WorkServices; jobs?: OperationJobs } = {};
  const jobs = new OperationJobs({
    database,
    log: silent,
    metrics: { count: (name, labels) => void counted.push(`${name} ${Object.values(labels).join(' ')}`) },
    edge: () => (holder.edge as TestEdge).edge,
    services: () => ({ ...services, logger: createLogger('silent'), settled, beginWrite: begin }),
    enqueue: async (tx, orders) => runner.enqueueJobs(tx, orders),
    ...options,
  });
  const services: WorkServices = {
    database,
    clock: systemClock,
    ids: newIds(systemClock),
    random: seededRandom(1),
    log: silent,
    consents,
    tracer,
    callFor: () => (async () => ({})) as never,
    committed: () => runner.poke(),
  };
  const begin = (base: Parameters<typeof beginWrite>[1], tx: Parameters<typeof beginWrite>[2]) =>
    beginWrite(services, base, tx);
  const runner = createJobs({ services, databaseUrl: database.url, jobs: [jobs.job], settled });
  const handlers: Record<string, BoundHandler> = {
    makeReport: write(async (input: ReportInput, ctx) => work.makeReport(nameOf(input), ctx)),
    orderReport: write(async (input: ReportInput, ctx) => work.makeReport(nameOf(input), ctx)),
    sealReport: write(async (input: ReportInput, ctx) => work.makeReport(nameOf(input), ctx)),
    collectReport: open(async (input: ReportInput, ctx) => work.collectReport(nameOf(input), ctx)),
    countReports: read(async (_: ReportInput, ctx) => work.countReports(ctx)),
    getReport: read(async () => work.getReport()),
  };
  const edge = await startTestEdge({
    contract: await notesContract(reportsYaml),
    handlers,
    services: { database, tracer, beginWrite: begin, committed: services.committed },
    edge: { jobs, checkAddress: createAddressCheck({ allowed: ['hooks.test:80'] }) },
  });
  holder.edge = edge;
  const face = serveJobs({
    challenge: challengeOf(resourceMetadata),
    jobs,
    authenticator: edge.authenticator,
    limitStore: countingLimits(),
    baseUrl: 'https://api.test',
    cors: compileCors(['https://shop.example']),
    tracing: { tracer, trustsPeer: (peer) => trustedPeers.has(peer) },
  });
  const server = createServer((request, response) => {
    if (!face(request, response) && !edge.edge.handle(request, response))
      edge.edge.refuse(request, response, 'not-found');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await runner.ready;
  return {
    edge,
    jobs,
    counted,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    work,
    trustedPeers,
    async close() {
      await runner.close();
      await jobs.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await edge.close();
    },
  };
}

const report = `
      parameters: []
      requestBody:
        required: true
        content: { application/json: { schema: { $ref: '#/components/schemas/NewReport' } } }
      responses:
        '201': { description: Made., content: { application/json: { schema: { $ref: '#/components/schemas/NewReport' } } } }
        '202': { description: Begun. }
      callbacks:
        made:
          '{$request.body#/callbackUrl}':
            post: { operationId: onREPORT, responses: { '204': { description: Heard. } } }`;

/** Operation ids are unique, those of callbacks too. */
const reporting = (id: string): string => report.replace('onREPORT', `on${id}`);

const reportsYaml = `
openapi: 3.1.0
info: { title: Reports, version: 1.0.0, description: Reports. }
servers: [{ url: /reports/v1 }]
x-plinth:
  capability: reports
  owner: { team: test, contact: test@example.org }
  audience: [customer]
security: [{ oidc: [notes.write] }]
paths:
  /reports:
    post:
      operationId: makeReport
      summary: Make a report
      x-plinth: { effect: write, problems: [notes.locked], async: { mode: always, retain: PT1H }, cache: { purges: ['report:{body#/name}'] } }${reporting('Make')}
  /orders:
    post:
      operationId: orderReport
      summary: Order a report
      x-plinth: { effect: write, async: { mode: allowed, progress: false } }${reporting('Order')}
  /seals:
    post:
      operationId: sealReport
      summary: Seal a report
      x-plinth: { effect: write, async: { mode: always, cancel: false } }${reporting('Seal')}
  /collections:
    post:
      operationId: collectReport
      summary: Collect a report
      x-plinth: { effect: write, async: { mode: always }, cache: { purges: ['report:{body#/name}'] } }${reporting('Collect')}
  /reports/{name}:
    get:
      operationId: getReport
      summary: See a report
      x-plinth: { ownerCheck: [], cache: { ttl: PT1H, tags: ['report:{path.name}'] } }
      parameters: [{ name: name, in: path, required: true, schema: { type: string } }]
      responses:
        '200': { description: Report., content: { application/json: { schema: { type: object } } } }
  /count:
    get:
      operationId: countReports
      summary: Count reports
      x-plinth: { async: { mode: always, afterMs: 5000 } }
      responses:
        '200': { description: Count., content: { application/json: { schema: { type: object } } } }
        '202': { description: Begun. }
components:
  securitySchemes:
    oidc: { type: openIdConnect, openIdConnectUrl: /oidc/.well-known/openid-configuration }
  schemas:
    NewReport:
      type: object
      required: [name]
      properties: { name: { type: string }, callbackUrl: { type: string } }
`;
