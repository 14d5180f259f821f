// The last step of every answer: what was proposed is judged by the response's own schema; what does not fit gives way
// to an example, then to a generated body, and only then to a refusal that names the place.

import { isObject } from '../load/pointer.ts';
import type { Example, JsonValue, Media, Schema } from '../model/contract.ts';
import { type MockAnswer, refusal } from './answer.ts';
import { declaredError } from './declared-error.ts';
import { headersOf } from './headers.ts';
import { bodyOfMedia } from './media.ts';
import { type ChosenAnswer, chooseAnswer, isJson } from './places.ts';
import type { Preferences } from './prefer.ts';
import { withoutSecrets } from './secrets.ts';
import type { Turn } from './world.ts';

/** An answer made from state. `propose` is asked for a body of the schema. `answer`: the plan's unless told otherwise. */
export function replyWith(
  turn: Turn,
  propose: (schema: Schema) => JsonValue,
  answer: ChosenAnswer = turn.plan.answer,
): MockAnswer {
  const { media } = answer;
  if (!media || !isJson(media.type) || media.schema === undefined) return replyPlain(turn, answer);
  return judged(turn, answer, media, [() => propose(media.schema as Schema), () => exampleOf(turn, media)]);
}

/** An answer without state: the example, else generated. What was preferred and given is named in `preference-applied`. */
export function replyGenerated(turn: Turn, preferences: Preferences = {}): MockAnswer {
  const { code, example, dynamic, seed } = preferences;
  const answer = code === undefined ? turn.plan.answer : chooseAnswer(turn.operation, code);
  if (!answer) {
    const message = `status ${code ?? ''} is not documented`;
    return refusal('mock-cannot-answer', { operation: turn.operation.id, pointer: '', message, reason: message });
  }
  const { media } = answer;
  const isGenerated = dynamic === true || (seed !== undefined && example === undefined);
  const reply =
    !media || !isJson(media.type) || media.schema === undefined
      ? replyPlain(turn, answer)
      : judged(turn, answer, media, [
          ...(isGenerated ? [] : [() => exampleOf(turn, media, example)]),
          ...(answer.status < 400 ? [] : [() => errorOf(turn, answer)]),
        ]);
  const applied = followed(preferences, reply.status, media);
  if (applied.length > 0 && reply.kind === 'answer') reply.headers['preference-applied'] = applied.join(', ');
  return reply;
}

/** What an error says when no example shows it: the words with which the contract describes it. */
function errorOf({ contract, operation, generator }: Turn, { status }: ChosenAnswer): JsonValue | undefined {
  const described = operation.responses.find((response) => response.status === status)?.description ?? '';
  const title = described.split('\n', 1)[0]?.slice(0, 200) || `Status ${status}`;
  const code = title
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 60);
  const problem = { type: 'about:blank', title, status, detail: title, code };
  return declaredError(contract, operation, problem, generator)?.body ?? problem;
}

/** The preferences about the body that were followed, in words. */
function followed({ code, example, dynamic, seed, state }: Preferences, status: number, media?: Media): string[] {
  const isShown = media?.examples.some(({ name }) => name === example) === true;
  return [
    code !== undefined && status === code ? `code=${code}` : '',
    isShown ? `example=${example}` : '',
    dynamic === true ? 'dynamic=true' : '',
    seed === undefined ? '' : `seed=${seed}`,
    state === undefined ? '' : `state=${state}`,
  ].filter((word) => word !== '');
}

/** The example that was asked for by name; else the one whose request is shown as what was sent; else the first. */
function exampleOf(turn: Turn, media: Media, name?: string): JsonValue | undefined {
  const { examples } = media;
  const named = examples.find((example) => example.name === name);
  if (named || examples.length < 2) return (named ?? examples[0])?.value;
  const sent = turn.input['body'];
  const shown = (turn.operation.body?.media ?? []).flatMap((each) => each.examples);
  const asked = sent === undefined ? undefined : shown.find((example) => isShownBy(example, sent));
  return (examples.find((example) => example.name === asked?.name) ?? examples[0])?.value;
}

/** What was sent holds at least what the example shows. */
function isShownBy({ value }: Example, sent: unknown): boolean {
  return holds(sent, value, 0);
}

function holds(sent: unknown, shown: JsonValue, depth: number): boolean {
  if (depth > 16) return false;
  if (Array.isArray(shown))
    return Array.isArray(sent) && shown.every((part, index) => holds(sent[index], part, depth + 1));
  if (!isObject(shown)) return sent === shown;
  return isObject(sent) && Object.entries(shown).every(([name, part]) => holds(sent[name], part, depth + 1));
}

function replyPlain(turn: Turn, answer: ChosenAnswer): MockAnswer {
  const { media, status } = answer;
  if (!media)
    return { kind: 'answer', status, type: '', headers: headersOf(turn.generator, answer.headers), body: undefined };
  const body = isJson(media.type) ? (exampleOf(turn, media) ?? {}) : bodyOfMedia(media, turn.generator);
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
  const told = (whole: JsonValue): MockAnswer => {
    const { contract, caller } = turn;
    const isMaking = operation.policy.effect !== 'read';
    const shown = { schema, document: contract.document, isMaking, caller };
    return said(
      turn,
      answer,
      media,
      withoutSecrets(whole, shown, (each) => validator.check(each)),
    );
  };
  for (const propose of proposals) {
    const value = propose();
    if (value !== undefined && validator.check(value)) return told(value);
  }
  const { value, valid } = generator.instance(schema, { name: operation.id, direction: 'response' });
  if (valid) return told(value);
  const [fault] = validator.explain(value, 1);
  const { pointer = '', message = '' } = fault ?? {};
  const reason = `${message} (at ${pointer || 'the root'})`;
  return refusal('mock-cannot-answer', { operation: operation.id, pointer, message, reason });
}

function said(turn: Turn, answer: ChosenAnswer, media: Media, body: unknown): MockAnswer {
  const headers = { ...headersOf(turn.generator, answer.headers), 'content-type': concrete(media.type) };
  return { kind: 'answer', status: answer.status, type: media.type, headers, body };
}

/** A range is what may be sent, not what is sent. */
function concrete(type: string): string {
  if (!type.includes('*')) return type;
  return type.startsWith('text/') ? 'text/plain' : type.startsWith('image/') ? 'image/png' : 'application/octet-stream';
}
