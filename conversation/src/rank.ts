// Text → skills by likeness. Deterministic: hashed words, word pairs and word pieces, weighted by how telling they are,
// compared by cosine with every phrase of a skill. A score is in [0, 1]; bands come from held-out sentences (rank.test.ts).

import { captured } from './capture.ts';
import type { RankIndex, Skill, SkillModel, Vector } from './model.ts';
import { groupsOf } from './synonyms.ts';
import { contentStems, features, humanize, normalize, stem, words } from './text.ts';

export interface Ranked {
  skill: Skill;
  /** 0..1. */
  score: number;
}

export type Band = 'act' | 'clarify' | 'fallback';

export const bands = { act: 0.45, margin: 0.05, clarify: 0.3, mostChoices: 3 } as const;

/** Weight of texts made from ids and summaries, against 1 for phrases people say. */
const derivedWeight = 0.8;

export function buildIndex(skills: readonly Skill[]): RankIndex {
  const texts = skills.map((skill) => [
    ...skill.phrases.map((text) => ({ text: withoutMarks(text), weight: 1 })),
    { text: skill.title, weight: derivedWeight },
    { text: humanize(skill.operation.split('.').at(-1) ?? ''), weight: derivedWeight },
  ]);
  const counts = new Map<number, number>();
  let documents = 0;
  for (const list of texts)
    for (const { text } of list) {
      documents++;
      for (const key of features(text).keys()) counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  const idf = new Map([...counts].map(([key, count]) => [key, Math.log(1 + documents / (0.5 + count))]));
  const partial = { idf, unseenIdf: Math.log(1 + documents) };
  return {
    ...partial,
    positive: texts.map((list) => list.map(({ text, weight }) => ({ weight, parts: vector(partial, text) }))),
    negative: skills.map((skill) => skill.negatives.map((text) => ({ weight: 1, parts: vector(partial, text) }))),
    own: texts.map((list) => new Set(list.flatMap(({ text }) => contentStems(normalize(text)).flatMap(withGroups)))),
  };
}

/** Best first; ties in the order of contracts. Skills without any likeness are left out. */
export function rank(model: SkillModel, message: string): Ranked[] {
  const { index, skills } = model;
  const text = withoutCodes(message);
  const asked = vector(index, text);
  const stems = contentStems(normalize(text));
  if (asked.size === 0) return [];
  return skills
    .map((skill, at) => {
      const bare = withoutValues(skill, text, index.own[at] ?? new Set());
      const like = scoreOf(index, at, asked, stems);
      const filtered = bare === undefined ? 0 : scoreOf(index, at, vector(index, bare), contentStems(normalize(bare)));
      return { skill, score: Math.max(like, filtered, captured(skill, text).score) };
    })
    .filter(({ score }) => score > 0.05)
    .toSorted((a, b) => b.score - a.score);
}

/** The text without words that are values of the skill's slots: "my cancelled orders"; undefined when there are none. */
function withoutValues(skill: Skill, text: string, own: ReadonlySet<string>): string | undefined {
  const names = skill.slots.flatMap(({ values }) => values.flatMap((value) => value.words)).flatMap(words);
  if (names.length === 0) return undefined;
  const drop = new Set(names.filter((name) => !own.has(stem(name))));
  const all = words(normalize(text));
  const kept = all.filter((word) => !drop.has(word));
  return kept.length === all.length || kept.length === 0 ? undefined : kept.join(' ');
}

function scoreOf(index: RankIndex, at: number, asked: ReadonlyMap<number, number>, stems: readonly string[]): number {
  const likes = (index.positive[at] ?? [])
    .map(({ weight, parts }) => weight * dot(asked, parts))
    .toSorted((a, b) => b - a);
  const best = likes[0] ?? 0;
  const top = likes.slice(0, 3);
  const mean = top.reduce((sum, like) => sum + like, 0) / Math.max(1, top.length);
  const against = Math.max(0, ...(index.negative[at] ?? []).map(({ parts }) => dot(asked, parts)));
  const own = index.own[at] ?? new Set();
  // Words that no phrase of this skill knows speak against it: "repair my bicycle" shares only small words.
  const shared =
    stems.length === 0
      ? 1
      : stems.filter((each) => own.has(each) || groupsOf(each).some((group) => own.has(`g ${group}`))).length /
        stems.length;
  const like = 0.75 * best + 0.25 * mean;
  const fitting = like * (0.55 + 0.45 * shared) + 0.15 * shared * (stems.length > 0 ? 1 : 0);
  return Math.max(0, Math.min(1, fitting - (against > best ? 0.6 * against : 0)));
}

/** What to do with a ranking, and the skills to choose from. */
export function bandOf(ranked: readonly Ranked[]): { band: Band; choices: Ranked[] } {
  const [first, second] = ranked;
  if (first === undefined || first.score < bands.clarify) return { band: 'fallback', choices: [] };
  const close = ranked
    .filter(({ score }) => score >= bands.clarify && first.score - score < 0.2)
    .slice(0, bands.mostChoices);
  const isClear = first.score >= bands.act && first.score - (second?.score ?? 0) >= bands.margin;
  if (isClear && first.skill.mode === 'usable') return { band: 'act', choices: [first] };
  return { band: 'clarify', choices: close };
}

/** Order numbers and the like name things, not wishes. */
function withoutCodes(message: string): string {
  const rest = message.replaceAll(/\b(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{5,}/g, ' ');
  return /\p{L}/u.test(rest) ? rest : message;
}

/** A stem and the groups of words it belongs to. */
function withGroups(each: string): string[] {
  return [each, ...groupsOf(each).map((group) => `g ${group}`)];
}

/** `call off order {orderId}` → `call off order`. */
export function withoutMarks(phrase: string): string {
  return phrase.replaceAll(/\{[^}]*\}/g, ' ').trim();
}

function vector(index: Pick<RankIndex, 'idf' | 'unseenIdf'>, text: string): Vector['parts'] {
  const parts = new Map<number, number>();
  let square = 0;
  for (const [key, count] of features(text)) {
    const value = Math.min(count, 3) * (index.idf.get(key) ?? index.unseenIdf);
    parts.set(key, value);
    square += value * value;
  }
  const length = Math.sqrt(square);
  if (length === 0) return parts;
  for (const [key, value] of parts) parts.set(key, value / length);
  return parts;
}

function dot(left: ReadonlyMap<number, number>, right: ReadonlyMap<number, number>): number {
  let sum = 0;
  const [small, large] = left.size <= right.size ? [left, right] : [right, left];
  for (const [key, value] of small) sum += value * (large.get(key) ?? 0);
  return sum;
}
