// Where every object and array of a loaded tree was written. Kept beside the tree, so the tree stays plain JSON.
// Later steps (bundling, upgrading) mutate in place or copy the tag, so a message still names the line the author wrote.

import type { Position } from '../model/contract.ts';
import { escapeKey } from './pointer.ts';

interface Tag {
  file: string;
  offset: number;
  parent: object | undefined;
  key: string | number;
}

/** Texts and tags of one load. */
export class Origins {
  readonly #tags = new WeakMap<object, Tag>();
  readonly #texts = new Map<string, string>();
  /** Where the lines of a text begin; made when the first place in it is asked for. */
  readonly #lines = new Map<string, number[]>();

  /** Bytes and values of all files so far. */
  totalBytes = 0;
  totalNodes = 0;

  /** Gives the text's length in bytes. */
  addText(file: string, text: string): number {
    this.#texts.set(file, text);
    const bytes = bytesOf(text);
    this.totalBytes += bytes;
    return bytes;
  }

  tag(node: object, tag: Tag): void {
    this.#tags.set(node, tag);
  }

  /** Gives `to` the origin of `from`: it was made out of it. */
  copy(from: object, to: object): void {
    const tag = this.#tags.get(from);
    if (tag) this.#tags.set(to, tag);
  }

  fileOf(node: object): string | undefined {
    return this.#tags.get(node)?.file;
  }

  /** Position of `node`, or of the file's start when it was made by us. */
  at(node: object): Position {
    const tag = this.#tags.get(node);
    if (!tag) return { file: this.#texts.keys().next().value ?? '', pointer: '', line: 1, column: 1 };
    const keys: string[] = [];
    for (let current: Tag | undefined = tag; current?.parent; current = this.#tags.get(current.parent)) {
      keys.unshift(escapeKey(String(current.key)));
    }
    const pointer = keys.map((key) => `/${key}`).join('');
    const text = this.#texts.get(tag.file) ?? '';
    const offset = tag.offset >= 0 ? tag.offset : offsetOfJsonPointer(text, keys);
    return { file: tag.file, pointer, ...this.#place(tag.file, text, offset) };
  }

  #place(file: string, text: string, offset: number): { line: number; column: number } {
    let starts = this.#lines.get(file);
    if (starts === undefined) {
      starts = [0];
      for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
      this.#lines.set(file, starts);
    }
    let [low, high] = [0, starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: Math.max(0, offset) - (starts[low] ?? 0) + 1 };
  }
}

/** Length in UTF-8. */
function bytesOf(text: string): number {
  let bytes = text.length;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    // Half of a pair counts two of the pair's four bytes, of which one is counted already.
    if (code > 0x7f) bytes += code > 0x7ff && (code < 0xd800 || code > 0xdfff) ? 2 : 1;
  }
  return bytes;
}

/** Line and column, from 1, of a character offset. */
export function lineAndColumn(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, Math.max(0, offset));
  const line = before.split('\n').length;
  return { line, column: before.length - before.lastIndexOf('\n') };
}

/** JSON is parsed natively, without offsets; when a message needs one, the text is scanned along the pointer. */
function offsetOfJsonPointer(text: string, pointer: readonly string[]): number {
  let offset = skipSpace(text, 0);
  for (const escaped of pointer) {
    const key = escaped.replaceAll('~1', '/').replaceAll('~0', '~');
    const found = text[offset] === '[' ? enterArray(text, offset, Number(key)) : enterObject(text, offset, key);
    if (found < 0) return offset;
    offset = found;
  }
  return offset;
}

function enterObject(text: string, start: number, key: string): number {
  let offset = skipSpace(text, start + 1);
  while (offset < text.length && text[offset] === '"') {
    const end = endOfString(text, offset);
    const name = JSON.parse(text.slice(offset, end)) as string;
    offset = skipSpace(text, skipSpace(text, end) + 1);
    if (name === key) return offset;
    offset = skipSpace(text, endOfValue(text, offset));
    if (text[offset] === ',') offset = skipSpace(text, offset + 1);
  }
  return -1;
}

function enterArray(text: string, start: number, index: number): number {
  let offset = skipSpace(text, start + 1);
  for (let at = 0; at < index && offset < text.length; at++) {
    offset = skipSpace(text, endOfValue(text, offset));
    if (text[offset] === ',') offset = skipSpace(text, offset + 1);
  }
  return offset;
}

function skipSpace(text: string, start: number): number {
  let offset = start;
  while (offset < text.length && ' \n\r\t'.includes(text[offset] ?? '')) offset += 1;
  return offset;
}

function endOfString(text: string, start: number): number {
  let offset = start + 1;
  while (offset < text.length && text[offset] !== '"') offset += text[offset] === '\\' ? 2 : 1;
  return offset + 1;
}

function endOfValue(text: string, start: number): number {
  if (text[start] === '"') return endOfString(text, start);
  if (text[start] !== '{' && text[start] !== '[') {
    const rest = /[,\]}\s]/.exec(text.slice(start, start + 400));
    return rest ? start + rest.index : text.length;
  }
  let depth = 0;
  let offset = start;
  while (offset < text.length) {
    const letter = text[offset];
    if (letter === '"') {
      offset = endOfString(text, offset);
      continue;
    }
    if (letter === '{' || letter === '[') depth += 1;
    if (letter === '}' || letter === ']') depth -= 1;
    offset += 1;
    if (depth === 0) return offset;
  }
  return offset;
}
