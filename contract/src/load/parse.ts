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
import { lineAndColumn, type Origins } from './origin.ts';

/** Bounds of one load; beyond them the finding is `load-limit`. */
export const loadLimits = {
  fileBytes: 32 * 1024 * 1024,
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
  origins.addText(file, text);
  if (text.length > loadLimits.fileBytes) throw failure(text, file, 0, 'load-limit', 'The file is larger than 32 MiB.');
  const clean = text.startsWith('\uFEFF') ? text.slice(1) : text;
  return /^\s*[{[]/.test(clean) && looksLikeJson(clean)
    ? parseJson(clean, file, origins)
    : parseYaml(clean, file, origins);
}

/** YAML flow collections also begin with a brace; JSON's keys are quoted. */
function looksLikeJson(text: string): boolean {
  return /^\s*(\{\s*("|\})|\[)/.test(text.slice(0, 4096));
}

function parseJson(text: string, file: string, origins: Origins): JsonValue {
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch (error) {
    const message = (error as Error).message;
    const place = /position (\d+)/.exec(message);
    throw failure(text, file, place ? Number(place[1]) : 0, 'syntax', `Not valid JSON: ${message}`);
  }
  tagJson(value, { file, origins, parent: undefined, key: '', depth: 0 });
  return value;
}

interface Walk {
  file: string;
  origins: Origins;
  parent: object | undefined;
  key: string | number;
  depth: number;
}

function tagJson(value: JsonValue, walk: Walk): void {
  if (typeof value !== 'object' || value === null) return;
  if (walk.depth > loadLimits.depth) throw failure('', walk.file, 0, 'load-limit', 'Nested deeper than 256 levels.');
  walk.origins.tag(value, { file: walk.file, offset: -1, parent: walk.parent, key: walk.key });
  const inner = { ...walk, parent: value, depth: walk.depth + 1 };
  if (Array.isArray(value)) value.forEach((item, key) => tagJson(item, { ...inner, key }));
  else for (const key of Object.keys(value)) tagJson(value[key] as JsonValue, { ...inner, key });
}

function parseYaml(text: string, file: string, origins: Origins): JsonValue {
  let events: Event[];
  try {
    events = parseEvents(text, { filename: file, maxDepth: loadLimits.depth });
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    throw failure(text, file, error.mark?.position ?? 0, 'syntax', `Not valid YAML: ${error.reason}`);
  }
  return new YamlTree(text, file, origins).build(events);
}

/** Builds the tree from the flat event stream. */
class YamlTree {
  readonly #text: string;
  readonly #file: string;
  readonly #origins: Origins;
  readonly #anchors = new Map<string, JsonValue>();
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
    this.#nodes += 1;
    if (this.#nodes > loadLimits.nodes) this.#fail(0, 'More than 1,000,000 values.', 'load-limit');
    switch (event.type) {
      case EVENT_ID.SCALAR: {
        const value = this.#scalar(event);
        this.#anchor(event, value);
        return value;
      }
      case EVENT_ID.SEQUENCE: {
        const list: JsonValue[] = [];
        this.#begin(event, list, parent, key);
        while (this.#events[this.#next]?.type !== EVENT_ID.POP) list.push(this.#value(list, list.length));
        this.#next += 1;
        return list;
      }
      case EVENT_ID.MAPPING: {
        const map: JsonObject = {};
        this.#begin(event, map, parent, key);
        while (this.#events[this.#next]?.type !== EVENT_ID.POP) this.#entry(map);
        this.#next += 1;
        return map;
      }
      case EVENT_ID.ALIAS: {
        this.#aliases += 1;
        const name = this.#text.slice(event.anchorStart, event.anchorEnd);
        const value = this.#anchors.get(name);
        if (value === undefined) this.#fail(event.anchorStart, `The alias *${name} has no anchor before it.`);
        if (this.#aliases > loadLimits.aliases)
          this.#fail(event.anchorStart, 'More than 10,000 aliases.', 'load-limit');
        return value;
      }
      default:
        return this.#fail(0, 'Unexpected end of the document.');
    }
  }

  #begin(
    event: { start: number; anchorStart: number; anchorEnd: number },
    node: object,
    parent: object | undefined,
    key: string | number,
  ): void {
    this.#origins.tag(node, { file: this.#file, offset: event.start, parent, key });
    this.#anchor(event, node as JsonValue);
  }

  #anchor(event: { anchorStart: number; anchorEnd: number }, value: JsonValue): void {
    if (event.anchorStart >= 0) this.#anchors.set(this.#text.slice(event.anchorStart, event.anchorEnd), value);
  }

  #entry(map: JsonObject): void {
    const event = this.#events[this.#next] as Event;
    if (event.type !== EVENT_ID.SCALAR) this.#fail(0, 'Keys must be plain words.');
    this.#next += 1;
    const key = getScalarValue(this.#text, event);
    const place = event.valueStart;
    if (key === '<<') this.#fail(place, 'Merge keys (<<) are YAML 1.1; write the members out or use $ref.');
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
    throw failure(this.#text, this.#file, offset, rule, message);
  }
}

/** YAML 1.2 core schema: null, booleans, integers, floats; everything else is text. */
function coreValue(text: string): JsonValue {
  switch (text) {
    case '':
    case '~':
    case 'null':
    case 'Null':
    case 'NULL':
      return null;
    case 'true':
    case 'True':
    case 'TRUE':
      return true;
    case 'false':
    case 'False':
    case 'FALSE':
      return false;
    default:
  }
  const first = text.charCodeAt(0);
  const mayBeNumber = (first >= 48 && first <= 57) || first === 45 || first === 43 || first === 46;
  if (!mayBeNumber) return text;
  if (/^[-+]?[0-9]+$/.test(text) || /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/.test(text))
    return Number(text);
  if (/^0x[0-9a-fA-F]+$/.test(text) || /^0o[0-7]+$/.test(text)) return Number(text);
  return text;
}

function failure(text: string, file: string, offset: number, rule: string, message: string): SyntaxFailure {
  return new SyntaxFailure({ rule, severity: 'error', message, file, pointer: '', ...lineAndColumn(text, offset) });
}
