// The last step of every answer: what was proposed is judged by the response's own schema; what does not fit gives way
// to an example, then to a generated body, and only then to a refusal that names the place.

import type { JsonValue, Media, Schema } from '../model/contract.ts';
import { type MockAnswer, refusal } from './answer.ts';
import { bodyOfMedia } from './media.ts';
import { type ChosenAnswer, chooseAnswer, isJson } from './places.ts';
import type { Preferences } from './prefer.ts';
import type { Turn } from './world.ts';

/** An answer made from state. `propose` is asked for a body of the schema. */
export function replyWith(turn: Turn, propose: (schema: Schema) => JsonValue): MockAnswer {
  const { answer } = turn.plan;
  const { media } = answer;
  if (!media || !isJson(media.type) || media.schema === undefined) return replyPlain(turn, answer);
  return judged(turn, answer, media, [() => propose(media.schema as Schema), () => exampleOf(media)]);
}

/** An answer without state: the example, else generated. */
export function replyGenerated(turn: Turn, { code, example, dynamic }: Preferences): MockAnswer {
  const answer = code === undefined ? turn.plan.answer : chooseAnswer(turn.operation, code);
  if (!answer) {
    const message = `status ${code ?? ''} is not documented`;
    return refusal('mock-cannot-answer', { operation: turn.operation.id, pointer: '', message });
  }
  const { media } = answer;
  if (!media || !isJson(media.type) || media.schema === undefined) return replyPlain(turn, answer);
  return judged(turn, answer, media, dynamic ? [] : [() => exampleOf(media, example)]);
}

function exampleOf(media: Media, name?: string): JsonValue | undefined {
  return (media.examples.find((example) => example.name === name) ?? media.examples[0])?.value;
}

function replyPlain(turn: Turn, answer: ChosenAnswer): MockAnswer {
  const { media, status } = answer;
  if (!media) return { kind: 'answer', status, type: '', headers: headersOf(turn, answer), body: undefined };
  const body = isJson(media.type) ? (exampleOf(media) ?? {}) : bodyOfMedia(media, turn.generator);
  return said(turn, answer, media, body);
}

function judged(
  turn: Turn,
  answer: ChosenAnswer,
  media: Media,
  proposals: readonly (() => JsonValue | undefined)[],
): MockAnswer {
  const { generator, operation } = turn;
  const schema = media.schema as Schema;
  const validator = generator.validator(schema, 'response');
  for (const propose of proposals) {
    const value = propose();
    if (value !== undefined && validator.check(value)) return said(turn, answer, media, structuredClone(value));
  }
  const { value, valid } = generator.instance(schema, { name: operation.id, direction: 'response' });
  if (valid) return said(turn, answer, media, value);
  const [fault] = validator.explain(value, 1);
  return refusal('mock-cannot-answer', {
    operation: operation.id,
    pointer: fault?.pointer ?? '',
    message: fault?.message ?? '',
  });
}

function said(turn: Turn, answer: ChosenAnswer, media: Media, body: unknown): MockAnswer {
  const headers = { ...headersOf(turn, answer), 'content-type': media.type };
  return { kind: 'answer', status: answer.status, type: media.type, headers, body };
}

/** Headers that the response promises always to have. */
function headersOf(turn: Turn, { headers }: ChosenAnswer): Record<string, string> {
  const made: Record<string, string> = {};
  for (const header of headers) {
    if (!header.required) continue;
    const { value, valid } = turn.generator.instance(header.schema, { name: header.name, direction: 'response' });
    if (valid && (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'))
      made[header.name.toLowerCase()] = String(value);
  }
  return made;
}
