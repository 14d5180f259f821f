// Runtime expressions of Arazzo (specification 1.0.1 and 1.1, “Runtime Expressions”) → roots, paths and pointers.

import type { JsonValue } from '../model/contract.ts';
import type { Expression, ExpressionRoot, JourneyValue } from '../model/journey.ts';
import { isObject, textOf } from './pointer.ts';

/** What may follow each root. A header's name may hold dots, so it stays whole; an output's name is for its step to know. */
const forms: Readonly<Record<ExpressionRoot, RegExp>> = {
  url: /^$/,
  method: /^$/,
  statusCode: /^$/,
  self: /^$/,
  request: /^\.(?:(header|query|path)\.([^#]+)|(body|querystring))$/,
  response: /^\.(?:(header|query|path)\.([^#]+)|(body))$/,
  message: /^\.(?:(header)\.([^#]+)|(header|payload)(?:\.([^#]+))?)$/,
  inputs: /^\.([^#]+)$/,
  outputs: /^\.([^#]+)$/,
  steps: /^\.([\w-]+)\.(outputs)\.([^#]+)$/,
  workflows: /^\.([\w-]+)\.(?:(inputs|outputs)\.([^#]+)|(steps)\.([\w-]+)\.(outputs)\.([^#]+))$/,
  sourceDescriptions: /^\.([\w-]+)\.([^#]+)$/,
  components: /^\.(inputs|parameters|successActions|failureActions)\.([\w.-]+)$/,
};

/** Undefined for a text that is no expression: then it is only a text. */
export function parseExpression(text: string): Expression | undefined {
  const [, root = '', rest = '', pointer] = /^\$([a-zA-Z]+)([^#]*)(?:#(\/.*)?)?$/s.exec(text) ?? [];
  if (!Object.hasOwn(forms, root)) return undefined;
  const found = forms[root as ExpressionRoot].exec(rest);
  if (!found) return undefined;
  const path = found.slice(1).filter((part) => part !== undefined);
  return { text, root: root as ExpressionRoot, path, ...(pointer === undefined ? {} : { pointer }) };
}

/** Begins like an expression and is none: most likely a mistake. */
export function looksLikeExpression(text: string): boolean {
  const root = /^\$([a-zA-Z]+)(?:$|[.#])/.exec(text)?.[1] ?? '';
  return Object.hasOwn(forms, root) && parseExpression(text) === undefined;
}

/** Reads a value with the expressions in it, at any depth. `tell` hears of every expression, and of texts like one. */
export function readValue(value: JsonValue, tell: (expression: Expression | string) => void): JourneyValue {
  if (typeof value === 'string') return readText(value, tell);
  if (Array.isArray(value)) {
    const items = value.map((item) => readValue(item, tell));
    return items.every(({ is }) => is === 'literal') ? { is: 'literal', value } : { is: 'list', items };
  }
  if (!isObject(value)) return { is: 'literal', value };
  const context = parseExpression(textOf(value['context']));
  if (context && typeof value['selector'] === 'string' && value['type'] !== undefined) {
    tell(context);
    return { is: 'selector', context, selector: value['selector'], language: languageOf(value['type']) };
  }
  const members = Object.fromEntries(Object.entries(value).map(([key, item]) => [key, readValue(item, tell)]));
  const isLiteral = Object.values(members).every(({ is }) => is === 'literal');
  return isLiteral ? { is: 'literal', value } : { is: 'object', members };
}

function readText(text: string, tell: (expression: Expression | string) => void): JourneyValue {
  const expression = parseExpression(text);
  if (expression) {
    tell(expression);
    return { is: 'expression', expression };
  }
  if (looksLikeExpression(text)) tell(text);
  const parts = text.split(/\{(\$[^{}]+)\}/).flatMap((part, index): (string | Expression)[] => {
    const inner = index % 2 === 1 ? parseExpression(part) : undefined;
    if (inner) tell(inner);
    return inner ? [inner] : part === '' ? [] : [index % 2 === 1 ? `{${part}}` : part];
  });
  return parts.some((part) => typeof part !== 'string') ? { is: 'template', parts } : { is: 'literal', value: text };
}

/** `jsonpath`, or `{type: jsonpath, version: rfc9535}` as `jsonpath rfc9535`. */
export function languageOf(type: JsonValue | undefined): string {
  return isObject(type) ? `${textOf(type['type'])} ${textOf(type['version'])}`.trim() : textOf(type);
}
