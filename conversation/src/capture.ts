// What stands where a phrase has its `{slot}` mark: "buy a kettle" says that the sku is a kettle.

import { isCount } from './lexicon.ts';
import type { Skill } from './model.ts';
import { contentStems, normalize } from './text.ts';

/** Words that may stand before a wish without being part of it. */
const leadIn =
  /^(?:(?:please|can|could|may|i|i'd|i'll|you|we|would|like|want|wanna|need|to|hello|hi|hey|ok|and|also|now|then)[ ,]+)*$/;

export interface Captured {
  /** By slot path. */
  values: Map<string, string>;
  /** How surely the phrase was meant, 0 when none fits: a telling word before the mark is better than "do you have". */
  score: number;
}

export function captured(skill: Skill, text: string): Captured {
  const values = new Map<string, string>();
  let score = 0;
  const plain = normalize(text).replaceAll(/[?!.]+$/g, '');
  for (const phrase of skill.phrases) {
    const mark = /^(.*?)\{([^}]+)\}\s*$/.exec(phrase);
    if (mark === null) continue;
    const before = normalize(mark[1] ?? '').replace(/ (an?|the|my|some)$/, '');
    const at = before === '' ? -1 : ` ${plain} `.indexOf(` ${before} `);
    const name = mark[2] ?? '';
    const slot = skill.slots.find(({ path }) => path === name || path.endsWith(`.${name}`));
    if (
      at < 0 ||
      slot === undefined ||
      values.has(slot.path) ||
      !leadIn.test(at === 0 ? '' : `${plain.slice(0, at).trim()} `)
    )
      continue;
    const rest = withoutFillers(plain.slice(at + before.length).trim());
    if (rest === '' || rest.split(' ').length > 6) continue;
    values.set(slot.path, rest);
    score = Math.max(score, contentStems(before).length > 0 ? 0.75 : 0.5);
  }
  return { values, score };
}

/** `two of the kettles, please` → `kettles`; indefinite words name nothing. */
export function withoutFillers(text: string): string {
  const list = text.split(' ');
  while (
    list.length > 0 &&
    (/^(an?|the|my|some|any|of|for|me|one|it|this|that)$/.test(list[0] ?? '') || isCount(list[0] ?? ''))
  )
    list.shift();
  while (list.length > 0 && /^(please|thanks|now|today)$/.test((list.at(-1) ?? '').replace(/,$/, ''))) list.pop();
  const rest = list.join(' ').replace(/,$/, '');
  return /^(something|anything|stuff|things?|goods|articles?|products?|more|again)$/.test(rest) ? '' : rest;
}
