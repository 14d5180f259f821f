// What travels: bodies, answers, headers and their media types.

import { follow, isObject } from '../load/pointer.ts';
import type { Body, Contract, JsonObject, JsonValue, Media, Operation, Param, Response } from '../model/contract.ts';
import { type Gate, nameOfOperation, objectOf } from './gate.ts';
import { sameJson } from './json.ts';
import type { DiffSide } from './rules.ts';

/** Who sends what: an operation's request comes from callers, a webhook's from us. */
export interface Sending {
  request: 'request' | 'webhook';
  response: 'response' | 'webhook-answer';
}

/** One message in two versions. */
interface Message {
  side: DiffSide;
  operation: Operation;
  words: string;
  old: JsonObject | undefined;
  fresh: JsonObject | undefined;
}

export function compareMessages(old: Operation, fresh: Operation, sending: Sending, gate: Gate): void {
  compareBodies(old, fresh, sending.request, gate);
  compareResponses(old, fresh, sending.response, gate);
}

function compareBodies(old: Operation, fresh: Operation, side: Sending['request'], gate: Gate): void {
  const [was, is] = [old.body, fresh.body];
  const message: Message = {
    side,
    operation: fresh,
    words: `${nameOfOperation(fresh)} ${side === 'request' ? 'request body' : 'payload'}`,
    old: nodeIn(gate.base, old.node['requestBody']),
    fresh: nodeIn(gate.revision, fresh.node['requestBody']),
  };
  const tell = (change: string): void => tellOf(message, gate)(`${side}.body.${change}`);
  if (was !== undefined && is !== undefined) compareBody(was, is, message, gate);
  else if (is !== undefined) tell(is.required ? 'added-required' : 'added');
  else if (was !== undefined) tell('removed');
}

function compareBody(was: Body, is: Body, message: Message, gate: Gate): void {
  if (was.required !== is.required)
    tellOf(message, gate)(`${message.side}.body.${is.required ? 'made-required' : 'made-optional'}`);
  compareMedia(was.media, is.media, message, gate);
}

function compareResponses(old: Operation, fresh: Operation, side: Sending['response'], gate: Gate): void {
  const freshByStatus = new Map(fresh.responses.map((response) => [response.status, response]));
  const message = (status: Response['status']): Message => ({
    side,
    operation: fresh,
    words: `${nameOfOperation(fresh)} ${side === 'response' ? 'answer' : "receiver's answer"} ${status}`,
    old: nodeIn(gate.base, objectOf(old.node['responses'])[String(status)]),
    fresh: nodeIn(gate.revision, objectOf(fresh.node['responses'])[String(status)]),
  });
  for (const was of old.responses) {
    const is = freshByStatus.get(was.status);
    freshByStatus.delete(was.status);
    if (is === undefined)
      tellOf(message(was.status), gate)(`${side}.${kindOf(was.status)}.removed`, String(was.status));
    else {
      compareHeaders(was.headers, is.headers, message(was.status), gate);
      compareMedia(was.media, is.media, message(was.status), gate);
    }
  }
  for (const status of freshByStatus.keys())
    tellOf(message(status), gate)(`${side}.${kindOf(status)}.added`, undefined, String(status));
}

function kindOf(status: Response['status']): 'status' | 'error-status' {
  return typeof status === 'number'
    ? status < 400
      ? 'status'
      : 'error-status'
    : /^[123]/.test(status)
      ? 'status'
      : 'error-status';
}

