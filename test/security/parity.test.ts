// One request of each operation of each contract of ours, and one for each way to be refused, over HTTP, from inside and,
// where it is a tool, over MCP: three worlds of the same seed, each asked everything one way only, give the same results.
// The same is: status, body and every header that a call from inside is told. Ids, times and traces differ; they are the
// only things that may.

import type { Contract, Operation } from '@plinth/contract';
import { isTool } from '@plinth/contract';
import type { Principal } from '@plinth/runtime';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  claimsOf,
  findThings,
  idChecks,
  limitless,
  type Prepare,
  type PreparedRequest,
  preparing,
  type Things,
} from './objects.ts';
import { ada, apiAudience, openIssuer, type OutsideIssuer, partner, startWorld, type World } from './world.ts';

interface Result {
  status: number;
  headers: Record<string, string>;
  body: unknown;
}

interface Asked {
  /** `Accept-Language`. */
  language?: string;
  contract: Contract;
  operation: Operation;
  request: PreparedRequest;
  token: string;
  principal: Principal;
  /** Of a customer's yes. */
  confirmed?: { id: string; idempotencyKey: string };
}

type Way = (world: World, asked: Asked) => Promise<Result>;

let issuer: OutsideIssuer;
let worlds: World[];
let things: Things[];
beforeAll(async () => {
  issuer = await openIssuer();
  const platform = { limits: limitless, mostDenied: 1_000_000 };
  worlds = [];
  for (let n = 0; n < 3; n++) worlds.push(await startWorld({ issuer, platform }));
  things = [];
  for (const world of worlds) things.push(await findThings(world.platform, { customer: ada, partner }));
});
afterAll(async () => {
  for (const world of worlds) await world.close();
  await issuer.close();
});

