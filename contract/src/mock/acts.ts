// What a call does: the action that was planned, on the thing it is about, and what is then said of it.

import type { JsonObject } from '../model/contract.ts';
import { type MockAnswer, refusal } from './answer.ts';
import { addPart, locationOf, made, moved, patched, replaced, taken } from './change.ts';
import { type Jobs, retryAfterS } from './jobs.ts';
import type { Kind } from './kinds.ts';
import { pageOf } from './list.ts';
import { narrowed, type Page, speakList } from './page.ts';
import { isJson } from './places.ts';
import type { Plan } from './plan.ts';
import { replyGenerated, replyWith } from './reply.ts';
import { speakThing } from './speak.ts';
import type { Thing } from './store.ts';
import { textOfId, type Turn, type World } from './world.ts';

export class Acts {
  readonly #world: World;
  readonly #kinds: ReadonlyMap<string, Kind>;
  readonly #jobs: Jobs;

  constructor(world: World, kinds: ReadonlyMap<string, Kind>, jobs: Jobs) {
    this.#world = world;
    this.#kinds = kinds;
    this.#jobs = jobs;
  }

  /** Does what the operation does, at once. */
  perform(turn: Turn): MockAnswer {
    const { plan } = turn;
    const orphan = this.#withoutParent(turn);
    if (orphan) return orphan;
    if (plan.moves && plan.moves.kind !== plan.kind) return this.#moveOther(turn, plan.moves);
    if (!plan.kind) return replyGenerated(turn);
    return this.#act(plan.kind, turn);
  }

  /** Why it cannot be done now; undefined = it can. Changes nothing. */
  refused(turn: Turn): MockAnswer | undefined {
    const { plan } = turn;
    const orphan = this.#withoutParent(turn);
    if (orphan || !plan.kind || plan.variable === undefined) return orphan;
    const found = this.#find(plan.kind, turn, plan.action === 'replace');
    if (!found) return refusal('not-found');
    if (isStale(turn, found)) return refusal('precondition-failed');
    const next = plan.action === 'transition' ? moved(this.#world, plan.kind, turn, found) : undefined;
    return next && 'kind' in next ? next : undefined;
  }

  /** The kind a path variable names: the one whose reading path ends there. */
  kindAt(plan: Plan, variable: string): Kind | undefined {
    const { path } = plan.operation;
    const upTo = path.slice(0, path.indexOf(`{${variable}}`) + variable.length + 2);
    return [...this.#kinds.values()].find((kind) => kind.readPaths.includes(upTo));
  }

  /** A parent that was removed, or that callers would have to create first, is not found. */
  #withoutParent(turn: Turn): MockAnswer | undefined {
    for (const [variable, id] of Object.entries(turn.under)) {
      const parent = this.kindAt(turn.plan, variable);
      if (!parent || parent === turn.plan.kind) continue;
      const seen: Turn = { ...turn, under: {} };
      this.#world.seedFor(parent, seen);
      const known = this.#world.store.get(parent.name, id);
      if (known ? known.gone : parent.isMade) return refusal('not-found');
    }
    return undefined;
  }

  #act(kind: Kind, turn: Turn): MockAnswer {
    const world = this.#world;
    const { action } = turn.plan;
    if (action === 'list') {
      world.seedFor(kind, turn);
      const page = pageOf(world, kind, world.listed(kind, turn), turn);
      return withPageHeaders(
        turn,
        page,
        replyWith(turn, (schema) => narrowed(world, turn, schema, speakList(world, turn, schema, page))),
      );
    }
    if (action === 'create') return this.#create(kind, turn);
    const found = this.#find(kind, turn, action === 'replace');
    if (!found) return refusal('not-found');
    if (isStale(turn, found)) return refusal('precondition-failed');
    switch (action) {
      case 'read':
        return this.#read(kind, turn, found);
      case 'replace':
        return this.#keep(kind, turn, replaced(world, kind, turn, found));
      case 'update':
        return this.#keep(kind, turn, patched(world, kind, turn, found));
      case 'remove':
        return this.#remove(kind, turn, found);
      case 'transition': {
        const next = moved(world, kind, turn, found);
        if ('kind' in next) return next;
        this.#stopped(kind, turn, found);
        return this.#keep(kind, turn, next, true);
      }
      default:
        return replyGenerated(turn);
    }
  }

  #read(kind: Kind, turn: Turn, thing: Thing): MockAnswer {
    const { media } = turn.plan.answer;
    // A picture of it says nothing of what is known of it, but that it is there.
    if (media !== undefined && !isJson(media.type)) return replyGenerated(turn);
    const answer = replyWith(turn, (schema) =>
      narrowed(this.#world, turn, schema, speakThing(this.#world, turn, schema, { kind, thing })),
    );
    const job = this.#jobs.of(kind, thing.id);
    const waitS = job && retryAfterS(job, turn.now);
    if (answer.kind === 'answer' && waitS !== undefined) answer.headers['retry-after'] = String(waitS);
    return answer;
  }

