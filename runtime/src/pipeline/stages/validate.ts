// Stage `validate`: typed input from here on. Parameters are checked before the body is read; both together become the
// one input shape: parameters by name, the body as `body`.

import { isJsonType } from '@plinth/contract/serving';
import { parseItem } from '../../kernel/index.ts';
import { positionIn } from '../../operations/position.ts';
import type { Answer, Exchange, Step } from '../exchange.ts';
import { refuse, type CompiledOperation } from '../operation.ts';
import type { ProblemDetail } from '../problems.ts';
import type { Checked } from '../shapes.ts';
import { viewerOf } from './check-response.ts';
import { followedBy } from './follow.ts';
import { invalidBodyStatus, parseJsonBody } from './read-body.ts';
import { etagOf } from './respond.ts';

/** Header fields that steer the edge itself, then the declared parameters. */
export function compileParams(operation: CompiledOperation): Step {
  const { policy } = operation.operation;
  const needsKey = operation.writes && policy.idempotency.mode !== 'none';
  const keyRequired = policy.idempotency.mode === 'required';
  const follows = followedBy(operation.handler) !== undefined;
  const wantsVersion = policy.precondition !== 'none' && operation.writes;
  return (x) => {
    const read =
      x.call === undefined
        ? operation.shapes.readParams(x.rawPath, x.query, (name) => x.header(name))
        : operation.shapes.checkParams(x.call.input);
    if ('errors' in read) return refuse(x, 'invalid-parameter', { errors: read.errors });
    x.input = read.values;
    if (needsKey) {
      const refusal = readKey(x, keyRequired);
      if (refusal !== undefined) return refusal;
    }
    if (wantsVersion) {
      const refusal = readIfMatch(x, policy.precondition === 'required');
      if (refusal !== undefined) return refusal;
      // That nothing is there, or not this version: no change here asks for it, and no condition is passed over.
      if (x.header('if-none-match') !== undefined) return refuse(x, 'precondition-failed');
    }
    if (follows) {
      const refusal = readPosition(x);
      if (refusal !== undefined) return refusal;
    }
    x.decisionId ??= visible(x.header('plinth-decision'));
    return undefined;
  };
}

/** undefined when the operation has no body. */
export function compileBody(operation: CompiledOperation): Step | undefined {
  const { body } = operation.shapes;
  if (body === undefined) return undefined;
  const status = invalidBodyStatus(operation);
  const takesFiles = operation.operation.policy.files === 'stored';
  const view = operation.binding.principal === undefined ? operation.shapes.bodyView : undefined;
  const take = (x: Exchange, checked: Checked): Answer | undefined => {
    if ('errors' in checked) return refuse(x, 'invalid-body', { status, errors: checked.errors });
    const foreign = view?.foreign(checked.value, viewerOf(x)) ?? [];
    if (foreign.length > 0) return refuse(x, 'invalid-body', { status, errors: foreign.map(notYours) });
    x.input['body'] = checked.value;
    return undefined;
  };
  return (x) => {
    let checked: Checked;
    if (x.call !== undefined) {
      if (takesFiles) return refuse(x, 'invalid-body', { status, errors: [needsForm] });
      const value = x.call.input['body'];
      if (value === undefined)
        return body.required ? refuse(x, 'invalid-body', { status, errors: [absent] }) : undefined;
      checked = body.check(value);
    } else {
      if (x.form !== undefined) return take(x, x.form);
      if (x.body === undefined || x.body.length === 0) return undefined;
      const type = x.header('content-type') as string;
      if (isJsonType(type)) {
        const parsed = parseJsonBody(x);
        if ('refused' in parsed) return parsed.refused;
        checked = body.check(parsed.value, type);
      } else checked = body.decode(x.body, type);
    }
    return take(x, checked);
  };
}

const needsForm = { in: 'body', pointer: '', rule: 'media-type', message: 'Files come over HTTP, in a form.' };

const notYours = (pointer: string) => ({
  in: 'body',
  pointer,
  rule: 'other-audience',
  message: 'This is not for callers of this kind to say.',
});

const notAPosition: ProblemDetail = {
  in: 'header',
  pointer: '/Plinth-Position',
  rule: 'pattern',
  message: 'A position is 1 to 15 digits, as the answer to a write tells it.',
};

const absent = { in: 'body', pointer: '', rule: 'required', message: 'A body is needed.' };

/** Structured-field String, or a bare token of the same characters. */
function readKey(x: Exchange, required: boolean): Answer | undefined {
  const sent = x.call === undefined ? x.header('idempotency-key') : x.call.idempotencyKey;
  if (sent === undefined) return required ? refuse(x, 'idempotency-key-missing') : undefined;
  const key = keyIn(sent);
  if (key === undefined) return refuse(x, 'idempotency-key-malformed');
  x.idempotencyKey = key;
  return undefined;
}

/** A String without escapes, parameters and spaces, as nearly all keys are. */
const plainString = /^"[\x21\x23-\x5b\x5d-\x7e]{1,255}"$/;

/** `"abc"` and `abc` are the same key; parameters of the structured field mean nothing here (RFC 9651, 2). */
function keyIn(sent: string): string | undefined {
  if (!sent.startsWith('"')) return sent.includes('"') ? undefined : visible(sent);
  if (plainString.test(sent)) return sent.slice(1, -1);
  const value = parseItem(sent)?.value;
  return typeof value === 'string' ? visible(value) : undefined;
}

/**
 * A list of ETags; the handler compares the version. Strongly: weak tags fit nothing, nor do those of another audience or
 * major version, which are other representations. A version alone (`"7"`) is one of ours too. Of several the latest
 * counts. `*` asks only for existence, which the handler finds out by itself.
 */
function readIfMatch(x: Exchange, required: boolean): Answer | undefined {
  const sent = (x.call === undefined ? x.header('if-match') : x.call.ifMatch)?.trim();
  if (sent === undefined) return required ? refuse(x, 'precondition-required') : undefined;
  if (sent === '*') return undefined;
  let latest = -1;
  for (const tag of sent.split(',', 100)) latest = Math.max(latest, versionIn(x, tag.trim()));
  if (latest < 0) return refuse(x, 'precondition-failed');
  x.expectedVersion = latest;
  return undefined;
}

/** It asks for something, so what cannot be read is refused, and not passed over as advice is. */
function readPosition(x: Exchange): Answer | undefined {
  const sent = x.call === undefined ? x.header('plinth-position') : x.call.position?.toString();
  if (sent === undefined) return undefined;
  x.awaited = positionIn(sent);
  return x.awaited === undefined ? refuse(x, 'invalid-parameter', { errors: [notAPosition] }) : undefined;
}

/** `"7.1.customer"`, `"7"` or `7` → 7; -1 when it is no ETag of what this caller sees. */
function versionIn(x: Exchange, tag: string): number {
  const version = /^"?(\d{1,15})(?:\.[\w.-]*)?"?$/.exec(tag)?.[1];
  if (version === undefined) return -1;
  const number = Number(version);
  return !tag.includes('.') || tag === etagOf(x, number) ? number : -1;
}

/** 1–255 visible ASCII characters. */
function visible(text: string | undefined): string | undefined {
  return text !== undefined && /^[\x21-\x7e]{1,255}$/.test(text) ? text : undefined;
}
