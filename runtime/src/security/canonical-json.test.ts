import { expect, it } from 'vitest';
import { canonicalHash, canonicalJson } from './canonical-json.ts';

it('the order of members does not matter, that of items does', () => {
  expect(canonicalJson({ b: [2, 1], a: 'ä' })).toBe('{"a":"ä","b":[2,1]}');
  expect(canonicalHash({ a: 1, b: 2 })).toBe(canonicalHash({ b: 2, a: 1 }));
  expect(canonicalHash([1, 2])).not.toBe(canonicalHash([2, 1]));
});

it('bytes count by what they are, like no text, and cost one hash', () => {
  const bytes = new Uint8Array(5_000_000).fill(7);
  const text = canonicalJson({ file: bytes });
  expect(text).toMatch(/^\{"file":bytes:[0-9a-f]{64}\}$/);
  expect(canonicalJson({ file: bytes.slice() })).toBe(text);
  expect(canonicalJson({ file: bytes.fill(8, 4_999_999) })).not.toBe(text);
});
