// Phase `stateful`: the life of a thing in one chain. What was written is read back, listed, changed, moved by its
// states, removed, and gone afterwards.

import type { Choices } from '../generate/choices.ts';
import { isObject } from '../load/pointer.ts';
import type { JsonObject, JsonValue, Operation, States } from '../model/contract.ts';
import { isMarked, declaredMembers } from '../schema/members.ts';
import { isJson } from './body.ts';
import type { Bindings } from './builder.ts';
import { responseFor } from './declared.ts';
import type { Call, Exchange, Principal } from './exchange.ts';
import { mustTell } from './facts.ts';
import { type Lifecycle, lifecyclesOf } from './lifecycle.ts';
import { pagesOf } from './pages.ts';
import type { Job, Planning } from './plan.ts';
import { type Expect, mayCall, type Trial } from './trial.ts';

/** Chains of one kind of thing; steps of one chain after the thing was made. */
const mostChains = 20;
const mostSteps = 6;

export function statefulJobs({ contract, operations, cases }: Planning): Job[] {
  return lifecyclesOf(contract, operations).flatMap((life): Job[] => {
    const acts = life.changes.length + life.movers.length;
    const operation = life.create ?? (acts > 0 ? (life.list ?? life.read) : undefined);
    if (!operation) return [];
    const test = (trial: Trial): Promise<void> => live(trial, life);
    // A thing of our own is nobody else's matter.
    const alone = life.create === undefined;
    return [{ phase: 'stateful', operation, cases: Math.min(cases, mostChains), alone, test }];
  });
}

interface Living {
  life: Lifecycle;
  bindings: Bindings;
  id: JsonValue;
  /** Newest ETag that was seen. */
  etag?: string | undefined;
  /** As last read. */
  item?: JsonObject | undefined;
  /** Mark of the facts that were told when it was last looked at: its state may go on by itself. */
  since: number;
  /** Who made it: to others it may not be there. */
  maker?: Principal | undefined;
}

function markOf({ bench }: Trial): number {
  return bench.facts?.mark() ?? 0;
}

/** The maker where they may call, else whoever may. */
function callerOf(trial: Trial, { maker }: Living, operation: Operation): Principal | undefined {
  return mayCall(operation, maker) ? maker : trial.rightFor(operation);
}

async function sendFor(trial: Trial, living: Living, call: Call, expect?: Expect): Promise<Exchange> {
  return trial.send(call, expect, callerOf(trial, living, call.operation));
}

async function live(trial: Trial, life: Lifecycle): Promise<void> {
  const living = life.create ? await make(trial, life, life.create) : await pick(trial, life);
  if (!living) return;
  for (let step = 0; step < mostSteps; step++) {
    const draw = trial.draw.at(`step/${step}`);
    if (!draw.at('more').chance(0.7)) break;
    await act(trial, living, draw);
  }
  if (life.remove && life.create) await removeIt(trial, living, life.remove);
}

/** A thing of our own: made, read back, found in its list. */
async function make(trial: Trial, life: Lifecycle, create: Operation): Promise<Living | undefined> {
  const parents = await trial.bind(create);
  const call = trial.bench.builder.valid(create, trial.draw.at('create'), parents);
  const since = markOf(trial);
  const made = call && (await trial.send(call, 'accept'));
  const thing = !made?.succeeded || made.status === 202 ? undefined : trial.bench.sources.thingIn(made, life.variable);
  if (!call || !made || !thing) return undefined;
  trial.capture(made, thing.pointer, thing.id);
  // Below another thing it may have been there: an order has one cancellation, however often it is asked for.
  if (!create.path.includes('{')) await mustTell(trial, made, since);
  // Variables that nothing gives a value were made up; they stay what they are in this chain.
  const above = create.params.filter((param) => param.in === 'path').map(({ name }) => [name, call.params[name]]);
  const living: Living = {
    life,
    id: thing.id,
    since,
    bindings: { ...Object.fromEntries(above), [life.variable]: thing.id },
    maker: made.principal,
  };
  if (life.read && !(await readBack(trial, living, made))) return undefined;
  if (life.list) await isListed(trial, living);
  if (!life.read) await readBack(trial, living);
  return living;
}

/** A thing that is there already. */
async function pick(trial: Trial, life: Lifecycle): Promise<Living | undefined> {
  const [operation] = [...life.movers, ...life.changes];
  const bindings = operation ? await trial.bind(operation) : {};
  const id = bindings[life.variable] as JsonValue | undefined;
  if (id === undefined) return undefined;
  const living: Living = { life, id, bindings, since: markOf(trial) };
  return (await readBack(trial, living)) ? living : undefined;
}

