// Words that mean the same in every conversation: yes and no, never mind, a person please, numbers, days. English.

import { normalize, words } from './text.ts';

export type Act = 'affirm' | 'deny' | 'cancel' | 'human' | 'help' | 'greet' | 'thanks' | 'bye';

const yes = set(
  'yes yeah yep yup yea ok okay sure confirm confirmed correct absolutely definitely right affirmative y',
);
const yesMore = set(
  "please do it that that's thats s is all fine go ahead of course thanks thank you i looks good now",
);
const no = set('no nope nah negative n wrong incorrect');
const noMore = set('thanks thank you not please it that is s don t do now');
const noPhrases = set2(
  "don't|do not|please don't|not now|rather not|better not|i don't want that|don't do it|do not do it",
);
const cancelPhrases = set2(
  'cancel|cancel that|stop|abort|never mind|nevermind|forget it|forget that|forget about it|leave it|quit|start over|i changed my mind|changed my mind',
);
const helpPhrases = set2(
  'help|help me|what can you do|what can i ask|what can i do here|menu|options|how does this work|what do you do|what can you help with|what can you help me with',
);
const greetPhrases = set2('hi|hello|hey|hello there|hi there|good morning|good afternoon|good evening|good day');
const thanksPhrases = set2(
  'thanks|thank you|thank you very much|thanks a lot|many thanks|great thanks|perfect thanks|cheers|great|perfect',
);
const byePhrases = set2('bye|goodbye|good bye|see you|that is all|that s all|that was all|nothing else|i am done');
const person =
  '(?:person|human|human being|agent|someone|somebody|representative|member of staff|operator|real person|employee|colleague)';
const human = new RegExp(
  `\\b(?:talk|speak|chat|connect|transfer|put|hand|write)\\b.*\\b${person}\\b|^(?:a |an |the )?(?:real |live )?${person}(?: please)?$|\\breal (?:person|human)\\b|\\b(?:want|need|get|give|have)\\b.*\\b(?:human|real person|a person|an agent|live agent)\\b|\\bhuman please\\b`,
);

const fixedPhrases: readonly [Act, ReadonlySet<string>][] = [
  ['cancel', cancelPhrases],
  ['help', helpPhrases],
  ['greet', greetPhrases],
  ['thanks', thanksPhrases],
  ['bye', byePhrases],
  ['deny', noPhrases],
];

/** What a short message does in the conversation, whatever it is about. */
export function actOf(text: string): Act | undefined {
  const plain = words(normalize(text)).join(' ');
  const list = plain === '' ? [] : plain.split(' ');
  if (human.test(plain) && list.length <= 14) return 'human';
  if (list.length === 0 || list.length > 7) return undefined;
  const bare = plain.replace(/^please | please$/g, '');
  const fixed = fixedPhrases.find(([, phrases]) => phrases.has(bare));
  if (fixed !== undefined) return fixed[0];
  if (list.length > 5) return undefined;
  if (no.has(list[0] ?? '') && list.every((word) => no.has(word) || noMore.has(word))) return 'deny';
  if (list.some((word) => yes.has(word)) && list.every((word) => yes.has(word) || yesMore.has(word))) return 'affirm';
  return bare === 'go ahead' || bare === 'do it' || bare === 'please do' ? 'affirm' : undefined;
}

/** Words that point at what was shown before: "cancel it". */
export function pointsBack(text: string): boolean {
  return /\b(it|this|that|this one|that one|them|the same)\b/.test(normalize(text));
}

const small: Readonly<Record<string, number>> = {
  zero: 0,
  one: 1,
  two: 2,
  three: 3,
  four: 4,
  five: 5,
  six: 6,
  seven: 7,
  eight: 8,
  nine: 9,
  ten: 10,
  eleven: 11,
  twelve: 12,
  thirteen: 13,
  fourteen: 14,
  fifteen: 15,
  sixteen: 16,
  seventeen: 17,
  eighteen: 18,
  nineteen: 19,
  twenty: 20,
  thirty: 30,
  forty: 40,
  fifty: 50,
  sixty: 60,
  seventy: 70,
  eighty: 80,
  ninety: 90,
  dozen: 12,
  couple: 2,
};

/** `two` → 2, `twenty five` → 25, `two dozen` → 24, `17` → 17, `1,500` → 1500. */
export function numberOf(text: string): { value: number; raw: string } | undefined {
  const digits =
    /(?<![\p{L}\d.,-])-?\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\p{L}\d])|(?<![\p{L}\d.,-])-?\d+(?:\.\d+)?(?![\p{L}\d-])/u.exec(
      text,
    );
  if (digits) return { value: Number(digits[0].replaceAll(',', '')), raw: digits[0] };
  const list = words(text);
  const at = list.findIndex((word) => Object.hasOwn(small, word));
  if (at < 0) return undefined;
  const run: string[] = [];
  let value = 0;
  for (const word of list.slice(at)) {
    const each = word === 'hundred' ? 100 : Object.hasOwn(small, word) ? (small[word] ?? 0) : undefined;
    if (each === undefined) break;
    const multiplies = word === 'hundred' || word === 'dozen';
    value = multiplies && run.length > 0 ? value * each : value + each;
    run.push(word);
  }
  return { value, raw: run.join(' ') };
}

/** Small number words and articles that may stand before a thing: "two kettles". */
export function isCount(word: string): boolean {
  return Object.hasOwn(small, word) || /^\d{1,3}$/.test(word);
}

const ordinals = ['first', 'second', 'third', 'fourth', 'fifth'];

/** Position in a list: 0-based, or `last` (the newest). */
export function ordinalOf(text: string): number | 'newest' | undefined {
  const plain = normalize(text);
  if (/\b(last|latest|newest|most recent)\b/.test(plain)) return 'newest';
  const at = ordinals.findIndex((word, index) => new RegExp(`\\b(${word}|${index + 1}(st|nd|rd|th))\\b`).test(plain));
  if (at >= 0) return at;
  const alone = /^(?:number |the |no )?([1-9])$/.exec(plain);
  return alone ? Number(alone[1]) - 1 : undefined;
}

function set(text: string): ReadonlySet<string> {
  return new Set(text.split(' '));
}

function set2(text: string): ReadonlySet<string> {
  return new Set(text.split('|').map((each) => words(each).join(' ')));
}
