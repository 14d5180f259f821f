// Edits of a contract's text. A fix names what it changes in the tree; here that becomes changes of characters at the
// places where the author wrote it, so comments, order and layout survive.

import {
  COLLECTION_STYLE,
  type Event,
  EVENT_ID,
  getScalarValue,
  type MappingEvent,
  parseEvents,
  SCALAR_STYLE,
} from 'js-yaml';
import type { JsonValue } from '../model/contract.ts';

/** `set` writes or adds a member of a map, `remove` takes it away; `add` puts an entry at the end of a list. */
export type Edit =
  | { map: object; set: string; value: JsonValue }
  | { map: object; remove: string }
  | { list: readonly JsonValue[]; add: JsonValue };

/** An edit whose map or list is named by its place: its JSON Pointer in `file`. A `key` without `value` is removed. */
export type PlacedEdit = { file: string; pointer: string } & ({ key: string; value?: JsonValue } | { add: JsonValue });

interface Change {
  start: number;
  end: number;
  text: string;
}

interface Member {
  keyStart: number;
  valueStart: number;
  valueEnd: number;
  node: Node;
}

interface Node {
  start: number;
  end: number;
  flow: boolean;
  members?: Map<string, Member>;
  items?: Node[];
}

/**
 * The text with all edits made. An edit that cannot be made without touching something else (its place is gone, an
 * alias) is left out; `made` counts the others. Two edits of the same member, or that overlap: the first one wins.
 */
export function applyEdits(text: string, edits: readonly PlacedEdit[]): { text: string; made: number } {
  const root = positionsOf(text);
  const changes: Change[] = [];
  const seen = new Set<string>();
  for (const edit of edits) {
    const node = root === undefined ? undefined : nodeAt(root, edit.pointer);
    if (node === undefined) continue;
    if ('key' in edit) {
      const member = `${edit.pointer} ${edit.key}`;
      if (seen.has(member)) continue;
      seen.add(member);
    }
    const change = changeOf(text, node, edit);
    if (change !== undefined) changes.push(change);
  }
  let result = text;
  let made = 0;
  let from = text.length + 1;
  // From the end, so that places stay; of those at one place the last comes first and so stands last.
  for (const change of changes.toReversed().toSorted((a, b) => b.start - a.start)) {
    if (change.end > from) continue;
    result = result.slice(0, change.start) + change.text + result.slice(change.end);
    from = change.start;
    made += 1;
  }
  return { text: result, made };
}

function changeOf(text: string, node: Node, edit: PlacedEdit): Change | undefined {
  if ('add' in edit) return adding(text, node, edit.add);
  if (node.members === undefined) return undefined;
  return edit.value === undefined ? removal(text, node, edit.key) : setting(text, node, edit.key, edit.value);
}