const overHttp: Way = async (world, { operation, request, token, confirmed }) => {
  const { target, headers, body } = request;
  const response = await fetch(world.base + target, {
    method: operation.method.toUpperCase(),
    headers: {
      ...headers,
      authorization: `Bearer ${token}`,
      ...(confirmed && { 'plinth-confirmation': confirmed.id, 'idempotency-key': confirmed.idempotencyKey }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  const told = Object.fromEntries(response.headers);
  return { status: response.status, headers: told, body: isJson ? JSON.parse(text) : text === '' ? undefined : text };
};

const fromInside: Way = async (world, { contract, operation, request, principal, confirmed }) => {
  const idempotencyKey = confirmed?.idempotencyKey ?? request.headers['idempotency-key'];
  return world.platform.edge.invoke({
    operation: `${contract.id}.${operation.id}`,
    principal,
    input: request.input,
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    ...(request.headers['if-match'] === undefined ? {} : { ifMatch: request.headers['if-match'] }),
    ...(confirmed && { confirmation: confirmed.id }),
  });
};

interface ToolResult {
  isError?: boolean;
  structuredContent?: unknown;
  content: { text: string }[];
}

async function overMcp(world: World, { operation, request, token, language = '*' }: Asked): Promise<ToolResult> {
  const headers = { authorization: `Bearer ${token}`, 'accept-language': language };
  const name = (await mcp(world, headers, 'tools/list', {}))['tools'] as { name: string; _meta?: unknown }[];
  const tool = name.find((each) => each.name.endsWith(operation.id));
  if (tool === undefined) throw new Error(`no tool ${operation.id}`);
  return (await mcp(world, headers, 'tools/call', { name: tool.name, arguments: request.input })) as never;
}

async function mcp(
  world: World,
  headers: Record<string, string>,
  method: string,
  params: unknown,
): Promise<Record<string, unknown>> {
  const response = await fetch(`${world.base}/mcp`, {
    method: 'POST',
    headers: {
      ...headers,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2025-11-25',
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  });
  const text = await response.text();
  const line = text.startsWith('{') ? text : (/^data: (.*)$/m.exec(text)?.[1] ?? '{}');
  const { result, error } = JSON.parse(line) as { result?: Record<string, unknown>; error?: unknown };
  if (result === undefined) throw new Error(`${method}: ${response.status} ${JSON.stringify(error)}`);
  return result;
}

async function asking(world: World, operation: Operation, claims: Record<string, unknown>) {
  const scope = (operation.security ?? []).flatMap((each) => Object.values(each).flat()).join(' ');
  const aud = [apiAudience, `${world.platform.config.baseUrl}/mcp`];
  const token = await issuer.token({ scope, ...claims, aud });
  const principal = await world.platform.authenticator.verify(token, apiAudience);
  if (principal === undefined) throw new Error(`${operation.id}: nobody`);
  return { token, principal };
}

const marks: readonly [RegExp, string][] = [
  // How far the log is differs with what else goes on; that it is told does not.
  [/"plinth-position":"\d+"/g, '"plinth-position":"…"'],
  [/\b[a-z]{3}_[0-9a-z]{20,}\b/g, '<id>'],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}\b/g, '<uuid>'],
  [/urn:plinth:trace:[0-9a-f]{32}/g, '<trace>'],
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?Z/g, '<time>'],
  [/\b[A-Z]{3}-[0-9A-Z]{4,}(-[0-9A-Z]+)*\b/g, '<number>'],
  [/"(secret|hint|next|token|code_verifier)":"[^"]*"/g, '"$1":"<chance>"'],
  [/http:\/\/localhost:\d+/g, '<base>'],
  // How often a webhook was tried by now.
  [/"attempts":\[[^\]]*\]/g, '"attempts":[]'],
  [/,"nextAttemptAt":"<time>"/g, ''],
];

function plain(value: unknown): unknown {
  let text = JSON.stringify(value ?? null);
  for (const [pattern, mark] of marks) text = text.replaceAll(pattern, mark);
  return JSON.parse(text);
}

/** A request that is refused: what is changed of a good one, and of who sends it. */
interface Refused {
  name: string;
  claims?: Record<string, unknown>;
  change?: (request: PreparedRequest, prepare: Prepare) => PreparedRequest;
  /** Software is refused for it by the tool, too, in the same words. */
  isToldByTools?: boolean;
}

/** Each way in which an operation refuses by its contract alone. */
function refusedOf(operation: Operation): Refused[] {
  const { security = [], policy, body } = operation;
  const refused: Refused[] = [];
  if (security.length > 0) {
    refused.push({ name: 'without scope', claims: { scope: 'nothing.read' } });
    const other = (['device', 'staff', 'partner'] as const).find((kind) => !policy.audience.includes(kind));
    if (other !== undefined)
      refused.push({
        name: `by a ${other}`,
        claims: { sub: 'other', kind: other, customer_number: undefined, partner_number: partner },
      });
  }
  if (idChecks(operation).length > 0)
    refused.push({
      name: 'for what is not there',
      change: (_, prepare) => prepare(operation, 'missing'),
      isToldByTools: true,
    });
  if (policy.unknown === 'refuse')
    refused.push({
      name: 'with an unknown parameter',
      change: ({ target, input, ...rest }) => ({
        ...rest,
        target: `${target}${target.includes('?') ? '&' : '?'}nobodyKnows=1`,
        input: { ...input, nobodyKnows: 1 },
      }),
    });
  if (body?.media[0]?.type === 'application/json')
    refused.push({
      name: 'with an odd body',
      change: ({ input, ...rest }) => ({ ...rest, body: [7], input: { ...input, body: [7] } }),
      isToldByTools: true,
    });
  if (policy.effect !== 'read' && policy.idempotency.mode === 'required')
    refused.push({ name: 'without a key', change: (request) => ({ ...request, headers: without(request.headers) }) });
  return refused;
}

function without(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'idempotency-key'));
}

