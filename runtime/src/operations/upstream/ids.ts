// Ids of things that live in another system: ours are made from theirs, so every process makes the same, and both are
// kept in `runtime.upstream_id` with whose the thing is. Owner checks ask that table, before anything is sent: an id that
// we never gave out does not exist.

import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { OwnerResolver } from '../../capability.ts';
import { elapsedMs, toWireId, uuidv7 } from '../../kernel/index.ts';
import type { Db } from '../../ports/index.ts';

/** One thing as an answer names it. */
export interface Sighting {
  object: string;
  theirs: string;
  /** Our customer id, when the answer says whose it is. */
  owner: string | undefined;
  /** Our id, when the other system keeps it. */
  ours: string | undefined;
}

/** Entries of each of two generations. */
const mostKnown = 10_000;

/** After this long an owner is written again: another process may have seen another one meanwhile. */
const freshMs = 60_000;

interface Known {
  ours: string;
  owner: string | undefined;
  atMs: number;
}

export class UpstreamIds {
  readonly #upstream: string;
  readonly #prefixes: ReadonlyMap<string, string>;
  #young = new Map<string, Known>();
  #old = new Map<string, Known>();

  /** `prefixes`: object name → prefix of our ids (`account` → `acc`). */
  constructor(upstream: string, prefixes: ReadonlyMap<string, string>) {
    this.#upstream = upstream;
    this.#prefixes = prefixes;
  }

  /** Our ids of what was seen, in its order. Writes only what is new, or has another owner than before. */
  async toOurs(db: Db, sightings: readonly Sighting[]): Promise<string[]> {
    const nowMs = elapsedMs();
    const fresh = sightings.filter((sighting) => !this.#knows(sighting, nowMs));
    if (fresh.length > 0) await this.#remember(db, fresh, nowMs);
    return sightings.map((sighting) => this.#get(sighting)?.ours ?? sighting.ours ?? this.#make(sighting));
  }

  /** Their id of ours; undefined = never given out. */
  async toTheirs(db: Db, object: string, ours: string): Promise<string | undefined> {
    const { rows } = await sql<{ theirs: string }>`
      select theirs from runtime.upstream_id
      where upstream = ${this.#upstream} and object = ${object} and ours = ${ours}`.execute(db);
    return rows[0]?.theirs;
  }

  /** Whose things are; those not in the table are asked of `fallback`, which knows what the platform holds itself. */
  owners(object: string, fallback: OwnerResolver | undefined): OwnerResolver {
    return async (ids, db) => {
      const { rows } = await sql<{ ours: string; owner: string | null }>`
        select ours, owner from runtime.upstream_id
        where upstream = ${this.#upstream} and object = ${object} and ours = any(${[...ids]})`.execute(db);
      const found = new Map<string, readonly string[]>(
        rows.map(({ ours, owner }) => [ours, owner === null ? [] : [owner]]),
      );
      const others = ids.filter((id) => !found.has(id));
      if (others.length === 0 || fallback === undefined) return found;
      return new Map([...(await fallback(others, db)), ...found]);
    };
  }

  async #remember(db: Db, sightings: readonly Sighting[], nowMs: number): Promise<void> {
    const rows = new Map(sightings.map((each) => [keyOf(each), { ...each, ours: each.ours ?? this.#make(each) }]));
    const all = [...rows.values()];
    // What is known keeps its id, whatever the other system says of it later: callers hold it.
    const { rows: kept } = await sql<{ object: string; theirs: string; ours: string; owner: string | null }>`
      insert into runtime.upstream_id as row (upstream, object, theirs, ours, owner)
      select ${this.#upstream}, object, theirs, ours, owner from unnest(
        ${all.map(({ object }) => object)}::text[], ${all.map(({ theirs }) => theirs)}::text[],
        ${all.map(({ ours }) => ours)}::text[], ${all.map(({ owner }) => owner ?? null)}::text[])
        as seen (object, theirs, ours, owner)
      -- The first thing of theirs that one of ours stood for stays it.
      where not exists (
        select from runtime.upstream_id as other where other.upstream = ${this.#upstream}
          and other.object = seen.object and other.ours = seen.ours and other.theirs <> seen.theirs)
      order by object, theirs
      on conflict (upstream, object, theirs) do update set owner = coalesce(excluded.owner, row.owner), seen_at = now()
      returning object, theirs, ours, owner`.execute(db);
    for (const { owner, ...row } of kept) this.#put(row, { ours: row.ours, owner: owner ?? undefined, atMs: nowMs });
  }

  #knows(sighting: Sighting, nowMs: number): boolean {
    const known = this.#get(sighting);
    if (known === undefined || nowMs - known.atMs > freshMs) return false;
    return sighting.owner === undefined || sighting.owner === known.owner;
  }

  #get(sighting: Pick<Sighting, 'object' | 'theirs'>): Known | undefined {
    const key = keyOf(sighting);
    return this.#young.get(key) ?? this.#old.get(key);
  }

  #put(sighting: Pick<Sighting, 'object' | 'theirs'>, known: Known): void {
    if (this.#young.size >= mostKnown) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(keyOf(sighting), known);
  }

  #make({ object, theirs }: Pick<Sighting, 'object' | 'theirs'>): string {
    const digest = createHash('sha256')
      .update(JSON.stringify([this.#upstream, object, theirs]))
      .digest();
    return toWireId(this.#prefixes.get(object) ?? object, uuidv7(0, digest.subarray(0, 10)));
  }
}

function keyOf({ object, theirs }: Pick<Sighting, 'object' | 'theirs'>): string {
  return `${object} ${theirs}`;
}
