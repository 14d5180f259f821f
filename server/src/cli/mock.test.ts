// `plinth mock` as a process: what it prints, how it ends, and that two of them say the same.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, expect, it, vi } from 'vitest';
import { run } from './commands.ts';

const main = path.resolve(import.meta.dirname, '../main.ts');
const orders = path.resolve(import.meta.dirname, '../../../capabilities/orders/contract.yaml');
const folder = mkdtempSync(path.join(tmpdir(), 'plinth-mock-'));
const children: ChildProcess[] = [];
afterEach(async () => {
  await Promise.all(children.splice(0).map(stop));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Spawned {
  child: ChildProcess;
  port: number;
  /** What it has said on stderr so far. */
  said: () => string;
}

async function spawnMock(words: readonly string[]): Promise<Spawned> {
  const child = spawn(process.execPath, [main, 'mock', ...words, '--port', '0'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  children.push(child);
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await vi.waitFor(() => expect(said).toContain('answer at'), 20_000);
  const [, port = ''] = /:(\d+)/.exec(said.slice(said.indexOf('http://') + 5)) ?? [];
  return { child, port: Number(port), said: () => said };
}

async function stop(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null) {
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
  return child.exitCode;
}

interface Call {
  method: string;
  path: string;
  headers?: Record<string, string>;
  body?: string;
}

/** The whole answer as text: status, headers as they were written, body. */
function ask(port: number, { method, path: target, headers = {}, body }: Call): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request({ port, method, path: target, headers: { host: 'mock.test', ...headers } }, (answer) => {
      let text = '';
      answer.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
      answer.on('end', () => resolve(`${answer.statusCode} ${answer.rawHeaders.join('\n')}\n\n${text}`));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const json = { 'content-type': 'application/json', 'idempotency-key': 'k-1' };
const order = '{"lines":[{"sku":"KETTLE-17","quantity":1}],"payment":{"method":"card_ok"}}';
const conversation: readonly Call[] = [
  { method: 'GET', path: '/orders/v1/orders' },
  { method: 'POST', path: '/orders/v1/orders', headers: json, body: order },
  { method: 'POST', path: '/orders/v1/orders', headers: { ...json, 'idempotency-key': 'k-2' }, body: '{}' },
  { method: 'POST', path: '/orders/v1/orders', headers: json, body: order },
  { method: 'GET', path: '/orders/v1/orders/ord_unknown' },
  { method: 'GET', path: '/orders/v1/orders?limit=2', headers: { prefer: 'dynamic=true' } },
  { method: 'GET', path: '/orders/v1/orders?limit=2', headers: { prefer: 'seed=9' } },
  { method: 'DELETE', path: '/orders/v1/orders' },
];

it('two processes with one seed and one clock say the same bytes, and another seed says others', async () => {
  const fixed = ['--clock-mode', 'fixed', '--clock', '2026-11-24T12:00:00Z'];
  const talk = async (seed: string): Promise<string[]> => {
    const { port } = await spawnMock([orders, ...fixed, '--seed', seed]);
    const answers: string[] = [];
    for (const call of conversation) answers.push(await ask(port, call));
    return answers;
  };
  const [first, second, other] = await Promise.all([talk('7'), talk('7'), talk('8')]);
  expect(first).toEqual(second);
  expect(first?.[0]).not.toBe(other?.[0]);
  // The same key for the same wish: one effect, one answer.
  expect(first?.[3]).toContain('Idempotent-Replayed\ntrue');
  expect(first?.map((answer) => answer.slice(0, 3))).toEqual(['200', '201', '400', '201', '404', '200', '200', '405']);
});

const things = (extra = ''): string => `
openapi: 3.1.0
info: { title: Things, version: 1.0.0 }
paths:
  /things:
    get: { operationId: listThings, responses: { '200': { description: Some., content: { application/json: { schema: { type: array, items: { $ref: '#/components/schemas/Thing' } } } } } } }
    post:
      operationId: makeThing
      requestBody: { content: { application/json: { schema: { type: object, properties: { name: { type: string } } } } } }
      responses: { '201': { description: Made., content: { application/json: { schema: { $ref: '#/components/schemas/Thing' } } } } }
${extra}components:
  schemas: { Thing: { type: object, required: [id, name], properties: { id: { type: string }, name: { type: string } } } }
`;
const make = (port: number, name: string) =>
  ask(port, { method: 'POST', path: '/things', headers: json, body: JSON.stringify({ name }) });

it('state in a file outlives the process', async () => {
  const contract = path.join(folder, 'things.yaml');
  writeFileSync(contract, things());
  const state = path.join(folder, 'kept', '..', 'state.json');
  const first = await spawnMock([contract, '--state', state]);
  expect(await make(first.port, 'first of all')).toMatch(/^201 /);
  expect(await stop(first.child)).toBe(0);
  expect(JSON.parse(readFileSync(state, 'utf8'))).toMatchObject({ format: 'plinth-mock-state/1' });
  expect(existsSync(`${state}.new`)).toBe(false);
  const second = await spawnMock([contract, '--state', state]);
  expect(await ask(second.port, { method: 'GET', path: '/things' })).toContain('first of all');
});

it('two versions of an API stand beside each other, each with things of its own', async () => {
  const files = ['/v1', '/v2'].map((base) => {
    const file = path.join(folder, `${base.slice(1)}.yaml`);
    writeFileSync(file, things().replace('paths:', `servers: [{ url: ${base} }]\npaths:`));
    return file;
  });
  const { port } = await spawnMock(files);
  await ask(port, { method: 'POST', path: '/v1/things', headers: json, body: '{"name":"only here"}' });
  expect(await ask(port, { method: 'GET', path: '/v1/things' })).toContain('only here');
  expect(await ask(port, { method: 'GET', path: '/v2/things' })).toMatch(/^200 (?!.*only here)/s);
});

it('a contract that changes is read again, and what was made stays', async () => {
  const contract = path.join(folder, 'watched.yaml');
  writeFileSync(contract, things());
  const { port, said } = await spawnMock([contract, '--watch']);
  await make(port, 'kept');
  writeFileSync(contract, 'openapi: [');
  await vi.waitFor(() => expect(said()).toContain('cannot be read'), 10_000);
  writeFileSync(
    contract,
    things("  /more: { get: { operationId: more, responses: { '204': { description: Nothing. } } } }\n"),
  );
  await vi.waitFor(async () => expect(await ask(port, { method: 'GET', path: '/more' })).toMatch(/^204 /), 10_000);
  expect(await ask(port, { method: 'GET', path: '/things' })).toContain('kept');
});

it.each([
  [['--seed', 'x'], '--seed x is no whole number'],
  [['--clock', 'noon'], '--clock noon is no time'],
  [['--clock-mode', 'slow'], 'real, fixed, manual'],
  [['--auth', 'maybe'], 'off, presence, dev'],
  [['--unknown-id', 'maybe'], 'auto, conjure, 404'],
  [['--latency', '9-1'], 'for example --latency 50-200'],
  [['--upstream', 'https://api.example.com'], 'belong together'],
  [['--upstream', 'https://api.example.com', '--real', 'buy'], 'listOrders'],
  [['--faults', 'absent.yaml'], 'absent.yaml cannot be read'],
])('%j is a wrong command line: 2', async (words, advice) => {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  try {
    expect(await run(['mock', orders, ...words])).toBe(2);
    expect(write.mock.calls.join('')).toContain(advice);
  } finally {
    write.mockRestore();
  }
});

it('a state file of somebody else is not overwritten: 3', async () => {
  const file = path.join(folder, 'foreign.json');
  writeFileSync(file, '{"mine":true}');
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  expect(await run(['mock', orders, '--state', file])).toBe(3);
  write.mockRestore();
  expect(readFileSync(file, 'utf8')).toBe('{"mine":true}');
});
