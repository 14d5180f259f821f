// The formats of JSON Schema are tested by the official suite; here are the others.

import { fullFormats } from 'ajv-formats/dist/formats.js';
import { describe, expect, it } from 'vitest';
import { Draw } from '../../generate/draw.ts';
import { compileSchema } from '../compile.ts';

function verdict(format: string, value: unknown): boolean {
  return compileSchema({ format }).check(value);
}

describe('formats of OpenAPI and of business contracts', () => {
  it.each<[format: string, right: unknown[], wrong: unknown[]]>([
    ['int32', [0, -2147483648, 2147483647, 'text'], [2147483648, -2147483649, 1.5]],
    ['int64', [0, 9007199254740991, -(2 ** 63)], [2 ** 63, 0.5]],
    ['float', [1.5, 0], []],
    ['double', [1e300], []],
    ['byte', ['', 'YQ==', 'YWI=', 'YWJj', 5], ['Y', 'YQ=', 'YQ==YQ==', 'Y-Q=', 'YQ= ']],
    ['binary', ['\u0000anything'], []],
    ['password', ['anything'], []],
    ['decimal', ['0', '-12.50', '10'], ['01', '1.', '.5', '1e3', '']],
    ['currency', ['EUR'], ['eur', 'EURO', '']],
    ['country', ['DE'], ['de', 'DEU']],
    ['e164', ['+4915112345678'], ['4915112345678', '+0123456789', '+12345']],
    ['iban', ['DE89370400440532013000', 'DE89 3704 0044 0532 0130 00'], ['DE89370400440532013001', 'DE']],
    ['of-tomorrow', ['anything', 1], []],
  ])('%s', (format, right, wrong) => {
    expect(right.filter((value) => !verdict(format, value))).toEqual([]);
    expect(wrong.filter((value) => verdict(format, value))).toEqual([]);
  });
});

/** A text with up to three letters changed, left out or doubled. */
function misspelt(text: string, draw: Draw): string {
  let result = text;
  for (let change = draw.int(0, 3); change > 0; change--) {
    const at = draw.int(0, result.length);
    const sign = '0123456789abfFzZ:.-/~#+% TP'[draw.int(0, 26)] ?? '';
    result = result.slice(0, at) + [sign, '', sign + sign][draw.int(0, 2)] + result.slice(at + draw.int(0, 1));
  }
  return result;
}

describe('formats that ajv-formats judges rightly', () => {
  it.each<[format: 'date' | 'ipv4' | 'ipv6' | 'uuid' | 'json-pointer', samples: string[]]>([
    ['date', ['2024-02-29', '1900-12-31', '2023-02-28']],
    ['ipv4', ['192.168.0.1', '255.255.255.255', '8.8.8.8']],
    ['ipv6', ['2001:db8::8a2e:370:7334', '::ffff:192.0.2.1', '1:2:3:4:5:6:7:8', '::']],
    ['uuid', ['2eb8aa08-aa98-11ea-b4aa-73b441d16380']],
    ['json-pointer', ['/a/b~0c/~1', '']],
  ])('%s means the same here, also for misspelt texts', (format, samples) => {
    const found = fullFormats[format] as RegExp | { validate: (text: string) => boolean };
    const theirs = (text: string): boolean => (found instanceof RegExp ? found.test(text) : found.validate(text));
    const draw = new Draw(11);
    const differing: string[] = [];
    for (let turn = 0; turn < 3000; turn++) {
      const text = misspelt(samples[turn % samples.length] ?? '', draw);
      if (verdict(format, text) !== theirs(text)) differing.push(text);
    }
    expect(differing).toEqual([]);
  });
});
