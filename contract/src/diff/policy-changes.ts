// `x-plinth` of an operation against what it was. Each aspect is one line: which rule, from what, to what.

import { isObject } from '../load/pointer.ts';
import type { Contract, JsonObject, JsonValue, Operation, States } from '../model/contract.ts';
import { type Gate, nameOfOperation, objectOf } from './gate.ts';
import { sameJson } from './json.ts';

interface Change {
  rule: string;
  before?: JsonValue | undefined;
  after?: JsonValue | undefined;
}

interface Pair {
  old: Operation;
  fresh: Operation;
  /** `x-plinth` as written, the document's below the operation's: keys that the model does not carry yet. */
  raw: [JsonObject, JsonObject];
}

export function comparePolicy(old: Operation, fresh: Operation, gate: Gate): void {
  const pair: Pair = { old, fresh, raw: [writtenPolicy(gate.base, old), writtenPolicy(gate.revision, fresh)] };
  const place = nameOfOperation(fresh);
  for (const change of [...demands(pair), ...limits(pair), ...people(pair), ...written(pair), ...facts(pair)])
    gate.tell({
      ...change,
      rule: `policy.${change.rule}`,
      place,
      operation: fresh.id,
      old: old.node,
      fresh: fresh.node,
    });
}

function writtenPolicy(contract: Contract, operation: Operation): JsonObject {
  return { ...objectOf(contract.document['x-plinth']), ...objectOf(operation.node['x-plinth']) };
}

/** From the loosest to the strictest. */
const unknowns = ['pass', 'drop', 'refuse'];

function demands({ old: { policy: was }, fresh: { policy: is } }: Pair): Change[] {
  const changes: Change[] = [];
  const [mode, modeNow] = [was.idempotency.mode, is.idempotency.mode];
  if (mode !== modeNow)
    changes.push({
      rule: `idempotency.${modeNow === 'required' ? 'required' : modeNow === 'none' ? 'withdrawn' : 'relaxed'}`,
      before: mode,
      after: modeNow,
    });
  if (mode !== 'none' && modeNow !== 'none' && is.idempotency.retainS < was.idempotency.retainS)
    changes.push({ rule: 'retention.shortened', before: was.idempotency.retainS, after: is.idempotency.retainS });
  if (was.precondition !== is.precondition)
    changes.push({
      rule: `precondition.${is.precondition === 'required' ? 'required' : 'relaxed'}`,
      before: was.precondition,
      after: is.precondition,
    });
  if (was.unknown !== is.unknown) {
    const stricter = unknowns.indexOf(is.unknown) > unknowns.indexOf(was.unknown);
    changes.push({ rule: `unknown.${stricter ? 'stricter' : 'looser'}`, before: was.unknown, after: is.unknown });
  }
  if (was.effect !== is.effect)
    changes.push({ rule: 'effect.changed', before: was.effect ?? 'none', after: is.effect ?? 'none' });
  if (was.criticality !== is.criticality && sameJson(was.effect, is.effect))
    changes.push({ rule: 'criticality.changed', before: was.criticality, after: is.criticality });
  return changes;
}

function limits({ old: { policy: was }, fresh: { policy: is } }: Pair): Change[] {
  const changes: Change[] = [];
  const number = (rule: string, before: number | undefined, after: number | undefined): void => {
    if (before === after) return;
    const lowered = (after ?? Infinity) < (before ?? Infinity);
    changes.push({
      rule: `${rule}${lowered ? 'lowered' : 'raised'}`,
      before: before ?? 'no limit',
      after: after ?? 'no limit',
    });
  };
  number('size.', was.size?.bodyBytes, is.size?.bodyBytes);
  number('timeout.', was.timeoutMs, is.timeoutMs);
  type Limit = (typeof is.limits)[number];
  const words = ({ name, per, quota, windowS, cost = 1 }: Limit): string =>
    `${name}: ${quota} in ${windowS} s per ${per}${cost > 1 ? `, each counts ${cost}` : ''}`;
  const rate = ({ quota, windowS, cost = 1 }: Limit): number => quota / windowS / cost;
  for (const limit of is.limits) {
    const before = was.limits.find((one) => one.name === limit.name);
    if (before === undefined) changes.push({ rule: 'limit.added', after: words(limit) });
    else if (!sameJson(words(before), words(limit))) {
      const lowered = rate(limit) < rate(before) || limit.per !== before.per;
      changes.push({ rule: `limit.${lowered ? 'lowered' : 'raised'}`, before: words(before), after: words(limit) });
    }
  }
  for (const limit of was.limits)
    if (!is.limits.some(({ name }) => name === limit.name))
      changes.push({ rule: 'limit.removed', before: words(limit) });
  return changes;
}

