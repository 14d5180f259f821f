// Which of the things a list operation found is meant: by name, number, place in the list, or because only one fits.

import type { JsonObject } from '@plinth/contract';
import { ordinalOf } from './lexicon.ts';
import type { Skill, SkillModel, Slot, View } from './model.ts';
import { entityOf } from './render.ts';
import type { Entity } from './state.ts';
import { contentStems, normalize } from './text.ts';

const mostCandidates = 10;

export type Picked =
  | { kind: 'one'; entity: Entity; others: Entity[] }
  | { kind: 'many'; entities: Entity[] }
  /** There are things, but none in a state that allows it. */
  | { kind: 'unfit'; entity: Entity }
  | { kind: 'none' };

export interface Search {
  skill: Skill;
  slot: Slot;
  /** What was said; names and numbers in it choose. */
  said: string;
  captured: string | undefined;
  about: string | undefined;
}

export function pick(model: SkillModel, items: readonly JsonObject[], search: Search): Picked {
  const { skill, slot } = search;
  const { from } = slot;
  if (from === undefined || items.length === 0) return { kind: 'none' };
  const view = model.byOperation.get(from.operation)?.view.list?.view ?? emptyView;
  const sorted = newestFirst(view, items);
  const all = sorted.flatMap((item) => {
    const entity = entityOf(view, item, from);
    return entity === undefined ? [] : [{ item, entity }];
  });
  const named = matching(all, search);
  const states = skill.fromStates;
  const fit =
    named.length > 0 || states === undefined
      ? all
      : all.filter(
          ({ item }) =>
            typeof item[states.property] !== 'string' || states.states.includes(item[states.property] as string),
        );
  const [first] = all;
  if (first === undefined) return { kind: 'none' };
  if (fit.length === 0) return { kind: 'unfit', entity: first.entity };
  const pool = (named.length > 0 ? named : fit).map(({ entity }) => entity);
  const only = chosen(pool, search, named.length === 1);
  if (only !== undefined) return { kind: 'one', entity: only, others: [] };
  const [latest, ...others] = pool;
  // Looking harms nobody: the newest is meant most often, and the others are one press away.
  if (!skill.writes && named.length === 0 && timeField(view) !== undefined && latest !== undefined)
    return { kind: 'one', entity: latest, others: others.slice(0, 3) };
  return { kind: 'many', entities: pool.slice(0, mostCandidates) };
}

/** The one on the page, by its place in the list, or the only one. */
function chosen(pool: readonly Entity[], { said, about }: Search, isNamed: boolean): Entity | undefined {
  const onPage = pool.find(({ id }) => id === about);
  const ordinal = isNamed ? undefined : ordinalOf(said);
  const placed = ordinal === 'newest' ? pool[0] : ordinal === undefined ? undefined : pool[ordinal];
  return onPage ?? placed ?? (pool.length === 1 ? pool[0] : undefined);
}

interface Candidate {
  item: JsonObject;
  entity: Entity;
}

/** Things named in the words: their number as it stands, or most of their name. */
function matching(all: readonly Candidate[], { skill, said, captured }: Search): Candidate[] {
  const plain = compact(said);
  const exact = all.filter(({ entity }) =>
    [entity.label, String(entity.id)].some(
      (name) => /\d/.test(name) && name.length >= 4 && plain.includes(compact(name)),
    ),
  );
  if (exact.length > 0) return exact;
  const own = new Set(skill.phrases.flatMap((phrase) => contentStems(normalize(phrase))));
  const wanted = contentStems(normalize(captured ?? said)).filter((stem) => captured !== undefined || !own.has(stem));
  if (wanted.length === 0) return [];
  const scored = all.map((candidate) => {
    const stems = new Set(contentStems(normalize(strings(candidate.item).join(' '))));
    return { candidate, score: wanted.filter((stem) => stems.has(stem)).length };
  });
  const best = Math.max(...scored.map(({ score }) => score));
  return best === 0 ? [] : scored.filter(({ score }) => score === best).map(({ candidate }) => candidate);
}

/** Texts of a thing, three levels deep. */
function strings(value: unknown, depth = 0): string[] {
  if (typeof value === 'string') return [value.slice(0, 200)];
  if (typeof value !== 'object' || value === null || depth > 3) return [];
  return Object.values(value)
    .flatMap((member) => strings(member, depth + 1))
    .slice(0, 60);
}

function timeField(view: View): string | undefined {
  return view.all.find(({ kind }) => kind === 'dateTime')?.name;
}

function newestFirst(view: View, items: readonly JsonObject[]): readonly JsonObject[] {
  const name = timeField(view);
  if (name === undefined) return items;
  return items.toSorted((a, b) => text(b[name]).localeCompare(text(a[name])));
}

const emptyView: View = {
  title: '',
  resource: undefined,
  id: 'id',
  label: undefined,
  state: undefined,
  fields: [],
  all: [],
  list: undefined,
};

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function compact(name: string): string {
  return name.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '');
}
