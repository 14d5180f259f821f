import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../kernel/index.ts';
import { HeadReader, type PlainHead } from './head-reader.ts';

const get = 'GET /a/b?c=%20d HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n';

function read(text: string, reader = new HeadReader()): PlainHead | undefined {
  return reader.read(Buffer.from(text, 'latin1'));
}

/** A request with these field lines behind its Host. */
function withLines(lines: string, body = ''): string {
  return `POST /a HTTP/1.1\r\nHost: a\r\n${lines}\r\n${body}`;
}

function many(lines: number): string {
  return withLines(Array.from({ length: lines }, (_, n) => `x-${n}: 1\r\n`).join(''));
}

function long(letters: number): string {
  return withLines(`x: ${'a'.repeat(letters)}\r\n`);
}

describe('a plain head', () => {
  it('is read as it was sent', () => {
    expect(read(withLines('X-Odd: a\tb c\r\ncontent-length: 3\r\nEmpty:\r\n', 'abc'))).toEqual({
      method: 'POST',
      target: '/a',
      lines: [
        { text: 'Host: a\r\n', start: 'Host: ', name: 'host', value: 'a' },
        { text: 'X-Odd: a\tb c\r\n', start: 'X-Odd: ', name: 'x-odd', value: 'a\tb c' },
        { text: 'content-length: 3\r\n', start: 'content-length: ', name: 'content-length', value: '3' },
        { text: 'Empty:\r\n', start: 'Empty:', name: 'empty', value: '' },
      ],
      bytes: 70,
      bodyBytes: 3,
    });
  });

  it.each(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('may ask with %s', (method) => {
    expect(read(`${method} /a HTTP/1.1\r\nHost: a\r\n\r\n`)).toMatchObject({ method, target: '/a', bodyBytes: 0 });
  });

  it('keeps its connection, in letters of any size', () => {
    expect(read(withLines('Connection: Keep-Alive\r\n'))?.lines[1]?.value).toBe('Keep-Alive');
  });

  it('has up to 48 lines and 8 KiB', () => {
    expect(read(many(47))?.lines.length).toBe(48);
    expect(read(many(48))).toBe(undefined);
    const others = long(0).length;
    expect(read(long(8192 - others))?.bytes).toBe(8192);
    expect(read(long(8193 - others))).toBe(undefined);
  });
});

it.each([
  ['is not whole', 'GET /a HTTP/1.1\r\nHost: a\r\n'],
  ['has another method', get.replace('GET', 'TRACE')],
  ['has a method in small letters', get.replace('GET', 'get')],
  ['has no target', 'GET HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['has an absolute target', get.replace('/a', 'http://a/a')],
  ['asks for all', 'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['has a target with a fragment', get.replace('?c', '#c')],
  ['has a target with a space', get.replace('/a/b', '/a b')],
  ['has a target with a letter beyond ASCII', get.replace('/a/b', '/a\xe4')],
  ['has a target with a control character', get.replace('/a/b', '/a\x01')],
  ['is of HTTP/1.0', get.replace('1.1', '1.0')],
  ['is of HTTP/2.0', get.replace('1.1', '2.0')],
  ['has two spaces', get.replace('GET ', 'GET  ')],
  ['begins with an empty line', `\r\n${get}`],
  ['has no Host', 'GET /a HTTP/1.1\r\nAccept: */*\r\n\r\n'],
  ['has no field at all', 'GET /a HTTP/1.1\r\n\r\n'],
  ['has two Hosts', withLines('Host: a\r\n')],
  ['has a name twice', withLines('X: 1\r\nx: 2\r\n')],
  ['has a name with a space', withLines('X : 1\r\n')],
  ['has a line without a colon', withLines('X\r\n')],
  ['has a name of no letter', withLines(': 1\r\n')],
  ['has a folded line', withLines('X: 1\r\n 2\r\n')],
  ['has a bare LF', withLines('X: 1\nY: 2\r\n')],
  ['has a bare CR', withLines('X: 1\rY: 2\r\n')],
  ['has NUL', withLines('X: 1\0\r\n')],
  ['has a value beyond ASCII', withLines('X: \xe4\r\n')],
  ['has a value that ends with a space', withLines('X: 1 \r\n')],
  ['has a value that begins with two spaces', withLines('X:  1\r\n')],
  ['has a name of Object', withLines('constructor: 1\r\n')],
  ['has a length with a sign', withLines('Content-Length: +1\r\n', 'a')],
  ['has a length with a zero before it', withLines('Content-Length: 01\r\n', 'a')],
  ['has an empty length', withLines('Content-Length:\r\n')],
  ['has two lengths', withLines('Content-Length: 1\r\nContent-Length: 1\r\n', 'a')],
  ['has a transfer coding', withLines('Transfer-Encoding: chunked\r\n', '0\r\n\r\n')],
  ['ends the connection', withLines('Connection: close\r\n')],
  ['names fields of the connection', withLines('Connection: keep-alive, x\r\n')],
  ['changes the protocol', withLines('Upgrade: h2c\r\n')],
  ['expects', withLines('Expect: 100-continue\r\n')],
  ['has trailers', withLines('Trailer: x\r\n')],
  ['takes trailers', withLines('TE: trailers\r\n')],
  ['sets a cookie', withLines('Set-Cookie: a=b\r\n')],
])('what %s is left to Node', (_, text) => {
  expect(read(text)).toBe(undefined);
});

describe('what is known of the request before', () => {
  it('is the same line, and not read anew', () => {
    const reader = new HeadReader();
    const first = read(withLines('Authorization: Bearer a\r\nX: 1\r\n'), reader);
    const second = read(withLines('Authorization: Bearer a\r\nX: 2\r\n'), reader);
    expect(second?.lines.map(({ value }) => value)).toEqual(['a', 'Bearer a', '2']);
    expect(second?.lines[1]).toBe(first?.lines[1]);
    expect(read(withLines('Authorization: Bearer a\r\nX: 2\r\n'), reader)?.lines).toBe(second?.lines);
  });

  it('is forgotten when it is long', () => {
    const reader = new HeadReader();
    const [first, second] = [0, 1].map(() => read(long(4096), reader));
    expect(second?.lines).toEqual(first?.lines);
    expect(second?.lines[0]).not.toBe(first?.lines[0]);
  });

  it('does not change what an earlier request had', () => {
    const reader = new HeadReader();
    const first = read(withLines('Authorization: Bearer a\r\n'), reader);
    read(withLines('Authorization: Bearer b\r\n'), reader);
    expect(first?.lines[1]?.value).toBe('Bearer a');
  });

  it.each([
    ['fewer lines', 'X: 1\r\n', ['a', '1']],
    ['more lines', 'X: 1\r\nY: 2\r\nZ: 3\r\n', ['a', '1', '2', '3']],
    ['another order', 'Y: 2\r\nX: 1\r\n', ['a', '2', '1']],
  ])('does not stay with %s', (__, lines, values) => {
    const reader = new HeadReader();
    read(withLines('X: 1\r\nY: 2\r\n'), reader);
    expect(read(withLines(lines), reader)?.lines.map(({ value }) => value)).toEqual(values);
  });

  it.each([
    ['a control character', 'X: 0\r\n', 'X: \x01\r\n'],
    ['a folded line', 'X: 0\r\n', 'X: 1\r\n 2\r\n'],
    ['a space at the end', 'X: 0\r\n', 'X: 1 \r\n'],
    ['another connection', 'Connection: keep-alive\r\n', 'Connection: close\r\n'],
    ['a length of no number', 'Content-Length: 0\r\n', 'Content-Length: 1_000\r\n'],
  ])('is no way around what has to be plain: %s', (__, before, lines) => {
    const reader = new HeadReader();
    expect(read(withLines(before), reader)).toBeDefined();
    expect(read(withLines(lines), reader)).toBe(undefined);
  });

  it('is what it was when lines go and come again', () => {
    const reader = new HeadReader();
    const heads = [
      'X: 1\r\nY: 2\r\n',
      'X: 1\r\n',
      'X: 1\r\nY: 2\r\n',
      '',
      'X: 1\r\n',
      'X: 2\r\nY: 2\r\n',
      'X: 1\r\nY: 2\r\n',
    ];
    for (const lines of heads) expect(read(withLines(lines), reader)).toEqual(read(withLines(lines)));
  });

  it('is no way around what has to be there once', () => {
    for (const lines of ['Y: 1\r\nY: 3\r\n', 'X: 1\r\nX: 1\r\n', 'X: 1\r\nHost: a\r\n', 'X: 1\r\nY: 2\r\nY: 3\r\n']) {
      const reader = new HeadReader();
      read(withLines('X: 1\r\nY: 2\r\n'), reader);
      expect(read(withLines(lines), reader)).toBe(undefined);
    }
    const reader = new HeadReader();
    read('GET /a HTTP/1.1\r\nX: 1\r\nHost: a\r\n\r\n', reader);
    expect(read('GET /a HTTP/1.1\r\nX: 1\r\n\r\n', reader)).toBe(undefined);
    expect(read('GET /a HTTP/1.1\r\nX: 1\r\nY: a\r\n\r\n', reader)).toBe(undefined);
  });

  it('is the length of each body by itself', () => {
    const reader = new HeadReader();
    expect(read(withLines('Content-Length: 3\r\n', 'abc'), reader)?.bodyBytes).toBe(3);
    expect(read(withLines('Content-Length: 2\r\n', 'ab'), reader)?.bodyBytes).toBe(2);
    expect(read(withLines(''), reader)?.bodyBytes).toBe(0);
    expect(read(withLines('Content-Length: 2\r\n', 'ab'), reader)?.bodyBytes).toBe(2);
  });
});

describe('beside Node’s parser', () => {
  interface Seen {
    method: string | undefined;
    target: string | undefined;
    fields: string[];
    body: string;
  }
  let server: Server;
  let seen: Seen[] = [];

  beforeAll(async () => {
    server = createServer({ requireHostHeader: false, maxHeaderSize: 16 * 1024 }, (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method, url: target, rawHeaders: fields } = request;
        seen.push({ method, target, fields, body: Buffer.concat(chunks).toString('latin1') });
        response.end();
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  /** What Node makes of it when nothing follows. */
  async function byNode(text: string): Promise<Seen[]> {
    seen = [];
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.resume();
    socket.end(Buffer.from(text, 'latin1'));
    await once(socket, 'close');
    return seen;
  }

  const bodies = ['', '{"a":1}', 'a\r\nb: c\r\n\r\n'];
  const fields = [
    'Accept: application/json',
    'Authorization: Bearer abc.def',
    'Content-Type: application/json',
    'Cookie: a=b; c=d',
    'Connection: keep-alive',
    'Connection: close',
    'Idempotency-Key: "k"',
    'Transfer-Encoding: chunked',
    'X-Empty:',
    'X-Tab:\ta',
    'accept: */*',
  ];
  const pieces = [
    '\r',
    '\n',
    '\r\n',
    ' ',
    '\t',
    ':',
    '\0',
    '\xe4',
    ';',
    ',',
    '"',
    '#',
    '?',
    '%',
    '0',
    'a',
    '\x7f',
    '\r\n ',
  ];

  it('nothing is read that Node would not have read, nor otherwise', async () => {
    const random = seededRandom(11).stream('heads');
    const int = (below: number): number => random.int(below);
    const pick = <T>(list: readonly T[]): T => random.pick(list);
    const reader = new HeadReader();
    let plain = 0;
    let others = 0;
    for (let n = 0; n < 3000; n++) {
      const body = pick(bodies);
      const lines = Array.from({ length: int(5) }, () => pick(fields));
      if (body !== '') lines.push(`Content-Length: ${body.length}`);
      let text = `${pick(['GET', 'POST', 'DELETE'])} ${pick(['/', '/a/b?c=d', '/a%20b'])} HTTP/1.1\r\nHost: a\r\n${lines
        .map((line) => `${line}\r\n`)
        .join('')}\r\n${body}`;
      for (let faults = int(3); faults > 0; faults--) {
        const at = int(text.length);
        text = text.slice(0, at) + pick(pieces) + text.slice(at + int(2));
      }
      const head = reader.read(Buffer.from(text, 'latin1'));
      if (head === undefined || head.bytes + head.bodyBytes !== text.length) {
        others += 1;
        continue;
      }
      plain += 1;
      const { method, target, lines: found } = head;
      const sent = found.flatMap(({ text: line, value }) => [line.slice(0, line.indexOf(':')), value]);
      const request = { method, target, fields: sent, body: text.slice(head.bytes) };
      expect({ text, seen: await byNode(text) }).toEqual({ text, seen: [request] });
    }
    expect(plain).toBeGreaterThan(500);
    expect(others).toBeGreaterThan(500);
  }, 60_000);
});