  #find(kind: Kind, turn: Turn, orMake: boolean): Thing | undefined {
    this.#world.seedFor(kind, turn);
    const { variable } = turn.plan;
    const owner = this.#world.ownerOf(kind, turn) ?? '';
    // There is one of it: per owner and parents.
    const id =
      variable === undefined ? ['~', owner, ...Object.values(turn.under)].join('/') : textOfId(turn.input[variable]);
    const found = this.#world.findOrConjure(kind, id, turn);
    // PUT makes what is not there, unless making is said elsewhere.
    return found ?? (orMake && !kind.isMade ? this.#world.draft(kind, turn, { key: `put/${id}`, id }) : undefined);
  }

  #create(kind: Kind, turn: Turn): MockAnswer {
    const world = this.#world;
    world.seedFor(kind, turn);
    const thing = made(world, kind, turn);
    if (!thing) return replyGenerated(turn);
    if (world.find(kind, thing.id, turn) && mayConflict(turn))
      return refusal('conflicting-state', { currentState: 'exists', next: [] });
    const answer = this.#keep(kind, turn, thing);
    const location = locationOf(world, kind, turn, thing);
    if (answer.kind === 'answer' && location !== undefined) answer.headers['location'] = location;
    return answer;
  }

  #remove(kind: Kind, turn: Turn, thing: Thing): MockAnswer {
    const answer = this.#say(kind, turn, thing);
    if (answer.kind !== 'answer' || this.#stopped(kind, turn, thing)) return answer;
    this.#world.store.put(kind.name, { ...thing, gone: true });
    return answer;
  }

  /** True when this call was the cancelling of a job under way, which can still be asked after. */
  #stopped(kind: Kind, { plan, operation, now }: Turn, { id }: Thing): boolean {
    const job = this.#jobs.of(kind, id);
    if (!job || job.end !== undefined) return false;
    const saysSo = plan.action === 'remove' || /(cancel|stop|abort)/i.test(`${operation.id} ${operation.path}`);
    if (!saysSo && operation.id !== job.cancel) return false;
    this.#jobs.end(job, 'cancelled', { at: now });
    return true;
  }

  /** An operation that moves one thing and answers with another: a freeze of a card. */
  #moveOther(turn: Turn, { kind: other, variable }: NonNullable<Plan['moves']>): MockAnswer {
    const world = this.#world;
    const body = turn.input['body'] as JsonObject | undefined;
    const id = textOfId(turn.input[variable] ?? body?.[variable]);
    const seen: Turn = { ...turn, under: {}, plan: { ...turn.plan, variable } };
    world.seedFor(other, seen);
    const thing = world.findOrConjure(other, id, seen);
    if (!thing) return refusal('not-found');
    const next = moved(world, other, turn, thing);
    if ('kind' in next) return next;
    const { kind, action } = turn.plan;
    const answer = kind && action !== 'transition' ? this.#act(kind, turn) : this.#say(other, turn, next);
    if (answer.kind === 'answer') world.store.put(other.name, next);
    return answer;
  }

  /** Answers with the thing, and keeps it when the answer is one. */
  #keep(kind: Kind, turn: Turn, thing: Thing, mayAdd = false): MockAnswer {
    const twin = taken(this.#world, kind, turn, thing);
    if (twin !== undefined) return refusal('conflicting-state', { currentState: `${twin} is taken`, next: [] });
    const answer = this.#say(kind, turn, thing);
    if (answer.kind !== 'answer') return answer;
    if (mayAdd) addPart(this.#world, kind, turn, { thing, part: answer.body });
    this.#world.store.put(kind.name, thing);
    return answer;
  }

  #say(kind: Kind, turn: Turn, thing: Thing): MockAnswer {
    return replyWith(turn, (schema) => speakThing(this.#world, turn, schema, { kind, thing }));
  }
}

/** A contract of somebody else that knows no conflict takes what is there already once more. */
function mayConflict({ contract, operation }: Turn): boolean {
  return !contract.foreign || operation.responses.some(({ status }) => ['409', '4XX', 'default'].includes(`${status}`));
}

/** `Link` and a total, where the contract declares such headers. */
function withPageHeaders({ plan }: Turn, page: Page, answer: MockAnswer): MockAnswer {
  if (answer.kind !== 'answer') return answer;
  for (const { name } of plan.answer.headers) {
    const lower = name.toLowerCase();
    const links = Object.entries(page.links).filter(([relation]) => relation !== 'self');
    if (lower === 'link' && links.length > 0)
      answer.headers[lower] = links.map(([relation, address]) => `<${address}>; rel="${relation}"`).join(', ');
    if (/^x-(total|result|items?|total-items)-?(count)?$|^total-count$/.test(lower)) {
      const isResult = lower === 'x-result-count';
      answer.headers[lower] = String(isResult ? page.things.length : page.total);
    }
  }
  return answer;
}

/** The thing has another version than the one the caller has seen. */
function isStale({ ifMatch, plan }: Turn, { item }: Thing): boolean {
  return plan.action !== 'read' && ifMatch !== undefined && item['version'] !== ifMatch;
}
