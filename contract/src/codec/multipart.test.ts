import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  encodeMultipart,
  isBoundary,
  type MultipartFault,
  type MultipartLimits,
  MultipartParser,
  type Part,
} from './multipart.ts';

const roomy: MultipartLimits = { parts: 20, partBytes: 1000, headerBytes: 500 };
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (bytes: readonly number[]): string => new TextDecoder().decode(new Uint8Array(bytes));

interface Read {
  parts: { name?: string; fileName?: string; type: string; bytes: number[] }[];
  fault: MultipartFault | undefined;
}

/** Reads a body in pieces of the sizes given, over and over. */
function read(
  bytes: Uint8Array,
  boundary: string,
  limits = roomy,
  sizes: readonly number[] = [bytes.length || 1],
): Read {
  const parts: Read['parts'] = [];
  const parser = new MultipartParser(boundary, limits, {
    begin: ({ name, fileName, type }) => {
      const named = { ...(name === undefined ? {} : { name }), ...(fileName === undefined ? {} : { fileName }) };
      parts.push({ ...named, type, bytes: [] });
    },
    data: (piece) => parts.at(-1)?.bytes.push(...piece),
    end: () => {},
  });
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    const fault = parser.write(bytes.subarray(at, at + size));
    if (fault) return { parts, fault };
    at += size;
  }
  return { parts, fault: parser.end() };
}

const lines = (...all: string[]): Uint8Array => bytesOf(all.join('\r\n'));
const disposition = (rest: string): string => `Content-Disposition: form-data; ${rest}`;

describe('a multipart body', () => {
  it('comes back as it was, however it is cut into chunks', () => {
    const name = fc.string({ unit: 'grapheme', maxLength: 8 }).filter((text) => !/%(?:22|0d|0a)/i.test(text));
    // Bytes that look like boundaries are the ones to be wrong about.
    const bytes = fc.array(fc.constantFrom(...bytesOf('\r\n--plinth-part-7MA4YWxkTrZu0gWa')), { maxLength: 60 });
    const parts = fc.array(
      fc.record({ name, fileName: name, type: fc.constantFrom('text/plain', 'image/png'), bytes }),
      { maxLength: 5 },
    );
    const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(parts, sizes, (sent, cuts) => {
        const { boundary, bytes: body } = encodeMultipart(
          sent.map((part): Part => ({ ...part, bytes: new Uint8Array(part.bytes) })),
        );
        expect(read(body, boundary, roomy, cuts)).toEqual({ parts: sent, fault: undefined });
      }),
      { seed: 5, numRuns: 500 },
    );
  });

  it('changes its boundary when a part holds it', () => {
    const { boundary, bytes } = encodeMultipart([{ name: 'a', bytes: bytesOf('--plinth-part-7MA4YWxkTrZu0gW\r\n') }]);
    expect(boundary).toBe('plinth-part-7MA4YWxkTrZu0gW-1');
    expect(read(bytes, boundary).parts).toHaveLength(1);
  });

  it('may have a preamble, an epilogue, padding, and parts without a head', () => {
    const body = lines('hello', '--b \t', '', 'one', '--b', disposition('name=x'), '', 'two', '--b--', 'bye --b');
    const { parts, fault } = read(body, 'b');
    expect(fault).toBeUndefined();
    expect(parts.map(({ name, bytes }) => [name, textOf(bytes)])).toEqual([
      [undefined, 'one'],
      ['x', 'two'],
    ]);
  });

  it('tells names from what only looks like one', () => {
    const body = lines('--b', disposition('name="a; filename=b"; filename="..\\c;d"'), '', '', '--b--');
    expect(read(body, 'b').parts).toMatchObject([{ name: 'a; filename=b', fileName: '..\\c;d' }]);
  });

  it.each([
    ['without its last boundary', lines('--b', disposition('name="a"'), '', 'x'), 'malformed'],
    ['empty', bytesOf(''), 'malformed'],
    ['with a field that is none', lines('--b', 'no field', '', 'x', '--b--'), 'malformed'],
    [
      'with a head that is not UTF-8',
      new Uint8Array([...lines('--b', 'a: '), 255, ...lines('', '', 'x', '--b--')]),
      'malformed',
    ],
    ['with letters behind a boundary', lines('--bc', '', 'x', '--b--'), 'malformed'],
    ['with a head that does not end', lines('--b', `a: ${'x'.repeat(600)}`), 'header-bytes'],
    ['with a head that is too long', lines('--b', `a: ${'x'.repeat(600)}`, '', 'x', '--b--'), 'header-bytes'],
    ['with a part that is too large', lines('--b', '', 'x'.repeat(1001), '--b--'), 'part-bytes'],
    ['with too many parts', lines(...Array.from({ length: 21 }, () => ['--b', '', 'x']).flat(), '--b--'), 'parts'],
  ])('%s is refused, whole or byte by byte', (_, body, rule) => {
    expect(read(body, 'b').fault).toMatchObject({ rule });
    expect(read(body, 'b', roomy, [1]).fault).toMatchObject({ rule });
  });

  it('of just the size allowed passes', () => {
    const body = lines(...Array.from({ length: 20 }, () => ['--b', '', 'x'.repeat(1000)]).flat(), '--b--');
    expect(read(body, 'b', roomy, [7]).fault).toBeUndefined();
  });

  it('has a boundary of at most 70 plain letters', () => {
    expect(['a', 'x'.repeat(70), "a'()+_,-./:=?"].map(isBoundary)).toEqual([true, true, true]);
    expect([undefined, '', 'x'.repeat(71), 'a ', 'a"b', 'ä'].map(isBoundary)).toEqual(Array(6).fill(false));
  });
});