it('every operation gives the same result over HTTP, from inside and as a tool', async () => {
  const different: string[] = [];
  const statuses = new Map<number, number>();
  const prepared = worlds.map((world, n) => {
    const byContract = new Map<string, ReturnType<typeof preparing>>();
    for (const contract of world.platform.contracts())
      byContract.set(contract.id, preparing(contract, things[n] as Things));
    return byContract;
  });
  const [first, , third] = worlds as [World, World, World];
  const contracts = first.platform.contracts();
  let tools = 0;
  let refusals = 0;
  for (const contract of contracts) {
    for (const operation of contract.operations) {
      const key = `${contract.id}.${operation.id}`;
      // Files come over HTTP and no other way.
      if (operation.policy.files === 'stored') continue;
      // What follows from the calls before is there in all of them, or in none: decisions look at it.
      await Promise.all(worlds.map(({ platform }) => platform.settled()));
      const requests = prepared.map((each) =>
        withExample(operation, each.get(contract.id)?.(operation) as PreparedRequest),
      );
      const asked = async (n: number, claims: Record<string, unknown>, change: Refused['change'] = same) => {
        const prepare = prepared[n]?.get(contract.id) as Prepare;
        const request = change(requests[n] as PreparedRequest, prepare);
        return { contract, operation, request, ...(await asking(worlds[n] as World, operation, claims)) };
      };
      const ask = async (n: number, way: Way, claims: Record<string, unknown>, change?: Refused['change']) =>
        way(worlds[n] as World, await asked(n, claims, change));
      const claims = claimsOf(operation, { customer: ada, partner });
      const http = await ask(0, overHttp, claims);
      const inside = await ask(1, fromInside, claims);
      // The third world goes the same way, so that its things stay the same.
      await ask(2, fromInside, claims);
      statuses.set(http.status, (statuses.get(http.status) ?? 0) + 1);
      const compare = (way: string, one: unknown, other: unknown): void => {
        const [a, b] = [JSON.stringify(plain(one)), JSON.stringify(plain(other))];
        if (a !== b) different.push(`${key} ${way}:\n  ${a.slice(0, 600)}\n  ${b.slice(0, 600)}`);
      };
      const compareWays = (way: string, one: Result, other: Result): void => {
        const names = Object.keys(other.headers);
        const told = Object.fromEntries(names.map((name) => [name, one.headers[name]]));
        compare(way, { ...one, headers: told }, other);
      };
      compareWays('from inside', http, inside);
      for (const { name, claims: more, change, isToldByTools } of refusedOf(operation)) {
        const own = { ...claims, ...more };
        const refused = await ask(0, overHttp, own, change);
        refusals += 1;
        if (refused.status < 400) different.push(`${key} ${name} is answered ${refused.status}`);
        compareWays(`${name} from inside`, refused, await ask(1, fromInside, own, change));
        if (isToldByTools !== true || !isTool(operation)) continue;
        const agent = { ...own, act: { sub: 'software' } };
        const ofAgent = await ask(0, overHttp, agent, change);
        compare(`${name} as a tool`, asTool(ofAgent), await overMcp(third, await asked(2, agent, change)));
      }
      if (isTool(operation) && operation.policy.effect === 'read') {
        tools += 1;
        const agent = { ...claims, act: { sub: 'software' } };
        const ofAgent = await ask(0, overHttp, agent);
        compare('as a tool', asTool(ofAgent), await overMcp(third, await asked(2, agent)));
      } else if (isTool(operation) && operation.policy.skill?.confirm !== 'never') {
        const agent = { ...claims, act: { sub: 'software' } };
        const readBack = readBackOf(await ask(0, overHttp, agent));
        const tool = await overMcp(third, await asked(2, agent));
        if (
          readBack === undefined ||
          !JSON.stringify(plain(tool)).includes(JSON.stringify(plain(readBack)).slice(1, -1))
        )
          different.push(`${key} is not read back alike: ${readBack ?? 'not at all'}`);
      }
      for (const { platform } of worlds) await platform.settled();
    }
  }
  expect(different.join('\n')).toBe('');
  process.stdout.write(
    `${contracts.flatMap(({ operations }) => operations).length} operations, ${refusals} refusals, ${tools} of them as tools, answers: ${JSON.stringify(Object.fromEntries(statuses))}\n`,
  );
  // Most are answered in full, or the comparison is one of refusals.
  expect((statuses.get(200) ?? 0) + (statuses.get(201) ?? 0)).toBeGreaterThan(60);
  expect(tools).toBeGreaterThan(20);
  expect(refusals).toBeGreaterThan(3 * contracts.flatMap(({ operations }) => operations).length);
}, 240_000);

