// S13: text that is more than text (line ends, escapes of terminals, marks of direction, quotes of other languages) in every
// string of every write body and in headers. Nothing fails on it, every log line stays one line of plain JSON, and what is
// kept comes back as it was sent.

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import {
  type Contract,
  declaredMembers,
  isObject,
  type JsonObject,
  type Operation,
  type Schema,
} from '@plinth/contract';
import { mapLimited, type MailMessage } from '@plinth/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { logFields } from '../../runtime/src/telemetry/log-fields.ts';
import { claimsOf, findThings, limitless, preparing, type Things } from './objects.ts';
import { ada, call, openIssuer, type OutsideIssuer, partner, startWorld, type World } from './world.ts';

const folder = process.env['PLINTH_TEST_DATA'] ?? path.resolve(import.meta.dirname, '../../../shared/data');
const file = path.join(folder, 'naughty-strings/blns.json');
if (!existsSync(file))
  process.stderr.write(`SKIPPED: the list of naughty strings is not at ${file} (set PLINTH_TEST_DATA)\n`);
const listed = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as string[]) : [];

/** What breaks lines, terminals, texts and statements, whatever else is on the list. */
const worst = [
  'a\r\nSet-Cookie: b=c',
  'a\n{"level":"info","msg":"forged"}',
  '\u001B[2J\u001B[31mred\u0007',
  '\u202Eevil\u2066\u2069\u200F',
  '\u0085\u2028\u2029',
  '\uFEFF\u00AD\u200B',
  "'; drop table runtime.outbox; --",
  '{name} ${name} {{name}} %s %n',
  '<script>alert(1)</script>',
  '../../../etc/passwd',
  '\u0000',
  '\uD800',
  '__proto__',
];
const naughty = [...worst, ...listed];

/** For each string of a body this many of the list, each time the next ones; the worst always. */
const perField = 14;

const people = { customer: ada, partner };
const lines: string[] = [];
const mails: MailMessage[] = [];
let issuer: OutsideIssuer;
let world: World;
let things: Things;
beforeAll(async () => {
  issuer = await openIssuer();
  world = await startWorld({
    issuer,
    env: { LOG_LEVEL: 'info' },
    platform: {
      limits: limitless,
      mostDenied: 1_000_000,
      logTo: { write: (line) => void lines.push(line) },
      mail: { send: async (message) => void mails.push(message), close: () => Promise.resolve() },
    },
  });
  things = await findThings(world.platform, people);
});
afterAll(async () => {
  await world?.close();
  await issuer?.close();
});

/** Pointers to strings of a body. */
function* stringsIn(document: JsonObject, schema: Schema, value: unknown, pointer = ''): Iterable<string> {
  if (typeof value === 'string') yield pointer;
  if (typeof value !== 'object' || value === null) return;
  const members = declaredMembers(schema, document);
  for (const [name, child] of Object.entries(value)) {
    const inner = Array.isArray(value) ? members.items : members.properties.get(name);
    if (inner !== undefined) yield* stringsIn(document, inner, child, `${pointer}/${name}`);
  }
}

/** Members that a body may have and does not, with a text: as if they had been sent. */
function withTexts(document: JsonObject, schema: Schema, body: unknown): unknown {
  if (!isObject(body)) return body;
  const texts = [...declaredMembers(schema, document).properties].filter(
    ([name, property]) =>
      !(name in body) && isObject(property) && property['type'] === 'string' && !property['readOnly'],
  );
  return { ...Object.fromEntries(texts.map(([name]) => [name, ''])), ...body };
}

function put(root: unknown, pointer: string, text: string): unknown {
  const copy: unknown = structuredClone(root);
  const names = pointer.split('/').slice(1);
  const last = names.pop() ?? '';
  const holder = names.reduce((at, name) => (at as Record<string, unknown>)[name], copy) as Record<string, unknown>;
  holder[last] = text;
  return copy;
}

interface Shot {
  operation: string;
  target: string;
  method: string;
  headers: Record<string, string>;
  body: string;
  claims: Record<string, unknown>;
}

function shotsAt(contract: Contract, operation: Operation, next: () => string): Shot[] {
  const schema = operation.body?.media.find(({ type }) => type.includes('json'))?.schema;
  if (schema === undefined) return [];
  const { target, headers, body } = preparing(contract, things)(operation);
  const scope = (operation.security ?? []).flatMap((each) => Object.values(each).flat()).join(' ');
  const claims = { ...claimsOf(operation, people), scope };
  const full = withTexts(contract.document, schema, body);
  return [...stringsIn(contract.document, schema, full)].flatMap((pointer) =>
    [...worst, ...Array.from({ length: perField }, next)].map((text) => ({
      operation: `${contract.id}.${operation.id} ${pointer}`,
      target,
      method: operation.method.toUpperCase(),
      headers,
      body: JSON.stringify(put(pointer.split('/').length > 2 ? body : pick(full, body, pointer), pointer, text)),
      claims,
    })),
  );
}

/** The body as it was prepared, with this one member more. */
function pick(full: unknown, body: unknown, pointer: string): unknown {
  const name = pointer.slice(1);
  return isObject(body) && !(name in body) ? { ...body, [name]: (full as JsonObject)[name] } : body;
}

