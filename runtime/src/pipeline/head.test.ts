// What goes over the wire: the head written as text against the one `node:http` writes, and its connection.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { fieldLines, isField, writeHead, writeWhole } from './head.ts';

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

const json = fieldLines(['Content-Type', 'application/json', 'Content-Length', '2']);

test('an answer is what node writes, but that a connection of HTTP/1.1 stays open without a word', async () => {
  const ours = await exchange('GET / HTTP/1.1\r\nHost: a\r\n\r\n', (_, response) => {
    writeWhole(response, 200, json, '{}');
  });
  const theirs = await exchange('GET / HTTP/1.1\r\nHost: a\r\n\r\n', (_, response) => {
    response.writeHead(200, ['Content-Type', 'application/json', 'Content-Length', '2']).end('{}');
  });
  expect(said(ours)).toEqual(said(theirs));
  expect(ours).toMatch(/\r\nDate: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r\n/);
});

test('a response that does not tell the date tells the one among its fields', async () => {
  const text = await exchange('GET / HTTP/1.1\r\nHost: a\r\n\r\n', (_, response) => {
    response.sendDate = false;
    writeWhole(response, 200, `${json}Date: Tue, 24 Nov 2026 12:00:00 GMT\r\n`, '{}');
  });
  expect(text.match(/\r\nDate: .*/g)).toEqual(['\r\nDate: Tue, 24 Nov 2026 12:00:00 GMT']);
  expect(text.startsWith('HTTP/1.1 200 OK\r\n')).toBe(true);
});

test('two requests of one connection, also sent together, are answered in turn', async () => {
  const text = await exchange(
    'GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    ({ url }, response) => {
      const body = `"${url}"`;
      const fields = fieldLines(['Content-Length', String(body.length)]);
      setTimeout(() => writeWhole(response, 200, fields, body), url === '/1' ? 20 : 0);
    },
    'end',
  );
  expect(text.match(/"\/\d"/g)).toEqual(['"/1"', '"/2"']);
  expect(text.match(/Connection: close/g)).toHaveLength(1);
});

test.for([
  ['a caller who closes', 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', 'Connection: close'],
  ['HTTP/1.0', 'GET / HTTP/1.0\r\n\r\n', 'Connection: close'],
] as const)('%s gets the end of the connection', async ([, request, line]) => {
  const text = await exchange(request, (_, response) => writeWhole(response, 200, json, '{}'), 'end');
  expect(text).toContain(line);
});

test('HTTP/1.0 that wants to stay is told so', async () => {
  const request = 'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n';
  expect(await exchange(request, (_, response) => writeWhole(response, 200, json, '{}'))).toContain(
    'Connection: keep-alive',
  );
});

test('the last request that a connection may make is its end', async () => {
  const text = await exchange(
    'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
    (_, response) => writeWhole(response, 200, json, '{}'),
    'end',
    1,
  );
  expect(text).toContain('Connection: close');
});

test.for([204, 304])('%d has no body', async (status) => {
  const text = await exchange(
    'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    (_, response) => {
      writeHead(response, status, 'ETag: "1"\r\n');
      response.end('nor does what is given become one');
    },
    'end',
  );
  expect(text.endsWith('Connection: close\r\n\r\n')).toBe(true);
  expect(text).not.toContain('Transfer-Encoding');
});

test('what would split an answer is no field', () => {
  expect(isField('Location', '/a\r\nSet-Cookie: x=1')).toBe(false);
  expect(isField('Location', '/\u{1f600}')).toBe(false);
  expect(isField('Lo cation', '/a')).toBe(false);
  expect(isField('Location', '/a?b=1')).toBe(true);
  expect(() => fieldLines(['Location', '/a\nb'])).toThrow(/not sendable/);
});

/** Without what is said of the connection, and without the time. */
function said(text: string): string[] {
  return text
    .split('\r\n')
    .map((line) => line.replace(/^Date: .*/, 'Date'))
    .filter((line) => !/^(Connection|Keep-Alive):/i.test(line))
    .toSorted(); // The order of fields means nothing (RFC 9110, 5.3).
}

/** Sends bytes to a server with this listener. `until`: the end of the connection, else the first whole answer. */
async function exchange(
  request: string,
  listener: (request: IncomingMessage, response: ServerResponse) => unknown,
  until: 'answer' | 'end' = 'answer',
  mostRequests = 0,
): Promise<string> {
  server = createServer((incoming, response) => void listener(incoming, response));
  server.maxRequestsPerSocket = mostRequests;
  // A connection ends by its answer, or never.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  let text = '';
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('end', resolve);
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (until === 'answer' && text.includes('\r\n\r\n')) resolve();
    });
    socket.write(request);
  });
  socket.destroy();
  return text;
}
