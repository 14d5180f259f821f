// The formats of JSON Schema are tested by the official suite; here are the others.

import { describe, expect, it } from 'vitest';
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
