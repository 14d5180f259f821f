// Messages that two readers may understand in two ways. Each carries a text that would be kept if it were understood, and
// many hide a second message that keeps another one. Sources: RFC 9112 sections 2.2, 3.2, 5, 6, 7.1, 11.2.

export interface MalformedCase {
  name: string;
  /** `text` is kept by the outer message, `hidden` by a smuggled one. */
  bytes: (text: string, hidden: string) => string;
  /** `refused`: nothing is kept. `one`: the outer message is understood. `either`: one of the two. */
  expect: 'refused' | 'one' | 'either';
}

const target = '/reference/v1/notes';
const bodyOf = (text: string): string => `{"text":"${text}"}`;
const keyOf = (text: string): string => `Idempotency-Key: "${text}"\r\n`;

interface Parts {
  line?: string;
  host?: string;
  /** Complete field lines with CRLF. */
  fields?: string;
  /** Instead of Content-Length. */
  length?: string;
  body?: string;
}

function message(text: string, { line, host, fields = '', length, body = bodyOf(text) }: Parts = {}): string {
  const head = `${line ?? `POST ${target} HTTP/1.1`}\r\n${host ?? 'Host: a\r\n'}`;
  const size = length ?? `Content-Length: ${body.length}\r\n`;
  return `${head}Content-Type: application/json\r\n${keyOf(text)}${fields}${size}\r\n${body}`;
}

const chunked = (body: string, end = '0\r\n\r\n'): string => `${body.length.toString(16)}\r\n${body}\r\n${end}`;
const coded = 'Transfer-Encoding: chunked\r\n';

function refused(name: string, bytes: MalformedCase['bytes']): MalformedCase {
  return { name, bytes, expect: 'refused' };
}
function either(name: string, bytes: MalformedCase['bytes']): MalformedCase {
  return { name, bytes, expect: 'either' };
}
function one(name: string, bytes: MalformedCase['bytes']): MalformedCase {
  return { name, bytes, expect: 'one' };
}
const withParts = (parts: Parts) => (text: string) => message(text, parts);

const hosts: MalformedCase[] = [
  refused('no Host', withParts({ host: '' })),
  refused('two Hosts', withParts({ host: 'Host: a\r\nHost: b\r\n' })),
  refused('the same Host twice', withParts({ host: 'Host: a\r\nHost: a\r\n' })),
  refused('Host and HOST', withParts({ host: 'Host: a\r\nHOST: b\r\n' })),
  refused('space before the colon of Host', withParts({ host: 'Host : a\r\n' })),
  refused('Host after a folded line', withParts({ host: 'X: 1\r\n Host: a\r\n' })),
];

const lengths: MalformedCase[] = [
  ...['-1', '+17', '0x11', '1e1', '17, 17', '17,18', ' ', '17 17', '99999999999999999999', '1_7'].map((value) =>
    refused(`Content-Length: ${value}`, withParts({ length: `Content-Length: ${value}\r\n` })),
  ),
  refused('two lengths', (text) => {
    const { length } = bodyOf(text);
    return message(text, { length: `Content-Length: ${length}\r\nContent-Length: ${length + 1}\r\n` });
  }),
  refused('the same length twice', (text) => {
    const { length } = bodyOf(text);
    return message(text, { length: `Content-Length: ${length}\r\nContent-Length: ${length}\r\n` });
  }),
  either('a shorter length that hides a message', (text, hidden) =>
    message(text, { length: 'Content-Length: 0\r\n', body: message(hidden, { host: '', line: 'POST' }) }),
  ),
];

