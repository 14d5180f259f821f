// Runtime expressions (OpenAPI 3.1, 4.8.20.4) over one exchange, alone or inside braces of a text.

import { isObject, valueAt } from '../load/pointer.ts';
import type { JsonValue } from '../model/contract.ts';

export interface ExchangeSeen {
  /** Tells exchanges apart: made-up content of messages differs by it. */
  key: string;
  /** Address the request went to. */
  url: string;
  method: string;
  status: number;
  /** Parameters by name and `body`. */
  input: Readonly<Record<string, unknown>>;
  /** Names in lower case. */
  requestHeader: (name: string) => string | undefined;
  responseHeaders: Readonly<Record<string, string>>;
  responseBody: unknown;
}

/** The value of `$request.body#/hook`, `$url` …; undefined when it is not there or no expression. */
export function evaluate(expression: string, seen: ExchangeSeen): unknown {
  if (expression === '$url') return seen.url;
  if (expression === '$method') return seen.method.toUpperCase();
  if (expression === '$statusCode') return seen.status;
  const [, side = '', source = '', rest = ''] =
    /^\$(request|response)\.(header|query|path|body)(.*)$/.exec(expression) ?? [];
  const isRequest = side === 'request';
  if (source === 'body') {
    const body = isRequest ? seen.input['body'] : seen.responseBody;
    if (rest === '') return body;
    return isObject(body) || Array.isArray(body) ? valueAt(body as JsonValue, rest.slice(1)) : undefined;
  }
  const name = rest.slice(1);
  if (source === 'header') {
    const lower = name.toLowerCase();
    return isRequest ? seen.requestHeader(lower) : seen.responseHeaders[lower];
  }
  return isRequest ? seen.input[name] : undefined;
}

/** A text with every `{$…}` replaced; undefined when one of them has no value that can stand in a text. */
export function fillText(template: string, seen: ExchangeSeen): string | undefined {
  let isWhole = true;
  const filled = template.replaceAll(/\{(\$[^}]+)\}/g, (_, expression: string) => {
    const value = evaluate(expression, seen);
    const isPlain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
    isWhole &&= isPlain;
    return isPlain ? String(value) : '';
  });
  return isWhole ? filled : undefined;
}
