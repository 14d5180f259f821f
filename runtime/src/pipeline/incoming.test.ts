// The header record of our requests against the one Node makes of the same bytes.

import { createServer, IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { lean } from './incoming.ts';

let server: Server;

beforeAll(async () => {
  server = createServer({ ...lean, requireHostHeader: false }, (request, response) => {
    const theirs = Reflect.get(IncomingMessage.prototype, 'headers', request);
    const both = [request.headers, theirs].map((record) => Object.entries(record));
    response.end(JSON.stringify(both));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => server.close());

test.for([
  [['Host: a', 'ACCEPT: x', 'content-Type: y', 'X-New: 1']],
  [['Host: a', 'Accept: x', 'accept: y', 'X-New: 1', 'x-new: 2']],
  [['Host: a', 'Host: b', 'Authorization: 1', 'authorization: 2', 'Cookie: a=1', 'cookie: b=2']],
  [['Set-Cookie: a=1', 'set-cookie: b=2']],
  [['Set-Cookie: a=1']],
  [['__proto__: x', 'constructor: y', 'toString: z', 'hasOwnProperty: q']],
  [['X-Empty:', 'X-Empty2: ']],
  [[]],
  [Array.from({ length: 600 }, (_, index) => `X-Field-${index}: ${index}`)],
])('the record of %j is the one of Node', async ([fields]) => {
  const [ours, theirs] = JSON.parse(await ask(fields as string[])) as [unknown[], unknown[]];
  expect(ours).toEqual(theirs);
});

function ask(fields: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString('latin1')));
    socket.on('error', reject);
    socket.on('close', () => resolve(text.slice(text.indexOf('\r\n\r\n') + 4)));
    socket.write(`GET / HTTP/1.1\r\n${[...fields, 'Connection: close'].join('\r\n')}\r\n\r\n`);
  });
}