/** Reads the thing, or finds it in its list, and compares it with what was written. False when it cannot be seen. */
async function readBack(trial: Trial, living: Living, written?: Exchange): Promise<boolean> {
  const { life, bindings } = living;
  living.since = markOf(trial);
  if (!life.read) return findInList(trial, living);
  const call = trial.bench.builder.plain(life.read, trial.draw.at('read'), bindings);
  if (!call) return false;
  const seen = await sendFor(trial, living, call, 'accept');
  if (!seen.succeeded) {
    if (written && written.principal === seen.principal && [404, 410].includes(seen.status))
      trial.fail(seen, {
        check: 'read-after-write',
        message: `What ${written.operation.id} wrote cannot be read.`,
        expected: '200',
        actual: String(seen.status),
        at: 'read',
      });
    return false;
  }
  living.etag = seen.answer.headers['etag'];
  living.item =
    trial.bench.sources.thingIn(seen, life.variable)?.item ?? (isObject(seen.value) ? seen.value : undefined);
  noteState(trial, living, life.read);
  if (written) compare(trial, written, seen, living.item);
  return true;
}

async function findInList(trial: Trial, living: Living): Promise<boolean> {
  const { life, id } = living;
  if (!life.list) return false;
  const walk = await pagesOf(trial, life.list, {
    bindings: living.bindings,
    variable: life.variable,
    as: callerOf(trial, living, life.list),
  });
  living.item = walk?.things.find((thing) => thing.id === id)?.item;
  noteState(trial, living, life.list);
  return living.item !== undefined;
}

/** Properties that were sent under the name they are read by. */
function compare(trial: Trial, written: Exchange, seen: Exchange, item: JsonObject | undefined): void {
  const { body, media } = written.call;
  // Parts of forms have no types, and are rarely kept as they came.
  if (!isObject(body) || !item || !media || !isJson(media.type)) return;
  const { document } = trial.bench.contract;
  const sendable = declaredMembers(media.schema ?? true, document).properties;
  const answer = responseFor(seen.operation, seen.status)?.media.find(({ schema }) => schema !== undefined)?.schema;
  const readable = declaredMembers(answer ?? true, document).properties;
  for (const [name, sent] of Object.entries(body)) {
    const [from, to] = [sendable.get(name), readable.get(name)];
    if (from === undefined || to === undefined) continue;
    if (
      isMarked(from, 'readOnly', document) ||
      isMarked(from, 'writeOnly', document) ||
      JSON.stringify(from) !== JSON.stringify(to)
    )
      continue;
    if (item[name] === undefined ? sent === null : isSame(sent, item[name])) continue;
    trial.fail(seen, {
      check: 'read-after-write',
      message: `/${name} reads differently from what ${written.operation.id} wrote.`,
      expected: JSON.stringify(sent).slice(0, 120),
      actual: item[name] === undefined ? 'nothing' : JSON.stringify(item[name]).slice(0, 120),
      at: `/${name}`,
    });
  }
}

/** Equal as values; texts may be trimmed, change case or be the same instant in another spelling. Objects may gain members. */
export function isSame(sent: JsonValue, seen: JsonValue): boolean {
  if (typeof sent === 'string' && typeof seen === 'string') {
    if (sent.trim().toLowerCase() === seen.trim().toLowerCase()) return true;
    const [one, other] = [Date.parse(sent), Date.parse(seen)];
    return /^\d{4}-\d\d-\d\d/.test(sent) && one === other && !Number.isNaN(one);
  }
  if (Array.isArray(sent))
    return (
      Array.isArray(seen) &&
      sent.length === seen.length &&
      sent.every((item, index) => isSame(item, seen[index] ?? null))
    );
  if (isObject(sent))
    return isObject(seen) && Object.entries(sent).every(([name, part]) => isSame(part, seen[name] ?? null));
  return sent === seen;
}

async function isListed(trial: Trial, living: Living): Promise<void> {
  const { life, bindings, id, maker } = living;
  if (!life.list) return;
  const as = callerOf(trial, living, life.list);
  const walk = await pagesOf(trial, life.list, { bindings, variable: life.variable, as });
  if (as !== maker || !walk?.isWhole || walk.ids.includes(id)) return;
  trial.fail(walk.last, {
    check: 'list-contains',
    message: `A thing that was just made is missing in ${life.list.id}.`,
    expected: JSON.stringify(id),
    actual: `${walk.ids.length} others`,
    at: 'list',
  });
}

/** One step: a change, a change by somebody who knows an old version, or a move. */
async function act(trial: Trial, living: Living, draw: Choices): Promise<void> {
  const { life } = living;
  const change = life.changes.length > 0 ? draw.at('change').pick(life.changes) : undefined;
  const mover = life.movers.length > 0 ? draw.at('mover').pick(life.movers) : undefined;
  const isMove = mover !== undefined && (change === undefined || draw.at('kind').chance(0.5));
  if (isMove) await moveIt(trial, living, mover, draw);
  else if (change) await changeIt(trial, living, change, draw);
}