function checkLines(from: number): void {
  const listedFields = new Set(['level', 'time', 'msg', ...Object.keys(logFields)]);
  for (const line of lines.slice(from)) {
    expect({ line, ends: line.split(/[\r\n\u0085\u2028\u2029]/).length }).toEqual({ line, ends: 2 });
    // Nothing that a terminal obeys.
    // oxlint-disable-next-line no-control-regex
    expect(line.slice(0, -1)).not.toMatch(/[\u0000-\u001F\u007F]/);
    const fields = JSON.parse(line) as Record<string, unknown>;
    expect(fields['msg']).not.toBe('forged');
    expect(Object.keys(fields).filter((name) => !listedFields.has(name))).toEqual([]);
  }
}

describe('a naughty text', () => {
  it('in any string of any write body breaks nothing', { timeout: 240_000 }, async () => {
    let at = 0;
    const next = (): string => naughty[at++ % naughty.length] as string;
    const shots = world.platform
      .contracts()
      .flatMap((contract) =>
        contract.operations
          .filter(({ body, policy }) => body !== undefined && policy.effect !== 'read')
          .flatMap((operation) => shotsAt(contract, operation, next)),
      );
    const before = lines.length;
    const failed: string[] = [];
    const statuses = new Map<number, number>();
    const tokens = new Map<string, string>();
    for (const { claims } of shots) {
      const name = JSON.stringify(claims);
      if (!tokens.has(name)) tokens.set(name, await issuer.token(claims));
    }
    await mapLimited(shots, 4, async ({ operation, target, method, headers, body, claims }) => {
      const response = await fetch(world.base + target, {
        method,
        headers: {
          ...headers,
          authorization: `Bearer ${tokens.get(JSON.stringify(claims))}`,
          'idempotency-key': crypto.randomUUID(),
        },
        body,
      });
      const text = await response.text();
      statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
      if (response.status >= 500) failed.push(`${operation} ${body.slice(0, 200)}: ${text.slice(0, 300)}`);
    });
    process.stdout.write(`${shots.length} bodies: ${JSON.stringify(Object.fromEntries(statuses))}\n`);
    expect(failed).toEqual([]);
    expect(shots.length).toBeGreaterThan(1_500);
    // Many are what the contract allows: they were taken, not only refused.
    expect((statuses.get(201) ?? 0) + (statuses.get(200) ?? 0)).toBeGreaterThan(200);
    await world.platform.settled();
    checkLines(before);
    for (const { subject, to } of mails) for (const text of [subject, to]) expect(text).not.toMatch(/[\r\n]/);
  });

  it('in a header breaks nothing, and comes back in none', async () => {
    const token = await issuer.customer(ada, 'orders.read');
    const before = lines.length;
    const names = ['accept-language', 'plinth-channel', 'plinth-decision', 'user-agent', 'traceparent', 'tracestate'];
    const sendable = naughty.filter((text) => /^[\u0020-\u007E\u0080-\u00FF]+$/.test(text));
    expect(sendable.length).toBeGreaterThan(5);
    for (const [index, text] of sendable.entries()) {
      const name = names[index % names.length] as string;
      const { status } = await call(world, token, '/orders/v1/orders?limit=1', { headers: { [name]: text } });
      expect({ name, text, status }).toMatchObject({ status: expect.toSatisfy((each: number) => each < 500) });
    }
    checkLines(before);
  });

  it('in a query or a path breaks nothing', async () => {
    const token = await issuer.token({ sub: 'mia', kind: 'staff', scope: 'customers.read orders.read' });
    const before = lines.length;
    for (const text of naughty.filter((each) => each.isWellFormed())) {
      const quoted = encodeURIComponent(text);
      for (const target of [`/customers/v1/customers?q=${quoted}`, `/orders/v1/orders/${quoted}`]) {
        const { status } = await call(world, token, target);
        expect({ target, status }).toMatchObject({ status: expect.toSatisfy((each: number) => each < 500) });
      }
    }
    checkLines(before);
  });

  it('that is kept comes back as it was sent', { timeout: 120_000 }, async () => {
    const token = await issuer.customer(ada, 'tickets.read tickets.write');
    const send = (target: string, body: unknown) =>
      call(world, token, target, { method: 'POST', body, headers: { 'idempotency-key': crypto.randomUUID() } });
    const kept: string[] = [];
    // A request shows its latest entries: each has a part of the list.
    for (let from = 0; from < naughty.length; from += 100) {
      const opened = await send('/tickets/v1/tickets', { subject: 'Texts', text: 'They follow.' });
      const target = `/tickets/v1/tickets/${String(opened.body['id'])}`;
      const here: string[] = [];
      for (const text of naughty.slice(from, from + 100)) {
        const said = await send(`${target}/replies`, { text });
        expect({ text, status: said.status }).toMatchObject({ status: expect.toSatisfy((each: number) => each < 500) });
        if (said.status !== 201) continue;
        expect(said.body['text']).toBe(text);
        here.push(text);
      }
      const { body } = await call(world, token, target);
      const entries = new Set((body['entries'] as { text: string }[]).map((entry) => entry.text));
      expect(here.filter((text) => !entries.has(text))).toEqual([]);
      kept.push(...here);
    }
    // All but the empty one, U+0000 and half of a pair.
    expect(kept.length).toBeGreaterThan(naughty.length - 10);
  });
});
