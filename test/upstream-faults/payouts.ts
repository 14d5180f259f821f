// A small contract, its manifest, and an upstream that behaves as it is told: it may act and lose the answer, act late,
// never act, or say nonsense. It counts what it did by reference.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

export const contract = `openapi: 3.1.0
info: { title: Payouts, version: 1.0.0, description: Money paid out. }
x-plinth: { stage: stable, capability: payouts, owner: { team: money, contact: money@northfold.example }, audience: [customer] }
tags: [{ name: Payouts }]
paths:
  /payouts:
    get:
      operationId: listPayouts
      tags: [Payouts]
      summary: See payouts
      security: [{ oidc: [payouts.read] }]
      x-plinth: { ownerCheck: { object: payout, list: true }, timeoutMs: 600 }
      responses:
        '200':
          description: All.
          content:
            application/json:
              schema: { type: object, required: [items], properties: { items: { type: array, items: { $ref: '#/components/schemas/Payout' } } } }
    post:
      operationId: payOut
      tags: [Payouts]
      summary: Pay out
      security: [{ oidc: [payouts.write] }]
      x-plinth: { effect: write, idempotency: required, timeoutMs: 600, emits: [payout.made] }
      requestBody:
        required: true
        content:
          application/json:
            schema: { type: object, additionalProperties: false, required: [amount, wish], properties: { amount: { type: integer, minimum: 1 }, wish: { type: string } } }
      responses:
        '201': { description: Paid., content: { application/json: { schema: { $ref: '#/components/schemas/Payout' } } } }
components:
  securitySchemes: { oidc: { type: openIdConnect, openIdConnectUrl: /oidc/.well-known/openid-configuration } }
  schemas:
    State: { type: string, enum: [paid, returned] }
    Payout:
      type: object
      required: [id, customerId, amount, state]
      properties: { id: { type: string }, customerId: { type: string }, amount: { type: integer }, state: { $ref: '#/components/schemas/State' } }
`;

export const events = `events:
  payout.made:
    when: Money has left.
    data: { $ref: './contract.yaml#/components/schemas/Payout' }
`;

export const target = `openapi: 3.1.0
info: { title: Till, version: '1' }
paths:
  /p:
    get:
      operationId: all
      parameters: [{ name: who, in: query, schema: { type: string } }]
      responses: { '200': { description: ok } }
    post:
      operationId: pay
      requestBody: { required: true, content: { application/json: { schema: { type: object } } } }
      responses: { '201': { description: ok }, '409': { description: no } }
  /by/{ref}:
    get:
      operationId: find
      parameters: [{ name: ref, in: path, required: true, schema: { type: string } }]
      responses: { '200': { description: ok }, '404': { description: none } }
components: { schemas: { S: { type: string, enum: [P, R] } } }
`;

/** `idempotency` as the manifest writes it. */
export function manifestOf(baseUrl: string, idempotency: string): string {
  return `upstream: till
contract: payouts@1
target: till.yaml
baseUrl: ${baseUrl}
errors: [{ status: 409, problem: conflicting-state, retryable: false }]
states: { s: { ours: '#/components/schemas/State', theirs: '#/components/schemas/S', in: { P: paid, R: returned }, out: { paid: P, returned: R } } }
ids: { payout: { prefix: pyt, owner: /who } }
shapes:
  payout: { /id: { from: /n, id: payout }, /customerId: /who, /amount: /cents, /state: { from: /s, state: s } }
operations:
  listPayouts:
    target: all
    request: { query: { who: /caller/owner } }
    response: { body: { /items: { from: /body/list, each: payout } } }
  payOut:
    target: pay
    request: { body: { /ref: /call/reference, /who: /caller/customerId, /cents: /body/amount, /wish: /body/wish } }
    response: { body: { shape: payout } }
    idempotency: ${idempotency}
    weakenings: [no-idempotency]
`;
}

export const lookUp = `{ lookUp: { target: find, request: { path: { ref: /call/reference } }, response: { body: { shape: payout } }, settledAfterS: 1 } }`;

/** What happens to a request: `act` = the money moves, then what is said. */
export type Wish =
  | 'ok'
  | 'act-and-reset'
  | 'act-and-silence'
  | 'act-and-late'
  | 'act-and-nonsense'
  | 'act-and-500'
  | 'silence'
  | 'reset'
  | 'refuse'
  | 'busy';

interface Effect {
  n: string;
  who: string;
  cents: number;
  s: string;
}

export interface Till {
  server: Server;
  /** By reference: how often the money moved. */
  effects: Map<string, Effect[]>;
  /** What lists answer instead of the truth. */
  list: { status: number; headers: Record<string, string>; body: string } | 'silence' | undefined;
  requests: { method: string; url: string; headers: IncomingMessage['headers'] }[];
  /** What look-ups get instead of the truth. */
  lookUpStatus: number | undefined;
}

/** Starts nothing; put it behind a port. */
export function openTill(): Till {
  const till: Till = {
    effects: new Map(),
    list: undefined,
    lookUpStatus: undefined,
    requests: [],
    server: createServer((request, response) => void serve(till, request, response)),
  };
  return till;
}

async function serve(till: Till, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = '', url = '', headers } = request;
  till.requests.push({ method, url, headers });
  response
    .setHeader('set-cookie', 'till=1')
    .setHeader('location', 'http://till.internal/p/1')
    .setHeader('link', '<http://till.internal/p?after=1>; rel="next"');
  if (method === 'GET' && url.startsWith('/by/')) {
    const found = till.effects.get(url.slice(4))?.[0];
    return say(response, till.lookUpStatus ?? (found === undefined ? 404 : 200), found ?? {});
  }
  if (method === 'GET') return list(till, response);
  let text = '';
  for await (const chunk of request) text += String(chunk);
  act(till, response, JSON.parse(text) as { ref: string; who: string; cents: number; wish: Wish });
}

function list({ list: said, effects }: Till, response: ServerResponse): void {
  if (said === 'silence') return;
  if (said === undefined) return say(response, 200, { list: [...effects.values()].flat() });
  response.writeHead(said.status, said.headers).end(said.body);
}

function act(
  till: Till,
  response: ServerResponse,
  order: { ref: string; who: string; cents: number; wish: Wish },
): void {
  const { ref, who, cents, wish } = order;
  if (wish === 'silence') return;
  if (wish === 'reset') return void response.socket?.resetAndDestroy();
  if (wish === 'busy') return say(response, 503, {});
  if (wish === 'refuse') return say(response, 409, { stack: 'at Till.pay (/srv/till.js:1)' });
  const effect = { n: `P${ref.slice(0, 8)}`, who, cents, s: 'P' };
  till.effects.set(ref, [...(till.effects.get(ref) ?? []), effect]);
  if (wish === 'act-and-silence') return;
  if (wish === 'act-and-reset') return void response.socket?.resetAndDestroy();
  if (wish === 'act-and-500') return say(response, 500, { stack: 'at Till.pay' });
  if (wish === 'act-and-nonsense') return say(response, 201, { ...effect, s: 'X' });
  if (wish === 'act-and-late') return void setTimeout(() => say(response, 201, effect), 900);
  say(response, 201, effect);
}

function say(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** The same, paid out later: its callers get a job. */
export const asyncContract: string = contract.replace(
  'timeoutMs: 600, emits:',
  'timeoutMs: 600, async: { mode: always, retain: P1D }, emits:',
);