const codings: MalformedCase[] = [
  refused('length and coding', (text) =>
    message(text, { length: `Content-Length: 4\r\n${coded}`, body: chunked(bodyOf(text)) }),
  ),
  refused('coding and length', (text) =>
    message(text, { length: `${coded}Content-Length: 4\r\n`, body: chunked(bodyOf(text)) }),
  ),
  refused('length and coding that hide a message', (text, hidden) =>
    message(text, { length: `Content-Length: 5\r\n${coded}`, body: `0\r\n\r\n${message(hidden)}` }),
  ),
  ...[
    'xchunked',
    'chunked, identity',
    'identity',
    'gzip, chunked',
    'chunked, chunked',
    '\x0bchunked',
    'chunked;a=b',
    '"chunked"',
  ].map((value) =>
    refused(`Transfer-Encoding: ${JSON.stringify(value)}`, (text) =>
      message(text, { length: `Transfer-Encoding: ${value}\r\n`, body: chunked(bodyOf(text)) }),
    ),
  ),
  refused('two codings', (text) =>
    message(text, { length: `${coded}Transfer-Encoding: identity\r\n`, body: chunked(bodyOf(text)) }),
  ),
  refused('space before the colon of the coding', (text) =>
    message(text, { length: 'Transfer-Encoding : chunked\r\n', body: chunked(bodyOf(text)) }),
  ),
  refused('a coding on a folded line', (text) =>
    message(text, { length: 'X: 1\r\n Transfer-Encoding: chunked\r\n', body: chunked(bodyOf(text)) }),
  ),
  one('CHUNKED in capitals', (text) =>
    message(text, { length: 'Transfer-Encoding: CHUNKED\r\n', body: chunked(bodyOf(text)) }),
  ),
  either('a coding in HTTP/1.0', (text) =>
    message(text, { line: `POST ${target} HTTP/1.0`, length: coded, body: chunked(bodyOf(text)) }),
  ),
];

const inChunks = (name: string, body: (text: string, hidden: string) => string): MalformedCase =>
  refused(name, (text, hidden) => message(text, { length: coded, body: body(text, hidden) }));

const chunks: MalformedCase[] = [
  one('a chunked body', (text) => message(text, { length: coded, body: chunked(bodyOf(text)) })),
  either('a chunk extension', (text) =>
    message(text, { length: coded, body: `${bodyOf(text).length.toString(16)};a=b\r\n${bodyOf(text)}\r\n0\r\n\r\n` }),
  ),
  inChunks(
    'a chunk extension of 64 KiB',
    (text) => `1;a=${'b'.repeat(65_536)}\r\n{\r\n${chunked(bodyOf(text).slice(1))}`,
  ),
  inChunks('a negative chunk', (text) => `-1\r\n${bodyOf(text)}\r\n0\r\n\r\n`),
  inChunks('a chunk size with 0x', (text) => `0x${bodyOf(text).length.toString(16)}\r\n${bodyOf(text)}\r\n0\r\n\r\n`),
  inChunks('a chunk size beyond 64 bits', (text) => `fffffffffffffffff\r\n${bodyOf(text)}\r\n0\r\n\r\n`),
  inChunks('a chunk without its end', (text) => `${bodyOf(text).length.toString(16)}\r\n${bodyOf(text)}0\r\n\r\n`),
  inChunks(
    'a bare LF after a chunk size',
    (text) => `${bodyOf(text).length.toString(16)}\n${bodyOf(text)}\r\n0\r\n\r\n`,
  ),
  inChunks(
    'a bare CR after a chunk size',
    (text) => `${bodyOf(text).length.toString(16)}\r${bodyOf(text)}\r\n0\r\n\r\n`,
  ),
  inChunks('a space before a chunk size', (text) => ` ${chunked(bodyOf(text))}`),
  either('a trailer', (text) => message(text, { length: coded, body: chunked(bodyOf(text), '0\r\nX: 1\r\n\r\n') })),
  either('a trailer that is a length', (text) =>
    message(text, { length: coded, body: chunked(bodyOf(text), '0\r\nContent-Length: 99\r\n\r\n') }),
  ),
];