async function changeIt(trial: Trial, living: Living, change: Operation, draw: Choices): Promise<void> {
  const call = trial.bench.builder.valid(change, draw, living.bindings);
  if (!call) return;
  const known = living.etag;
  const withTag = (tag: string | undefined): typeof call =>
    tag === undefined ? call : { ...call, headers: { ...call.headers, 'if-match': tag } };
  const [since, before] = [markOf(trial), JSON.stringify(living.item)];
  const changed = await sendFor(trial, living, withTag(known), 'accept');
  if (!changed.succeeded) return;
  if (!(await readBack(trial, living, changed))) return;
  // What was changed to what it was already is no fact.
  const isChanged = living.item !== undefined && JSON.stringify(living.item) !== before;
  if (isChanged && isAtTop(change)) await mustTell(trial, changed, since, stateOf(living));
  if (!impliesVersions(trial, change) || known === undefined || known === living.etag) return;
  const stale = await sendFor(trial, living, {
    ...withTag(known),
    headers: { ...call.headers, ...trial.bench.builder.policyHeaders(change), 'if-match': known },
  });
  if (stale.succeeded)
    trial.fail(stale, {
      check: 'lost-update',
      message: `${change.id} accepts a version that is no longer the newest.`,
      expected: '412',
      actual: String(stale.status),
      at: 'if-match',
    });
}

/** True when the contract says that changes name the version they know. */
export function impliesVersions(trial: Trial, operation: Operation): boolean {
  const isOurs = !trial.bench.contract.foreign && operation.policy.precondition !== 'none';
  const isDeclared = operation.params.some((param) => param.in === 'header' && param.name.toLowerCase() === 'if-match');
  return isOurs || isDeclared || operation.responses.some(({ status }) => status === 412);
}

async function moveIt(trial: Trial, living: Living, mover: Operation, draw: Choices): Promise<void> {
  const { states } = living.life;
  const state = states && living.item?.[states.property];
  const call = trial.bench.builder.valid(mover, draw, living.bindings);
  if (!states || typeof state !== 'string' || !call) return;
  // One operation may have several: a part paid back leaves a payment captured, the rest does not.
  const legal = states.moves.filter(({ by, from }) => by === mover.id && from.includes(state));
  const { since } = living;
  const moved = await sendFor(trial, living, call, legal.length > 0 ? 'accept' : 'any');
  if (!moved.succeeded) return;
  if (legal.length === 0) {
    // Asked again for the state it is in: nothing moves.
    if (states.moves.some(({ by, to }) => by === mover.id && to === state)) return;
    trial.fail(moved, {
      check: 'illegal-move',
      message: `${mover.id} is accepted in the state ${state}.`,
      expected: '409',
      actual: String(moved.status),
      at: state,
    });
    return;
  }
  if (!(await readBack(trial, living))) return;
  const now = living.item?.[states.property];
  const made = legal.find(({ to }) => to === now);
  if (made && now !== state) await mustTell(trial, moved, since, stateOf(living));
  noteMove(trial, moved, { state, now, made, first: legal[0] });
}

type Move = States['moves'][number];

/** Counts the move, and says so when the thing stayed as it was. */
function noteMove(
  trial: Trial,
  moved: Exchange,
  of: { state: string; now: JsonValue | undefined; made: Move | undefined; first: Move | undefined },
): void {
  const { state, now, made, first } = of;
  const move = made ?? first;
  if (move) trial.bench.meter.move(moved.operation, `${state}→${move.to}`);
  if (now !== state || made || !first || moved.status === 202) return;
  trial.fail(moved, {
    check: 'read-after-write',
    message: `${moved.operation.id} leaves the state as it was.`,
    expected: first.to,
    actual: state,
    at: `move ${first.name}`,
  });
}

/** A fact about what stands below another thing may be told about that thing, by another id. */
function isAtTop({ path }: Operation): boolean {
  return path.split('{').length === 2;
}

function stateOf({ life, item }: Living): string {
  const state = life.states && item?.[life.states.property];
  return typeof state === 'string' ? state : '';
}

function noteState(trial: Trial, living: Living, seen: Operation): void {
  const state = stateOf(living);
  if (state !== '') trial.bench.meter.state(seen, state);
}

async function removeIt(trial: Trial, living: Living, remove: Operation): Promise<void> {
  const { life, bindings, etag } = living;
  const { builder } = trial.bench;
  const call = builder.valid(remove, trial.draw.at('remove'), bindings);
  if (!call) return;
  const since = markOf(trial);
  const removed = await sendFor(
    trial,
    living,
    etag === undefined ? call : { ...call, headers: { ...call.headers, 'if-match': etag } },
    'accept',
  );
  if (!removed.succeeded || removed.status === 202) return;
  if (isAtTop(remove)) await mustTell(trial, removed, since);
  for (const operation of [...(life.read ? [life.read] : []), ...life.changes]) {
    const later = builder.valid(operation, trial.draw.at(`after/${operation.id}`), bindings);
    const used = later && (await sendFor(trial, living, later));
    if (used?.succeeded)
      trial.fail(used, {
        check: 'use-after-remove',
        message: `${operation.id} works on a thing that ${remove.id} removed.`,
        expected: '404 or 410',
        actual: String(used.status),
        at: 'removed',
      });
  }
}
