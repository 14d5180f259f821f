// Text → tree of plain JSON values with origins. JSON by JSON.parse; YAML by our own builder over js-yaml's events:
// YAML 1.2 core types only (`no`, `on` and dates stay strings), duplicate keys and merge keys are errors.

import {
  type Event,
  EVENT_ID,
  getScalarValue,
  parseEvents,
  SCALAR_STYLE,
  type ScalarEvent,
  YAMLException,
} from 'js-yaml';
import type { Finding, JsonObject, JsonValue } from '../model/contract.ts';
import { jsonFault } from './json-fault.ts';
import { lineAndColumn, type Origins } from './origin.ts';

/** Bounds of one load, `fileBytes` and `aliases` of one file; beyond them the finding is `load-limit`. */
export const loadLimits = {
  fileBytes: 32 * 1024 * 1024,
  totalBytes: 128 * 1024 * 1024,
  files: 2000,
  depth: 256,
  nodes: 1_000_000,
  aliases: 10_000,
} as const;

/** A text that is no tree. */
export class SyntaxFailure extends Error {
  override readonly name = 'SyntaxFailure';
  readonly finding: Finding;

  constructor(finding: Finding) {
    super(finding.message);
    this.finding = finding;
  }
}

/** Parses JSON (by its first character) or YAML. Throws SyntaxFailure. */
export function parseText(text: string, file: string, origins: Origins): JsonValue {
  const clean = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const bytes = origins.addText(file, clean);
  const source: SourceText = { text: clean, file };
  if (bytes > loadLimits.fileBytes) throw failure(source, 0, 'The file is larger than 32 MiB.', 'load-limit');
  if (origins.totalBytes > loadLimits.totalBytes)
    throw failure(source, 0, 'All files together are larger than 128 MiB.', 'load-limit');
  return /^\s*[{[]/.test(clean) && looksLikeJson(clean) ? parseJson(source, origins) : parseYaml(clean, file, origins);
}

const deepWords = 'Nested deeper than 256 levels.';
const manyWords = 'More than 1,000,000 values.';

interface SourceText {
  text: string;
  file: string;
}

/** YAML flow collections also begin with a brace; JSON's keys are quoted. */
function looksLikeJson(text: string): boolean {
  return /^\s*(\{\s*("|\})|\[)/.test(text.slice(0, 4096));
}

function parseJson(source: SourceText, origins: Origins): JsonValue {
  let value: JsonValue;
  try {
    value = JSON.parse(source.text) as JsonValue;
  } catch {
    const { offset, tooDeep } = jsonFault(source.text, loadLimits.depth);
    if (tooDeep) throw failure(source, offset, deepWords, 'load-limit');
    const found = source.text[offset];
    const what = found === undefined ? 'the text ends too early' : `unexpected ${JSON.stringify(found)}`;
    throw failure(source, offset, `Not valid JSON: ${what}.`);
  }
  tagJson(value, { source, origins, parent: undefined, key: '', depth: 0 });
  return value;
}

interface Walk {
  source: SourceText;
  origins: Origins;
  parent: object | undefined;
  key: string | number;
  depth: number;
}

function tagJson(value: JsonValue, walk: Walk): void {
  if (++walk.origins.totalNodes > loadLimits.nodes) throw failure(walk.source, 0, manyWords, 'load-limit');
  if (typeof value !== 'object' || value === null) return;
  if (walk.depth > loadLimits.depth) throw failure(walk.source, 0, deepWords, 'load-limit');
  walk.origins.tag(value, { file: walk.source.file, offset: -1, parent: walk.parent, key: walk.key });
  const inner = { ...walk, parent: value, depth: walk.depth + 1 };
  if (Array.isArray(value)) {
    for (let key = 0; key < value.length; key++) {
      inner.key = key;
      tagJson(value[key] as JsonValue, inner);
    }
    return;
  }
  for (const key of Object.keys(value)) {
    inner.key = key;
    tagJson(value[key] as JsonValue, inner);
  }
}

function parseYaml(text: string, file: string, origins: Origins): JsonValue {
  let events: Event[];
  try {
    events = parseEvents(text, { filename: file, maxDepth: loadLimits.depth });
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const tooDeep = /depth/i.test(error.reason);
    const message = tooDeep ? deepWords : `Not valid YAML: ${error.reason}`;
    throw failure({ text, file }, error.mark?.position ?? 0, message, tooDeep ? 'load-limit' : 'syntax');
  }
  return new YamlTree(text, file, origins).build(events);
}

interface Anchored {
  anchorStart: number;
  anchorEnd: number;
}

/** Builds the tree from the flat event stream. */
class YamlTree {
  readonly #text: string;
  readonly #file: string;
  readonly #origins: Origins;
  readonly #anchors = new Map<string, { value: JsonValue; nodes: number; complete: boolean }>();
  #events: Event[] = [];
  #next = 0;
  #nodes = 0;
  #aliases = 0;

  constructor(text: string, file: string, origins: Origins) {
    this.#text = text;
    this.#file = file;
    this.#origins = origins;
  }

  build(events: Event[]): JsonValue {
    this.#events = events;
    const documents = events.filter((event) => event.type === EVENT_ID.DOCUMENT).length;
    if (documents > 1) this.#fail(0, 'The file holds several YAML documents; a contract is one.');
    if (documents === 0) return null;
    this.#next = 1;
    return this.#events[this.#next]?.type === EVENT_ID.POP ? null : this.#value(undefined, '');
  }

  #value(parent: object | undefined, key: string | number): JsonValue {
    const event = this.#events[this.#next++] as Event;
    this.#count(1, 0);
    const nodesBefore = this.#nodes;
    switch (event.type) {
      case EVENT_ID.SCALAR: {
        const value = this.#scalar(event);
        this.#anchor(event, value, nodesBefore);
        return value;
      }
      case EVENT_ID.SEQUENCE: {
        const list: JsonValue[] = [];
        this.#begin(event, list, parent, key);
        while (this.#events[this.#next]?.type !== EVENT_ID.POP) list.push(this.#value(list, list.length));
        this.#next += 1;
        this.#anchor(event, list, nodesBefore);
        return list;
      }
      case EVENT_ID.MAPPING: {
        const map: JsonObject = {};
        this.#begin(event, map, parent, key);
        while (this.#events[this.#next]?.type !== EVENT_ID.POP) this.#entry(map);
        this.#next += 1;
        this.#anchor(event, map, nodesBefore);
        return map;
      }
      case EVENT_ID.ALIAS: {
        this.#aliases += 1;
        const name = this.#text.slice(event.anchorStart, event.anchorEnd);
        const anchor = this.#anchors.get(name);
        if (!anchor) return this.#fail(event.anchorStart, `The alias *${name} has no anchor before it.`);
        if (!anchor.complete) this.#fail(event.anchorStart, `The alias *${name} stands inside what it names.`);
        if (this.#aliases > loadLimits.aliases)
          this.#fail(event.anchorStart, 'More than 10,000 aliases.', 'load-limit');
        // What an alias repeats counts as if it were written out: a few lines must not mean millions of values.
        this.#count(anchor.nodes, event.anchorStart);
        return anchor.value;
      }
      default:
        return this.#fail(0, 'Unexpected end of the document.');
    }
  }

  #begin(event: Anchored & { start: number }, node: object, parent: object | undefined, key: string | number): void {
    this.#origins.tag(node, { file: this.#file, offset: event.start, parent, key });
    const name = this.#anchorName(event);
    if (name !== undefined) this.#anchors.set(name, { value: null, nodes: 0, complete: false });
  }

  #anchor(event: Anchored, value: JsonValue, nodesBefore: number): void {
    const name = this.#anchorName(event);
    if (name !== undefined) this.#anchors.set(name, { value, nodes: this.#nodes - nodesBefore + 1, complete: true });
  }

  #anchorName(event: Anchored): string | undefined {
    return event.anchorStart < 0 ? undefined : this.#text.slice(event.anchorStart, event.anchorEnd);
  }

  #count(nodes: number, offset: number): void {
    this.#nodes += nodes;
    this.#origins.totalNodes += nodes;
    if (this.#origins.totalNodes > loadLimits.nodes) this.#fail(offset, manyWords, 'load-limit');
  }

  #entry(map: JsonObject): void {
    const event = this.#events[this.#next] as Event;
    if (event.type !== EVENT_ID.SCALAR) this.#fail(0, 'Keys must be plain words.');
    this.#next += 1;
    const key = getScalarValue(this.#text, event);
    const place = event.valueStart;
    if (key === '<<' && event.style === SCALAR_STYLE.PLAIN)
      this.#fail(place, 'Merge keys (<<) are YAML 1.1; write the members out or use $ref.');
    if (Object.hasOwn(map, key)) this.#fail(place, `The key "${key}" stands here twice.`);
    const value = this.#value(map, key);
    if (key === '__proto__')
      Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
    else map[key] = value;
  }

  #scalar(event: ScalarEvent): JsonValue {
    const text = getScalarValue(this.#text, event);
    if (event.style !== SCALAR_STYLE.PLAIN || event.tagStart >= 0) return text;
    return coreValue(text);
  }

  #fail(offset: number, message: string, rule = 'syntax'): never {
    throw failure({ text: this.#text, file: this.#file }, offset, message, rule);
  }
}

const words = new Map<string, JsonValue>([
  ['', null],
  ...['~', 'null', 'Null', 'NULL'].map((word) => [word, null] as const),
  ...['true', 'True', 'TRUE'].map((word) => [word, true] as const),
  ...['false', 'False', 'FALSE'].map((word) => [word, false] as const),
]);

/** YAML 1.2 core schema: null, booleans, integers, floats; everything else is text. */
function coreValue(text: string): JsonValue {
  const first = text.charCodeAt(0);
  const mayBeNumber = (first >= 48 && first <= 57) || first === 45 || first === 43 || first === 46;
  if (!mayBeNumber) {
    const word = text.length <= 5 ? words.get(text) : undefined;
    return word === undefined ? text : word;
  }
  if (/^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/.test(text)) return Number(text);
  if (/^0x[0-9a-fA-F]+$/.test(text) || /^0o[0-7]+$/.test(text)) return Number(text);
  return text;
}

function failure({ text, file }: SourceText, offset: number, message: string, rule = 'syntax'): SyntaxFailure {
  return new SyntaxFailure({ rule, severity: 'error', message, file, pointer: '', ...lineAndColumn(text, offset) });
}
