// Attacks by form: two readers would see two tokens, or none.

import type { Json, Signers, Tokens } from './signers.ts';

export function* duplicates({ signed, claims, head }: Signers): Tokens {
  for (const [place, object] of [
    ['head', head],
    ['claims', claims],
  ] as const) {
    const text = JSON.stringify(object).slice(1);
    const token = (whole: string): string => (place === 'head' ? signed(claims, whole) : signed(whole));
    for (const [name, value] of Object.entries(object)) {
      const escaped = `\\u${name.charCodeAt(0).toString(16).padStart(4, '0')}${name.slice(1)}`;
      yield [`${place} ${name}`, token(`{"${name}":${JSON.stringify(value)},${text}`)];
      yield [`${place} ${name}, first another`, token(`{"${name}":"evil",${text}`)];
      yield [`${place} ${name}, once escaped`, token(`{"${escaped}":${JSON.stringify(value)},${text}`)];
    }
    yield [`${place}, deep inside`, token(`{"x":[{"y":{"z":1,"z":2}}],${text}`)];
  }
}

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

export function* spellings({ signed, claims, head }: Signers): Tokens {
  // Two bytes more than a multiple of three in head and claims, so that every part has unused bits.
  const token = signed(fill(claims), fill(head));
  const parts = token.split('.') as [string, string, string];
  for (const [at, place] of ['head', 'claims', 'signature'].entries()) {
    const own = parts[at] as string;
    const changed: Record<string, string> = {
      'one =': `${own}=`,
      'two =': `${own}==`,
      'percent-encoded =': `${own}%3D`,
      'a space before': ` ${own}`,
      'a tab inside': `${own.slice(0, 8)}\t${own.slice(8)}`,
      'a letter more': `${own}A`,
      'three letters more': `${own}AAA`,
      'a letter of base64': `${own.slice(0, 8)}+${own.slice(9)}`,
      'a slash': `${own.slice(0, 8)}/${own.slice(9)}`,
      'a tilde': `${own.slice(0, 8)}~${own.slice(9)}`,
      'a letter beyond ASCII': `${own.slice(0, 8)}é${own.slice(9)}`,
      'a non-breaking space': `${own}\u00a0`,
      quotes: `"${own}"`,
      'a letter less': own.slice(0, -1),
      nothing: '',
      ...unusedBits(own),
    };
    for (const [name, text] of Object.entries(changed))
      yield [`${place}: ${name}`, parts.map((each, index) => (index === at ? text : each)).join('.')];
  }
  yield ['all parts padded', parts.map((each) => each + '='.repeat((4 - (each.length % 4)) % 4)).join('.')];
}

/** The same bytes spelled with other unused bits. */
function unusedBits(own: string): Record<string, string> {
  const last = letters.indexOf(own.at(-1) as string);
  const free = own.length % 4 === 2 ? 15 : 3;
  return Object.fromEntries(
    Array.from({ length: free }, (_, bits) => [
      `unused bits ${bits + 1}`,
      own.slice(0, -1) + letters[last ^ (bits + 1)],
    ]),
  );
}

/** Two bytes more than a multiple of three: its base64url has unused bits. */
function fill(value: Json): string {
  const text = JSON.stringify(value);
  return text + ' '.repeat((5 - (Buffer.byteLength(text) % 3)) % 3);
}

export function* shapes({ good }: Signers): Tokens {
  const [head, claims, sign] = good().split('.') as [string, string, string];
  const texts = [
    '.',
    '..',
    '...',
    'a',
    'a.b',
    'a.b.c',
    'a..c',
    '.b.c',
    'null',
    'undefined',
    'Bearer',
    '{}',
    '%00',
    '0',
    '-1',
  ];
  const cut = [head, `${head}.${claims}`, `.${claims}.${sign}`, `${head}..${sign}`, `${claims}.${head}.${sign}`];
  const more = [`${good()}.`, `.${good()}`, `${good()}.${sign}`, `${good()}.${claims}.${sign}`, `${good()},${good()}`];
  const json = JSON.stringify({ payload: claims, protected: head, signature: sign });
  for (const text of [...texts, ...cut, ...more, json, Buffer.from(good()).toString('base64url'), good().toLowerCase()])
    yield [text.length > 30 ? `${text.slice(0, 20)}… (${text.length} letters)` : text, text];
}

export function* oversize({ signed, claims, head, good }: Signers): Tokens {
  for (const bytes of [8192, 9000, 10_000]) {
    const filler = 'x'.repeat(bytes);
    yield [`${bytes} bytes in the claims`, signed({ ...claims, filler })];
    yield [`${bytes} bytes in the head`, signed(claims, { ...head, filler })];
    yield [`${bytes} bytes behind the signature`, good() + filler];
    yield [`${bytes} dots`, '.'.repeat(bytes)];
    yield [`${bytes} bytes of one part`, filler];
  }
}

const texts: readonly (string | Buffer)[] = [
  '[]',
  '[{}]',
  'null',
  'true',
  '1',
  '"text"',
  '""',
  '{',
  '{}}',
  '{} {}',
  '',
  ' ',
  '{a:1}',
  "{'a':1}",
  '{"a":1,}',
  '{"a":NaN}',
  '{"a":1}//',
  '/**/{}',
  '{"a":01}',
  '{"a":"\t"}',
  '\ufeff{"a":1}',
  '{"a":"\\x41"}',
  '{"a":+1}',
  'undefined',
  Buffer.from([0x7b, 0x22, 0xc0, 0xaf, 0x22, 0x3a, 0x31, 0x7d]),
  Buffer.from([0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x3a, 0x31, 0x7d]),
  Buffer.from([0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]),
  Buffer.from('{"a":1}', 'utf16le'),
];

export function* notObjects({ signed, claims, head }: Signers): Tokens {
  // Whole texts, and the same text where a good object is expected beside good members.
  for (const text of texts) {
    yield [`claims ${JSON.stringify(text.toString('latin1'))}`, signed(text)];
    yield [`head ${JSON.stringify(text.toString('latin1'))}`, signed(claims, text)];
  }
  for (const [name, before, after] of [
    ['a byte order mark', '\ufeff', ''],
    ['a second value', '', '{}'],
    ['a comment', '', '//x'],
    ['a NUL', '', '\u0000'],
    ['a brackets pair', '[', ']'],
    ['no end', '', ','],
    ['invalid UTF-8', '\u00ff', ''],
  ] as const) {
    const encoding = name === 'invalid UTF-8' ? 'latin1' : 'utf8';
    const around = (value: Json): Buffer => Buffer.from(before + JSON.stringify(value) + after, encoding);
    yield [`claims with ${name}`, signed(around(claims))];
    yield [`head with ${name}`, signed(claims, around(head))];
  }
}