function same(request: PreparedRequest): PreparedRequest {
  return request;
}

/** What a customer is asked to say yes to. */
function readBackOf({ status, body }: Result): string | undefined {
  return status === 428 ? (body as { confirmation: { readback: string } }).confirmation.readback : undefined;
}

/** An example of the contract's author says more than a value made up. */
function withExample(operation: Operation, request: PreparedRequest): PreparedRequest {
  const example = operation.body?.media[0]?.examples[0]?.value;
  if (typeof example !== 'object' || example === null || Array.isArray(example)) return request;
  const ids = Object.entries(request.body ?? {}).filter(([name]) => name.endsWith('Id') && name in example);
  const body = { ...example, ...Object.fromEntries(ids) };
  return { ...request, body, input: { ...request.input, body } };
}

/** What MCP makes of an answer of the edge. */
function asTool({ status, body }: Result): ToolResult {
  const document = (body ?? {}) as Record<string, unknown>;
  if (status < 300)
    return { content: [{ type: 'text', text: JSON.stringify(document) } as never], structuredContent: document };
  const text = [document['title'], document['detail'], document['advice']].filter(Boolean).join(' ');
  return { content: [{ type: 'text', text } as never], isError: true };
}

it('what software wants to change is read back and then done alike', async () => {
  const contract = worlds[0]?.platform.contracts().find(({ id }) => id === 'customers') as Contract;
  const operation = contract.operations.find(({ id }) => id === 'updateCustomer') as Operation;
  const body = { city: 'Parity' };
  const headers = { 'idempotency-key': 'parity', 'content-type': 'application/json' };
  const input = { customerId: ada, body };
  const request = { target: `/customers/v1/customers/${ada}`, headers, body, input };
  const results: unknown[] = [];
  for (const [world, way] of [
    [worlds[0], overHttp],
    [worlds[1], fromInside],
  ] as const) {
    const known = world as World;
    const asked = {
      contract,
      operation,
      request,
      ...(await asking(known, operation, {
        ...claimsOf(operation, { customer: ada, partner }),
        act: { sub: 'software' },
      })),
    };
    const refused = await way(known, asked);
    const confirmed = (refused.body as { confirmation: { id: string; idempotencyKey: string; readback: string } })
      .confirmation;
    await known.platform.confirmations.confirm(confirmed.id, ada);
    const { status, body: changed } = await way(known, { ...asked, confirmed });
    results.push(plain([refused.status, confirmed.readback, { status, body: changed }]));
  }
  const third = worlds[2] as World;
  const asked = {
    contract,
    operation,
    request,
    ...(await asking(third, operation, {
      ...claimsOf(operation, { customer: ada, partner }),
      act: { sub: 'software' },
    })),
  };
  const told = await overMcp(third, asked);
  const id = /confirmations\/(\S+)/.exec(told.content[0]?.text ?? '')?.[1] ?? '';
  const readback = (await third.platform.confirmations.find(id, ada))?.readback;
  expect(told.content[0]?.text).toContain(readback);
  await third.platform.confirmations.confirm(id, ada);
  const done = await overMcp(third, asked);
  results.push(plain([428, readback, { status: 200, body: done.structuredContent }]));
  expect(results[1]).toEqual(results[0]);
  expect(results[2]).toEqual(results[0]);
});

it('a tool refuses in the language of its request', async () => {
  const [world] = worlds as [World];
  const contract = world.platform.contracts().find(({ id }) => id === 'orders') as Contract;
  const operation = contract.operations.find(({ id }) => id === 'getOrder') as Operation;
  const claims = { ...claimsOf(operation, { customer: ada, partner }), act: { sub: 'software' } };
  const request = { target: '', headers: {}, body: undefined, input: { orderId: 'ord_nobodys' } };
  const asked = { contract, operation, request, ...(await asking(world, operation, claims)) };
  const told = async (language: string) => (await overMcp(world, { ...asked, language })).content[0]?.text;
  expect(await told('de-AT, en;q=0.5')).toContain('Not found Hier ist nichts');
  expect(await told('nl')).toContain('Not found There is nothing here');
});