function compareHeaders(old: readonly Param[], fresh: readonly Param[], message: Message, gate: Gate): void {
  const { side, operation, words } = message;
  const freshByName = new Map(fresh.map((header) => [header.name.toLowerCase(), header]));
  for (const was of old) {
    const name = was.name.toLowerCase();
    const is = freshByName.get(name);
    freshByName.delete(name);
    const tell = tellOf({ ...message, words: `${words} header ${was.name}` }, gate);
    if (is === undefined) tell(`${side}.header.removed${was.required ? '-required' : ''}`, name);
    else {
      if (was.required !== is.required)
        tell(`${side}.header.${is.required ? 'made-required' : 'made-optional'}`, name, name);
      const place = {
        side,
        part: 'header',
        words: `${words} header ${was.name}`,
        operation: operation.id,
        at: name,
      } as const;
      gate.schemas(was.schema, is.schema, place);
    }
  }
  for (const [name, is] of freshByName)
    tellOf({ ...message, words: `${words} header ${is.name}` }, gate)(
      `${side}.header.added${is.required ? '-required' : ''}`,
      undefined,
      name,
    );
}

function compareMedia(old: readonly Media[], fresh: readonly Media[], message: Message, gate: Gate): void {
  const left = new Map(fresh.map((media) => [media.type, media]));
  const alone: Media[] = [];
  for (const was of old) {
    const is = left.get(was.type);
    left.delete(was.type);
    if (is === undefined) alone.push(was);
    else compareContent(was, is, message, gate);
  }
  for (const was of alone) {
    const found = [...left.values()]
      .map((is) => ({ is, how: relation(was.type, is.type) }))
      .find(({ how }) => how !== undefined);
    const tell = tellOf(ofType(message, was.type), gate);
    if (found === undefined) tell(`${message.side}.media.removed`, was.type);
    else {
      left.delete(found.is.type);
      tell(`${message.side}.media.${found.how}`, was.type, found.is.type);
      compareContent(was, found.is, message, gate);
    }
  }
  for (const type of left.keys()) tellOf(ofType(message, type), gate)(`${message.side}.media.added`, undefined, type);
}

function ofType(message: Message, type: string): Message {
  return { ...message, words: `${message.words} ${type}` };
}

/** The same type with other parameters, a type of the same syntax (`+json`) in place of the plain one, or the reverse. */
function relation(old: string, fresh: string): 'renamed' | 'specialized' | 'generalized' | undefined {
  const [was = '', is = ''] = [old, fresh].map((type) => type.split(';', 1)[0]?.trim());
  if (was === is) return 'renamed';
  const [outer, inner] = [was, is].map((type) => /^(\w+)\/(?:.*\+)?([\w.-]+|\*)$/.exec(type)?.slice(1).join('/'));
  if (outer === undefined || outer !== inner) return wildcard(was, is);
  return is.includes('+') ? (was.includes('+') ? 'renamed' : 'specialized') : 'generalized';
}

function wildcard(was: string, is: string): 'specialized' | 'generalized' | undefined {
  return isWider(was, is) ? 'specialized' : isWider(is, was) ? 'generalized' : undefined;
}

function isWider(wide: string, narrow: string): boolean {
  return wide === '*/*' || (wide.endsWith('/*') && narrow.startsWith(wide.slice(0, -1)));
}

function compareContent(was: Media, is: Media, message: Message, gate: Gate): void {
  const { side, operation, words } = message;
  const tell = tellOf(ofType(message, is.type), gate);
  if (!sameJson(was.encoding, is.encoding)) tell(`${side}.media.encoding-changed`, was.type, is.type);
  if (was.schema === undefined && is.schema === undefined) return;
  if (was.schema === undefined) tell(`${side}.media.schema-added`, was.type, is.type);
  else if (is.schema === undefined) tell(`${side}.media.schema-removed`, was.type, is.type);
  else {
    const closed = side === 'request' && operation.policy.unknown === 'refuse';
    gate.schemas(was.schema, is.schema, { side, part: 'body', words, operation: operation.id, at: '', closed });
  }
}

function tellOf(message: Message, gate: Gate): (rule: string, before?: JsonValue, after?: JsonValue) => void {
  const { operation, words: place, old, fresh } = message;
  return (rule, before, after) => gate.tell({ rule, place, operation: operation.id, old, fresh, before, after });
}

function nodeIn(contract: Contract, node: JsonValue | undefined): JsonObject | undefined {
  const followed = follow(contract.document, node);
  return isObject(followed) ? followed : undefined;
}
