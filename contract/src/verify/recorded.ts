// Recorded traffic as text: HAR 1.2, or one JSON object a line.

import { isObject } from '../load/pointer.ts';
import type { JsonObject, JsonValue } from '../model/contract.ts';
import { parsed } from './exchange.ts';

/** One recorded exchange: a line of our NDJSON, or an entry of a HAR. */
export interface Recorded {
  request: {
    method: string;
    /** Absolute, or from the path on. */ url: string;
    headers: Record<string, string>;
    body?: string;
  };
  response: { status: number; headers: Record<string, string>; body?: string };
}

/** Entries of a HAR 1.2, or lines of our NDJSON; undefined stands for what is neither. Throws nothing. */
export function* readTraffic(text: string): Iterable<Recorded | undefined> {
  const whole = text.trimStart().startsWith('{') ? parsed(text) : undefined;
  const log = isObject(whole) ? whole['log'] : undefined;
  if (isObject(log) && Array.isArray(log['entries'])) {
    for (const entry of log['entries']) yield fromHar(entry);
    return;
  }
  for (const line of text.split('\n')) if (line.trim() !== '') yield fromLine(parsed(line));
}

function fromLine(line: JsonValue | undefined): Recorded | undefined {
  if (!isObject(line) || !isObject(line['request']) || !isObject(line['response'])) return undefined;
  const { request, response } = line;
  if (
    typeof request['method'] !== 'string' ||
    typeof request['url'] !== 'string' ||
    typeof response['status'] !== 'number'
  )
    return undefined;
  return {
    request: {
      method: request['method'],
      url: request['url'],
      headers: texts(request['headers']),
      ...bodyOf(request['body']),
    },
    response: { status: response['status'], headers: texts(response['headers']), ...bodyOf(response['body']) },
  };
}

function texts(value: JsonValue | undefined): Record<string, string> {
  return isObject(value)
    ? Object.fromEntries(
        Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
      )
    : {};
}

/** Text as it was sent; a parsed body is written again. */
function bodyOf(value: JsonValue | undefined): { body?: string } {
  if (value === undefined || value === null) return {};
  return { body: typeof value === 'string' ? value : JSON.stringify(value) };
}

function fromHar(entry: JsonValue): Recorded | undefined {
  if (!isObject(entry) || !isObject(entry['request']) || !isObject(entry['response'])) return undefined;
  const { request, response } = entry;
  const [posted, content] = [request['postData'], response['content']];
  return fromLine({
    request: {
      ...request,
      headers: named(request['headers']),
      body: isObject(posted) ? (posted['text'] ?? null) : null,
    },
    response: {
      ...response,
      headers: named(response['headers']),
      body: isObject(content) && content['encoding'] !== 'base64' ? (content['text'] ?? null) : null,
    },
  });
}

/** HAR lists headers as names and values. */
function named(headers: JsonValue | undefined): JsonObject {
  const list = Array.isArray(headers) ? headers : [];
  return Object.fromEntries(
    list
      .filter(isObject)
      .map(({ name, value }) => [typeof name === 'string' ? name : '', typeof value === 'string' ? value : '']),
  );
}
