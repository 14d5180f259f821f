// Operations against operations, with all that stands in them. Webhooks and callbacks are compared with the sides
// exchanged: we send what is their request.

import type { Operation } from '../model/contract.ts';
import { type Gate, nameOfOperation } from './gate.ts';
import { isOver, lifeChanges, lifeOf } from './life.ts';
import { matchOperations } from './match.ts';
import { compareMessages, type Sending } from './messages.ts';
import { compareParams } from './params.ts';
import { comparePolicy } from './policy-changes.ts';
import { compareSecurity } from './security.ts';

const called: Sending = { request: 'request', response: 'response' };
const told: Sending = { request: 'webhook', response: 'webhook-answer' };

export function compareOperations(gate: Gate): void {
  const { base, revision } = gate;
  const matched = matchOperations(base.operations, revision.operations);
  for (const [old, fresh] of matched.pairs) compareOperation(old, fresh, gate);
  for (const old of matched.removed) tellRemoved(old, gate);
  for (const fresh of matched.added)
    gate.tell({ rule: 'operation.added', place: nameOfOperation(fresh), operation: fresh.id, fresh: fresh.node });
  compareWebhooks(base.webhooks, revision.webhooks, gate, '');
}

function tellRemoved(old: Operation, gate: Gate): void {
  const life = lifeOf(old.node);
  const { stage } = old.policy;
  const rule = isOver(life, gate.day.today)
    ? 'operation.removed-after-sunset'
    : stage === 'draft' || stage === 'preview' || stage === 'retired'
      ? 'operation.removed-unstable'
      : 'operation.removed';
  const before = rule === 'operation.removed-unstable' ? stage : life.sunset;
  gate.tell({ rule, place: nameOfOperation(old), operation: old.id, old: old.node, before });
}

function compareOperation(old: Operation, fresh: Operation, gate: Gate): void {
  gate.counts.operations += 1;
  const place = nameOfOperation(fresh);
  const at = { place, operation: fresh.id, old: old.node, fresh: fresh.node };
  if (old.key !== fresh.key) gate.tell({ ...at, rule: 'operation.moved', before: pathOf(old), after: pathOf(fresh) });
  compareNames(old, fresh, gate);
  for (const { subject, change, before, after } of lifeChanges(lifeOf(old.node), lifeOf(fresh.node), gate.day))
    gate.tell({ ...at, rule: `operation.${subject}.${change}`, before, after });
  compareParams(old, fresh, 'request', gate);
  compareMessages(old, fresh, called, gate);
  compareSecurity(old, fresh, gate);
  comparePolicy(old, fresh, gate);
  compareWebhooks(old.callbacks, fresh.callbacks, gate, `${place} callback `);
}

function pathOf(operation: Operation): string {
  return `${operation.method.toUpperCase()} ${operation.path}`;
}

function compareNames(old: Operation, fresh: Operation, gate: Gate): void {
  const at = { place: nameOfOperation(fresh), operation: fresh.id, old: old.node, fresh: fresh.node };
  const [id, idNow] = [old.node['operationId'], fresh.node['operationId']];
  if (id !== undefined && id !== idNow)
    gate.tell({
      ...at,
      rule: `operation.id.${idNow === undefined ? 'removed' : 'changed'}`,
      before: id,
      after: fresh.id,
    });
  else if (id === undefined && idNow !== undefined) gate.tell({ ...at, rule: 'operation.id.added', after: idNow });
  for (const tag of old.tags)
    if (!fresh.tags.includes(tag)) gate.tell({ ...at, rule: 'operation.tag.removed', before: tag });
  for (const tag of fresh.tags)
    if (!old.tags.includes(tag)) gate.tell({ ...at, rule: 'operation.tag.added', after: tag });
}

/** Webhooks of a contract, or callbacks of an operation: both are calls that we make. */
function compareWebhooks(old: readonly Operation[], fresh: readonly Operation[], gate: Gate, before: string): void {
  const matched = matchOperations(old, fresh);
  const words = (operation: Operation): string => `${before || 'webhook '}${nameOfOperation(operation)}`;
  for (const [was, is] of matched.pairs) {
    gate.counts.operations += 1;
    compareParams(was, is, 'webhook', gate);
    compareMessages(was, is, told, gate);
  }
  for (const was of matched.removed)
    gate.tell({ rule: 'webhook.removed', place: words(was), operation: was.id, old: was.node });
  for (const is of matched.added)
    gate.tell({ rule: 'webhook.added', place: words(is), operation: is.id, fresh: is.node });
}