const lines: MalformedCase[] = [
  refused('a bare LF at every line', (text) => message(text).replaceAll('\r\n', '\n')),
  refused('a bare CR in a field', withParts({ fields: 'X: a\rb\r\n' })),
  refused('a bare LF in a field', withParts({ fields: 'X: a\nContent-Length: 0\r\n' })),
  refused('a NUL in a field', withParts({ fields: 'X: a\0b\r\n' })),
  refused('a NUL in a name', withParts({ fields: 'X\0: a\r\n' })),
  refused('a folded line', withParts({ fields: 'X: a\r\n b\r\n' })),
  refused('a line without a colon', withParts({ fields: 'nonsense\r\n' })),
  refused('an empty name', withParts({ fields: ': a\r\n' })),
  refused('a space in a name', withParts({ fields: 'X Y: a\r\n' })),
  refused('a first field that begins with a space', withParts({ host: ' X: a\r\nHost: a\r\n' })),
  one('a header called __proto__', withParts({ fields: '__proto__: polluted\r\nconstructor: x\r\n' })),
  one('headers called toString and hasOwnProperty', withParts({ fields: 'toString: x\r\nhasOwnProperty: x\r\n' })),
  either('a byte above ASCII in a value', withParts({ fields: 'X: \u00ff\r\n' })),
  refused('101 headers', withParts({ fields: 'X: a\r\n'.repeat(101) })),
  refused('a head of 17 KiB', withParts({ fields: `X: ${'a'.repeat(17 * 1024)}\r\n` })),
  either('empty lines before the message', (text) => `\r\n\r\n${message(text)}`),
];

const line = (name: string, first: string): MalformedCase => refused(name, (text) => message(text, { line: first }));

const targets: MalformedCase[] = [
  line('an absolute target', `POST http://elsewhere.example${target} HTTP/1.1`),
  line('an authority as target', 'POST elsewhere.example:80 HTTP/1.1'),
  line('a target without a slash', 'POST reference/v1/notes HTTP/1.1'),
  line('a space in the target', 'POST /reference/v1/no tes HTTP/1.1'),
  line('a NUL in the target', 'POST /reference/v1/no\0tes HTTP/1.1'),
  line('an encoded NUL in the target', 'POST /reference/v1/notes%00 HTTP/1.1'),
  line('an encoded dot segment', 'POST /x/%2e%2e/reference/v1/notes HTTP/1.1'),
  line('another case', 'POST /Reference/v1/notes HTTP/1.1'),
  line('an encoded slash', 'POST /reference%2fv1/notes HTTP/1.1'),
  line('a double slash', 'POST //reference/v1/notes HTTP/1.1'),
  line('a backslash', 'POST \\reference\\v1\\notes HTTP/1.1'),
  line('a target of 9 KiB', `POST ${target}?a=${'b'.repeat(9 * 1024)} HTTP/1.1`),
  line('a tunnel', 'CONNECT elsewhere.example:443 HTTP/1.1'),
  line('a method in lower case', `post ${target} HTTP/1.1`),
  line('an unknown method', `SMUGGLE ${target} HTTP/1.1`),
  // RFC 9112 3 lets a reader take any run of spaces for one: nobody can make two messages of it.
  either('two spaces after the method', withParts({ line: `POST  ${target} HTTP/1.1` })),
  line('a tab after the method', `POST\t${target} HTTP/1.1`),
  line('HTTP/2.0', `POST ${target} HTTP/2.0`),
  line('HTTP/1.2', `POST ${target} HTTP/1.2`),
  line('HTTP/0.9', `POST ${target}`),
  line('no version number', `POST ${target} HTTP/`),
  line('something after the version', `POST ${target} HTTP/1.1 x`),
];

const others: MalformedCase[] = [
  refused('an expectation nobody meets', withParts({ fields: 'Expect: tea\r\n' })),
  one('an expectation of 100', withParts({ fields: 'Expect: 100-continue\r\n' })),
  either('an upgrade', withParts({ fields: 'Connection: Upgrade\r\nUpgrade: h2c\r\n' })),
  refused('bytes of TLS', () => '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'),
  refused('the preface of HTTP/2', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  refused('nothing but line ends', () => '\r\n'.repeat(20)),
  refused('bytes at random', () => String.fromCharCode(...Array.from({ length: 256 }, (_, n) => (n * 89 + 41) % 256))),
  refused('a body that stops', (text) => message(text).slice(0, -5)),
];

export const corpus: readonly MalformedCase[] = [
  ...hosts,
  ...lengths,
  ...codings,
  ...chunks,
  ...lines,
  ...targets,
  ...others,
];

/** Two whole messages in one write: two answers, in order. */
export function pipelined(first: string, second: string): string {
  return message(first) + message(second);
}
