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
  const { skill, slot, said, about } = search;
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
            typeof item[states.property] !== 'string' || states.states.includes(String(item[states.property])),
        );
  const [first] = all;
  if (first === undefined) return { kind: 'none' };
  if (fit.length === 0) return { kind: 'unfit', entity: first.entity };
  const pool = (named.length > 0 ? named : fit).map(({ entity }) => entity);
  const ordinal = named.length === 1 ? undefined : ordinalOf(said);
  const onPage = pool.find(({ id }) => id === about);
  const chosen = onPage ?? (ordinal === 'newest' ? pool[0] : ordinal === undefined ? undefined : pool[ordinal]);
  const only = chosen ?? (pool.length === 1 ? pool[0] : undefined);
  if (only !== undefined) return { kind: 'one', entity: only, others: [] };
  const [latest, ...others] = pool;
  // Looking harms nobody: the newest is meant most often, and the others are one press away.
  if (!skill.writes && named.length === 0 && timeField(view) !== undefined && latest !== undefined)
    return { kind: 'one', entity: latest, others: others.slice(0, 3) };
  return { kind: 'many', entities: pool.slice(0, mostCandidates) };
}

interface Candidate {
  item: JsonObject;
  entity: Entity;
}

/** Things named in the words: their number as it stands, or most of their name. */
function matching(all: readonly Candidate[], { skill, said, captured }: Search): Candidate[] {
  const compact = (text: string): string => text.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '');
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
  return items.toSorted((a, b) => String(b[name] ?? '').localeCompare(String(a[name] ?? '')));
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
