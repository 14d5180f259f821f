import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Contract, load } from '@plinth/contract';
import { afterEach, expect, it } from 'vitest';
import { openFacts } from './test-facts.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function contractOf(emits: string): Promise<Contract> {
  const text = `openapi: 3.1.0
info: { title: Notes, version: 1.0.0 }
x-plinth: { capability: notes }
paths: { /notes: { post: { operationId: makeNote, x-plinth: { effect: write, emits: [${emits}] }, responses: {} } } }
`;
  const { contract } = await load('notes.yaml', { read: async () => text });
  if (!contract) throw new Error('the contract must load');
  return contract;
}

/** Shows facts to Ada alone. Gives its address, and what tells one. */
async function start(): Promise<{ baseUrl: string; tell: (type: string, subject: string) => void; asked: string[] }> {
  const asked: string[] = [];
  let open: ServerResponse | undefined;
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    if (request.headers.authorization !== 'Bearer ada') return response.writeHead(403).end();
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    open = response;
    return response.write('retry: 1000\nid: 7\n: open\n\n');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/notes/v1`;
  // A message may come in two pieces.
  const tell = (type: string, subject: string): void => {
    open?.write(`id: 8\ndata: {"type":"${type}",`);
    open?.write(`"subject":"${subject}"}\n\n`);
  };
  return { baseUrl, tell, asked };
}

const ada = { name: 'ada', headers: { authorization: 'Bearer ada' } };
const ben = { name: 'ben', headers: { authorization: 'Bearer ben' } };

it('sees what is told to one of the principals, after the mark', async () => {
  const { baseUrl, tell, asked } = await start();
  const facts = await openFacts(baseUrl, await contractOf('note.made'), [ben, ada]);
  expect(asked).toEqual(['/live?topics=notes', '/live?topics=notes']);
  const since = facts?.mark() ?? 0;
  setTimeout(() => tell('note.made', 'n1'), 30);
  expect(await facts?.told(since, ({ type, subject }) => type === 'note.made' && subject === 'n1')).toBe(true);
  expect(await facts?.told(facts.mark(), ({ subject }) => subject === 'n1')).toBe(false);
  facts?.close();
}, 10_000);

it('is nothing where nobody may listen, nothing is told, or nothing answers', async () => {
  const { baseUrl, asked } = await start();
  expect(await openFacts(baseUrl, await contractOf('note.made'), [ben])).toBeUndefined();
  expect(await openFacts(baseUrl, await contractOf('note.made'), [])).toBeUndefined();
  expect(await openFacts('http://127.0.0.1:1/', await contractOf('note.made'), [ada])).toBeUndefined();
  asked.length = 0;
  expect(await openFacts(baseUrl, await contractOf(''), [ada])).toBeUndefined();
  expect(asked).toEqual([]);
});
