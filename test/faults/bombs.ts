// Bodies made to cost more than they are: deep, wide, long, compressed, endless, or of another length than they say.

import { gzipSync } from 'node:zlib';

export interface Bomb {
  name: string;
  /** Field lines with CRLF. */
  fields: string;
  body: Buffer;
  /** Statuses that are fine; none = the connection is cut or nothing comes. */
  answers: readonly number[];
}

const json = 'Content-Type: application/json\r\n';
const sized = (body: Buffer): string => `Content-Length: ${body.length}\r\n`;
const refused = [400, 413, 422];
/** A megabyte less what stands around. */
const most = 1_048_000;

function whole(name: string, text: string, answers: readonly number[] = refused): Bomb {
  const body = Buffer.from(text);
  return { name, fields: json + sized(body), body, answers };
}

const members = (count: number, name: (n: number) => string): string =>
  `{"text":"a",${Array.from({ length: count }, (_, n) => `"${name(n)}":0`).join(',')}}`;
const zipped = gzipSync(Buffer.alloc(100_000_000));
const form = `${'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'.repeat(20_000)}--x--\r\n`;

export const bombs: readonly Bomb[] = [
  whole('a depth of a million', '['.repeat(1_000_000)),
  whole('a depth of half a million, closed', '['.repeat(500_000) + ']'.repeat(500_000)),
  whole('objects a hundred thousand deep', `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`),
  whole(
    '200,000 members, too long',
    members(200_000, (n) => `m${n}`),
  ),
  whole(
    '100,000 members',
    members(100_000, (n) => n.toString(36)),
  ),
  whole(
    'members that are numbers',
    members(100_000, (n) => String(n)),
  ),
  whole(
    'members that are large numbers',
    members(60_000, (n) => String(4_294_967_295 - n)),
  ),
  whole(
    'one member 100,000 times',
    members(100_000, () => 'a'),
  ),
  whole('a number of a megabyte', `{"text":${'9'.repeat(most)}}`),
  whole('a number with a long exponent', `{"text":1e${'9'.repeat(100_000)}}`),
  whole('a string of a megabyte', `{"text":"${'a'.repeat(most)}"}`, [...refused, 200]),
  whole('escapes of a megabyte', `{"text":"${String.raw`\u0041`.repeat(170_000)}"}`, [...refused, 200]),
  whole('half an escape at the end', `{"text":"${'a'.repeat(100_000)}\\`),
  whole('half a million items', `{"text":[${'0,'.repeat(500_000)}0]}`),
  whole('empty arrays in one array', `[${'[],'.repeat(300_000)}[]]`),
  whole('spaces of a megabyte', `${' '.repeat(most)}{}`, refused),
  whole('__proto__ in disguise', String.raw`{"text":"a","\u005f_proto__":{"isAdmin":true}}`),
  whole('two megabytes', `{"text":"${'a'.repeat(2_000_000)}"}`, [413]),
  {
    name: 'bytes that are no UTF-8',
    fields: `${json}Content-Length: 4\r\n`,
    body: Buffer.from('\xff\xfe{}', 'latin1'),
    answers: refused,
  },
  {
    name: 'gzip one to a thousand',
    fields: `${json}Content-Encoding: gzip\r\n${sized(zipped)}`,
    body: zipped,
    answers: [413, 415],
  },
  {
    name: 'deflate',
    fields: `${json}Content-Encoding: deflate\r\n${sized(zipped)}`,
    body: zipped,
    answers: [413, 415],
  },
  {
    name: 'a form of 20,000 parts',
    fields: `Content-Type: multipart/form-data; boundary=x\r\nContent-Length: ${form.length}\r\n`,
    body: Buffer.from(form),
    answers: [413, 415],
  },
  {
    name: 'chunks without end',
    fields: `${json}Transfer-Encoding: chunked\r\n`,
    body: Buffer.from(`8000\r\n${'a'.repeat(32_768)}\r\n`.repeat(400)),
    answers: [413],
  },
  {
    name: 'chunks of one byte',
    fields: `${json}Transfer-Encoding: chunked\r\n`,
    body: Buffer.from(`${'1\r\na\r\n'.repeat(200_000)}0\r\n\r\n`),
    answers: refused,
  },
  {
    name: 'a length of a terabyte',
    fields: `${json}Content-Length: 1099511627776\r\n`,
    body: Buffer.from('{}'),
    answers: [413],
  },
  {
    name: 'a length that is longer',
    fields: `${json}Content-Length: 900\r\n`,
    body: Buffer.from('{"text":"a"}'),
    answers: [408],
  },
  {
    name: 'a length that is shorter',
    fields: `${json}Content-Length: 5\r\n`,
    body: Buffer.from('{"text":"a"}'),
    answers: refused,
  },
];