function people({ old: { policy: was }, fresh: { policy: is } }: Pair): Change[] {
  const changes: Change[] = [];
  const lists = (
    rule: string,
    [before, after]: [readonly string[], readonly string[]],
    words: [string, string],
  ): void => {
    const gone = before.filter((one) => !after.includes(one));
    const come = after.filter((one) => !before.includes(one));
    if (gone.length > 0) changes.push({ rule: `${rule}.${words[0]}`, before: gone });
    if (come.length > 0) changes.push({ rule: `${rule}.${words[1]}`, after: come });
  };
  lists('audience', [was.audience, is.audience], ['narrowed', 'widened']);
  lists('purpose', [was.purpose, is.purpose], ['removed', 'added']);
  // Undefined is every channel, which only grows or shrinks as a whole.
  if (was.channel !== undefined && is.channel !== undefined)
    lists('channel', [was.channel, is.channel], ['narrowed', 'widened']);
  else if (is.channel !== undefined) changes.push({ rule: 'channel.narrowed', before: ['others'], after: is.channel });
  else if (was.channel !== undefined) changes.push({ rule: 'channel.widened', before: was.channel, after: ['others'] });
  return changes;
}

function written({ raw: [was, is] }: Pair): Change[] {
  const changes: Change[] = [];
  const differs = (key: string): boolean => !sameJson(was[key], is[key]);
  const both = (key: string): Omit<Change, 'rule'> => ({ before: was[key] ?? 'none', after: is[key] ?? 'none' });
  for (const [key, rule] of [
    ['cache', 'cache.changed'],
    ['retry', 'retry.changed'],
    ['webhookIn', 'signature.changed'],
  ] as const)
    if (differs(key)) changes.push({ rule, ...both(key) });
  if (differs('stepUp')) {
    const change = was['stepUp'] === undefined ? 'added' : is['stepUp'] === undefined ? 'removed' : 'changed';
    changes.push({ rule: `step-up.${change}`, ...both('stepUp') });
  }
  if ((was['senderConstrained'] === true) !== (is['senderConstrained'] === true))
    changes.push({ rule: `sender-constrained.${is['senderConstrained'] === true ? 'added' : 'removed'}` });
  if (differs('async'))
    changes.push({
      rule:
        objectOf(is['async'])['mode'] === 'always' && objectOf(was['async'])['mode'] !== 'always'
          ? 'async.always'
          : 'async.changed',
      ...both('async'),
    });
  // What nobody wrote is inferred from the schemas, which are compared themselves.
  const [paging, pagingNow] = [was['paging'], is['paging']].map((value) =>
    value === undefined ? undefined : objectOf(value),
  );
  if (paging !== undefined && pagingNow !== undefined) {
    const { max, ...style } = paging;
    const { max: maxNow, ...styleNow } = pagingNow;
    if (!sameJson(style, styleNow)) changes.push({ rule: 'paging.changed', ...both('paging') });
    const [most, mostNow] = [Number(max ?? 100), Number(maxNow ?? 100)];
    if (most !== mostNow)
      changes.push({ rule: `paging.max-${mostNow < most ? 'lowered' : 'raised'}`, before: most, after: mostNow });
  }
  return changes;
}

function facts({ old: { policy: was }, fresh: { policy: is } }: Pair): Change[] {
  const names = (list: typeof is.emits): Set<string> => new Set(list.map(({ event }) => event));
  const [told, tells] = [names(was.emits), names(is.emits)];
  return [
    ...[...told].filter((event) => !tells.has(event)).map((before) => ({ rule: 'emits.removed', before })),
    ...[...tells].filter((event) => !told.has(event)).map((after) => ({ rule: 'emits.added', after })),
  ];
}

/** State machines of resources, by the resource's name. */
export function compareStates(gate: Gate): void {
  for (const old of gate.base.resources) {
    const fresh = gate.revision.resources.find(({ name }) => name === old.name);
    if (old.states === undefined || fresh?.states === undefined) continue;
    const [was, is] = [old.states, fresh.states];
    const at = {
      place: `states of ${old.name}`,
      old: isObject(old.schema) ? old.schema : undefined,
      fresh: isObject(fresh.schema) ? fresh.schema : undefined,
    };
    const operation = fresh.operations[0]?.id;
    const tell = (rule: string, before?: string, after?: string): void =>
      gate.tell({ ...at, rule: `policy.${rule}`, before, after, ...(operation === undefined ? {} : { operation }) });
    const [states, statesNow] = [statesOf(was), statesOf(is)];
    for (const state of states) if (!statesNow.has(state)) tell('state.removed', state);
    for (const state of statesNow) if (!states.has(state)) tell('state.added', undefined, state);
    const [moves, movesNow] = [movesOf(was), movesOf(is)];
    for (const move of moves) if (!movesNow.has(move)) tell('move.removed', move);
    for (const move of movesNow) if (!moves.has(move)) tell('move.added', undefined, move);
  }
}

function statesOf(states: States): Set<string> {
  return new Set([states.initial, ...states.final, ...states.moves.flatMap(({ from, to }) => [...from, to])]);
}

function movesOf(states: States): Set<string> {
  return new Set(states.moves.flatMap(({ name, from, to }) => from.map((state) => `${name}: ${state} → ${to}`)));
}
