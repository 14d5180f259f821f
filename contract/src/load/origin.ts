// Where every object and array of a loaded tree was written. Kept beside the tree, so the tree stays plain JSON.
// Later steps (bundling, upgrading) mutate in place or copy the tag, so a message still names the line the author wrote.

import type { Position } from '../model/contract.ts';
import { escapeKey } from './pointer.ts';

interface Tag {
  file: string;
  /** -1: parsed natively, without offsets. */
  offset: number;
  parent: object | undefined;
  key: string | number;
  /** Offsets of the members by key; found in one scan when the place of one of them is asked for. */
  members?: ReadonlyMap<string, number>;
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
    return { file: tag.file, pointer, ...this.#place(tag.file, text, this.#offsetOf(tag, text)) };
  }

  /** Where the text of a tagged node begins; for JSON the text is scanned along its containers, each of them once. */
  #offsetOf(tag: Tag, text: string): number {
    if (tag.offset >= 0) return tag.offset;
    const container = tag.parent && this.#tags.get(tag.parent);
    if (container === undefined) return skipSpace(text, 0);
    container.members ??= memberOffsets(text, this.#offsetOf(container, text));
    return container.members.get(String(tag.key)) ?? this.#offsetOf(container, text);
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

/** Offsets of the values of the JSON object or array that begins at `start`, by key or index. */
function memberOffsets(text: string, start: number): Map<string, number> {
  const offsets = new Map<string, number>();
  const isArray = text[start] === '[';
  let offset = skipSpace(text, start + 1);
  while (offset < text.length && text[offset] !== '}' && text[offset] !== ']') {
    let key = String(offsets.size);
    if (!isArray) {
      const end = endOfString(text, offset);
      key = JSON.parse(text.slice(offset, end)) as string;
      offset = skipSpace(text, skipSpace(text, end) + 1);
    }
    offsets.set(key, offset);
    offset = skipSpace(text, endOfValue(text, offset));
    if (text[offset] === ',') offset = skipSpace(text, offset + 1);
  }
  return offsets;
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