/** An entry behind the last one; a list without entries says nothing about its layout and is left alone. */
function adding(text: string, list: Node, value: JsonValue): Change | undefined {
  const last = list.items?.at(-1);
  if (last === undefined) return undefined;
  if (list.flow) {
    const json = /^\{\s*"/.test(text.slice(last.start, last.end));
    return { start: last.end, end: last.end, text: `, ${json ? JSON.stringify(value) : flowText(value)}` };
  }
  const lineStart = text.lastIndexOf('\n', last.start - 1) + 1;
  const dash = /^ *- +$/.exec(text.slice(lineStart, last.start))?.[0];
  if (dash === undefined) return undefined;
  if (text[last.end - 1] === '\n') return { start: last.end, end: last.end, text: `${dash}${flowText(value)}\n` };
  const lineEnd = text.indexOf('\n', last.end);
  const end = lineEnd < 0 ? text.length : lineEnd;
  const rest = text.slice(last.end, end).trim();
  return rest === '' || rest.startsWith('#') ? { start: end, end, text: `\n${dash}${flowText(value)}` } : undefined;
}

function setting(text: string, map: Node, key: string, value: JsonValue): Change | undefined {
  const written = JSON.stringify(key).slice(1, -1) === key && /^[\w$-]+$/.test(key) ? key : JSON.stringify(key);
  const json =
    text[map.start] === '{' &&
    text
      .slice(map.start + 1)
      .trimStart()
      .startsWith('"');
  const known = map.members?.get(key);
  if (known !== undefined)
    return { start: known.valueStart, end: known.valueEnd, text: json ? JSON.stringify(value) : flowText(value) };
  const first = map.members?.values().next().value;
  if (first === undefined) return undefined;
  if (map.flow) {
    const member = json ? `${JSON.stringify(key)}: ${JSON.stringify(value)}` : `${written}: ${flowText(value)}`;
    return { start: first.keyStart, end: first.keyStart, text: `${member}, ` };
  }
  const indent = ' '.repeat(first.keyStart - (text.lastIndexOf('\n', first.keyStart - 1) + 1));
  // Nobody looks for it above the head of the document. A map without indent is the document.
  if (indent === '' && !/^\.\.\.\s*$/m.test(text)) {
    const gap = text.endsWith('\n') ? '' : '\n';
    return { start: text.length, end: text.length, text: `${gap}${written}: ${flowText(value)}\n` };
  }
  return { start: first.keyStart, end: first.keyStart, text: `${written}: ${flowText(value)}\n${indent}` };
}

function removal(text: string, map: Node, key: string): Change | undefined {
  const member = map.members?.get(key);
  // The last member of a map would leave `key:` with nothing, which is null and no map.
  if (member === undefined || (map.members?.size ?? 0) < 2) return undefined;
  if (map.flow) {
    const after = /^\s*,\s*/.exec(text.slice(member.valueEnd));
    if (after) return { start: member.keyStart, end: member.valueEnd + after[0].length, text: '' };
    const before = /,\s*$/.exec(text.slice(0, member.keyStart));
    return before ? { start: before.index, end: member.valueEnd, text: '' } : undefined;
  }
  const lineStart = text.lastIndexOf('\n', member.keyStart - 1) + 1;
  const lineEnd = text.indexOf('\n', member.valueEnd);
  // `- key: value` shares its line with the dash, which must stay.
  if (text.slice(lineStart, member.keyStart).trim() !== '') return undefined;
  const rest = text.slice(member.valueEnd, lineEnd < 0 ? text.length : lineEnd).trim();
  if (rest !== '' && !rest.startsWith('#')) return undefined;
  return { start: lineStart, end: lineEnd < 0 ? text.length : lineEnd + 1, text: '' };
}

/** A value as YAML on one line. */
function flowText(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(flowText).join(', ')}]`;
  if (typeof value === 'object' && value !== null)
    return `{ ${Object.entries(value)
      .map(([key, part]) => `${flowText(key)}: ${flowText(part)}`)
      .join(', ')} }`;
  if (typeof value !== 'string') return JSON.stringify(value);
  const plain = /^[A-Za-z][\w ./-]*[\w.]$|^[A-Za-z]$/.test(value) && !/^(true|false|null|yes|no|on|off)$/i.test(value);
  return plain ? value : JSON.stringify(value);
}

function nodeAt(root: Node, pointer: string): Node | undefined {
  let node: Node | undefined = root;
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    node = node?.members?.get(key)?.node ?? node?.items?.[Number(key)];
  }
  return node;
}

/** Where every map, list and value of a text stands; undefined when the text cannot be read. */
function positionsOf(text: string): Node | undefined {
  let events: Event[];
  try {
    events = parseEvents(text, { maxDepth: 256 });
  } catch {
    return undefined;
  }
  let next = 1;
  const read = (): Node => {
    const event = events[next++] as Event;
    if (event.type === EVENT_ID.SCALAR) {
      const quoted = event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED;
      const reach = quoted ? 1 : 0;
      return { start: event.valueStart - reach, end: event.valueEnd + reach, flow: false };
    }
    if (event.type === EVENT_ID.ALIAS) return { start: event.anchorStart - 1, end: event.anchorEnd, flow: false };
    if (event.type === EVENT_ID.SEQUENCE) {
      const items: Node[] = [];
      while (events[next]?.type !== EVENT_ID.POP) items.push(read());
      next += 1;
      return close(text, event, { items, last: items.at(-1)?.end });
    }
    const members = new Map<string, Member>();
    let last: number | undefined;
    while (events[next] !== undefined && events[next]?.type !== EVENT_ID.POP) {
      const keyEvent = events[next] as Event;
      const key = read();
      const name = keyEvent.type === EVENT_ID.SCALAR ? getScalarValue(text, keyEvent) : '';
      const node = read();
      last = Math.max(node.end, key.end);
      members.set(name, { keyStart: key.start, valueStart: node.start, valueEnd: node.end, node });
    }
    next += 1;
    return close(text, event as MappingEvent, { members, last });
  };
  return events[next] === undefined || events[next]?.type === EVENT_ID.POP ? undefined : read();
}

/** The end of a collection: in flow style behind its bracket, else where its last part ends. */
function close(
  text: string,
  event: { start: number; style: number },
  inside: { members?: Map<string, Member>; items?: Node[]; last: number | undefined },
): Node {
  const flow = event.style === COLLECTION_STYLE.FLOW;
  const { last, ...parts } = inside;
  const from = last ?? event.start + 1;
  const bracket = flow ? text.slice(from).search(/[\]}]/) : -1;
  return { start: event.start, end: bracket < 0 ? from : from + bracket + 1, flow, ...parts };
}
