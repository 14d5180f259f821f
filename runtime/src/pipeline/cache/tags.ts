// Tags with places in them: `account:{path.accountId}`, `account:{body#/from}`, `order:{response.body#/id}`.

import { type JsonValue, type Operation, valueAt } from '@plinth/contract/serving';
import type { Answer, Exchange } from '../exchange.ts';

/** All that tags are made from, beside the answer. */
type Asked = Pick<Exchange, 'input'>;

type Read = (x: Asked, answer: Answer | undefined) => unknown;

const places = /\{([^{}]*)\}/g;

/** All tags of one call. `answer` is only there for purges. Values are percent-encoded, so that none can look like two. */
export function compileTags(templates: readonly string[]): (x: Asked, answer?: Answer) => string[] {
  const compiled = templates.map((template) => compileTag(template));
  return (x, answer) => compiled.map((tag) => tag(x, answer));
}

function compileTag(template: string): (x: Asked, answer: Answer | undefined) => string {
  const reads = [...template.matchAll(places)].map(([, place = '']) => readerOf(place));
  if (reads.length === 0) return () => template;
  const words = template.split(places).filter((_, index) => index % 2 === 0);
  return (x, answer) => words.reduce((text, word, index) => text + plain(reads[index - 1]?.(x, answer)) + word);
}

function readerOf(place: string): Read {
  if (place.startsWith('response.body#')) {
    const pointer = place.slice('response.body#'.length);
    return (_, answer) => at(answer?.value, pointer);
  }
  if (place.startsWith('body#')) return (x) => at(x.input['body'], place.slice('body#'.length));
  const name = place.slice(place.indexOf('.') + 1);
  return (x) => x.input[name];
}

function at(body: unknown, pointer: string): unknown {
  return body === undefined ? undefined : valueAt(body as JsonValue, pointer);
}

function plain(value: unknown): string {
  if (typeof value === 'string') return encodeURIComponent(value.toWellFormed());
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

/** Places of a template that this operation does not have. An answer's body is there for purges only. */
export function unknownPlaces(template: string, operation: Operation, isPurge: boolean): string[] {
  return [...template.matchAll(places)].flatMap(([, place = '']) => {
    if (place.startsWith('response.body#')) return isPurge ? [] : [place];
    if (place.startsWith('body#')) return operation.body === undefined ? [place] : [];
    return operation.params.some((param) => `${param.in}.${param.name}` === place) ? [] : [place];
  });
}
