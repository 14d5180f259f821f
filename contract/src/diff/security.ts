// Who may call: alternatives, schemes and scopes. One alternative is enough for a caller, all its schemes are needed.

import type { JsonObject, Operation, Requirement } from '../model/contract.ts';
import { type Gate, nameOfOperation, objectOf } from './gate.ts';
import { sameJson } from './json.ts';

export function compareSecurity(old: Operation, fresh: Operation, gate: Gate): void {
  const [was, is] = [old.security ?? [], fresh.security ?? []].map((list) => list.filter((entry) => !isEmpty(entry)));
  const [open, openNow] = [isPublic(old.security), isPublic(fresh.security)];
  const tell = (change: string, before?: Requirement, after?: Requirement): void =>
    gate.tell({
      rule: `security.${change}`,
      place: nameOfOperation(fresh),
      operation: fresh.id,
      old: old.node,
      fresh: fresh.node,
      before: before === undefined ? undefined : worded(before),
      after: after === undefined ? undefined : worded(after),
    });
  if (!open && openNow) tell('made-public', was?.[0]);
  if (open && !openNow) tell('made-private', undefined, is?.[0]);
  if (was === undefined || is === undefined || (open && openNow)) return;
  const left = is.filter((entry) => !was.some((one) => sameRequirement(one, entry)));
  for (const before of was) {
    if (is.some((entry) => sameRequirement(entry, before))) continue;
    const after = left.find((entry) => isRelated(before, entry));
    if (after === undefined) {
      if (!openNow) tell('alternative.removed', before);
      continue;
    }
    left.splice(left.indexOf(after), 1);
    for (const change of requirementChanges(before, after)) tell(change, before, after);
  }
  for (const after of left) if (!open) tell('alternative.added', undefined, after);
  compareTypes(old, fresh, gate);
}

/** Nothing declared, an empty list, or an empty alternative: anybody may call. */
function isPublic(security: readonly Requirement[] | undefined): boolean {
  return security === undefined || security.length === 0 || security.some(isEmpty);
}

function isEmpty(requirement: Requirement): boolean {
  return Object.keys(requirement).length === 0;
}

function sameRequirement(a: Requirement, b: Requirement): boolean {
  const [some, others] = [Object.keys(a), Object.keys(b)];
  return (
    some.length === others.length &&
    some.every((name) => Object.hasOwn(b, name) && within(a[name], b[name]) && within(b[name], a[name]))
  );
}

function within(some: readonly string[] = [], others: readonly string[] = []): boolean {
  return some.every((scope) => others.includes(scope));
}

/** One alternative grown or shrunk: they share a scheme. */
function isRelated(a: Requirement, b: Requirement): boolean {
  return Object.keys(a).some((name) => Object.hasOwn(b, name));
}

function requirementChanges(before: Requirement, after: Requirement): string[] {
  const [was, is] = [Object.keys(before), Object.keys(after)];
  const shared = was.filter((name) => is.includes(name));
  const more = (a: Requirement, b: Requirement): boolean => shared.some((name) => !within(a[name], b[name]));
  return [
    ...(is.some((name) => !was.includes(name)) ? ['scheme.added'] : []),
    ...(was.some((name) => !is.includes(name)) ? ['scheme.removed'] : []),
    ...(more(after, before) ? ['scope.added'] : []),
    ...(more(before, after) && !more(after, before) ? ['scope.removed'] : []),
  ];
}

function worded(requirement: Requirement): string {
  return Object.entries(requirement)
    .map(([name, scopes]) => (scopes.length > 0 ? `${name} (${scopes.join(', ')})` : name))
    .join(' and ');
}

/** What decides how a credential travels; descriptions and addresses do not. */
const telling = ['type', 'scheme', 'in', 'name'];

/** A scheme that both versions need, and that is another one now. */
function compareTypes(old: Operation, fresh: Operation, gate: Gate): void {
  const needed = new Set((old.security ?? []).flatMap((entry) => Object.keys(entry)));
  for (const name of new Set((fresh.security ?? []).flatMap((entry) => Object.keys(entry)))) {
    const [was, is] = [gate.base.securitySchemes.get(name), gate.revision.securitySchemes.get(name)];
    if (!needed.has(name) || was === undefined || is === undefined) continue;
    if (telling.every((key) => sameJson(was[key], is[key]))) continue;
    const place = nameOfOperation(fresh);
    const words = { before: kindOf(name, was), after: kindOf(name, is) };
    gate.tell({ rule: 'security.scheme-type.changed', place, operation: fresh.id, old: was, fresh: is, ...words });
  }
}

function kindOf(name: string, scheme: JsonObject): string {
  const parts = telling.flatMap((key) => (typeof scheme[key] === 'string' ? [scheme[key]] : []));
  return `${name} (${parts.join(' ')})`;
}

/** The declared schemes themselves. Whom it touches is told at the operations; here it is only news. */
export function compareSchemes(gate: Gate): void {
  const [old, fresh] = [gate.base.securitySchemes, gate.revision.securitySchemes];
  const place = 'security schemes';
  for (const [name, was] of old) {
    const is = fresh.get(name);
    if (is === undefined) gate.tell({ rule: 'security.component.removed', place, old: was, before: name });
    else if (!sameJson(withoutNotes(was), withoutNotes(is))) {
      const words = { before: `${kindOf(name, was)}${flowsOf(was)}`, after: `${kindOf(name, is)}${flowsOf(is)}` };
      gate.tell({ rule: 'security.component.changed', place, old: was, fresh: is, ...words });
    }
  }
  for (const [name, is] of fresh)
    if (!old.has(name)) gate.tell({ rule: 'security.component.added', place, fresh: is, after: name });
}

function withoutNotes(scheme: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(scheme).filter(([key]) => key !== 'description' && !key.startsWith('x-')));
}

function flowsOf(scheme: JsonObject): string {
  const flows = Object.entries(objectOf(scheme['flows'])).map(([name, flow]) => {
    const { authorizationUrl, tokenUrl, scopes } = objectOf(flow);
    const addresses = [authorizationUrl, tokenUrl].filter((address) => typeof address === 'string');
    return `${name}: ${[...addresses, ...Object.keys(objectOf(scopes))].join(' ')}`;
  });
  return flows.length > 0 ? `; ${flows.join('; ')}` : '';
}
