// State maps are total in both directions: each state of either side has exactly one word on the other. Those of messages
// are open: what the other side may say one day is in nobody's contract.

import { type Contract, follow, isObject, type JsonValue, valueAt } from '@plinth/contract';
import type { CheckParts, Fault } from './check.ts';
import type { StateMap } from './manifest.ts';

/** What is missing, or stands for nothing; nothing = total. */
export function checkStates(name: string, map: StateMap, { contract, target }: CheckParts): Fault[] {
  const ours = enumAt(contract, map.ours);
  const theirs = map.theirs === undefined ? Object.keys(map.in) : enumAt(target, map.theirs);
  const missing = [...(ours === undefined ? [map.ours] : []), ...(theirs === undefined ? [map.theirs ?? ''] : [])];
  if (ours === undefined || theirs === undefined) {
    const message = `The state map ${name} names ${missing.join(' and ')}, where no enum stands.`;
    return [
      { at: map, rule: 'upstream-states', message, fix: 'Point to a schema with an enum: #/components/schemas/…' },
    ];
  }
  return [
    ...oneWay(name, { at: map.in, map: map.in, from: theirs, to: ours, way: 'in (theirs → ours)' }),
    ...(map.out === undefined
      ? []
      : oneWay(name, { at: map.out, map: map.out, from: ours, to: theirs, way: 'out (ours → theirs)' })),
  ];
}

interface OneWay {
  at: object;
  map: Readonly<Record<string, string>>;
  from: readonly string[];
  to: readonly string[];
  way: string;
}

function oneWay(name: string, { at, map, from, to, way }: OneWay): Fault[] {
  const unmapped = from.filter((word) => !Object.hasOwn(map, word));
  const unknown = Object.keys(map).filter((word) => !from.includes(word));
  const wrong = Object.values(map).filter((word) => !to.includes(word));
  const rule = 'upstream-states';
  return [
    ...(unmapped.length === 0
      ? []
      : [
          {
            at,
            rule,
            message: `The state map ${name} is not total: ${way} has no ${unmapped.join(', ')}.`,
            fix: `Say what each becomes; one of ${to.join(', ')}.`,
          },
        ]),
    ...(unknown.length === 0
      ? []
      : [
          {
            at,
            rule,
            message: `The state map ${name} maps ${unknown.join(', ')} in ${way}, which the contract does not know.`,
            fix: `Use ${from.join(', ')}.`,
          },
        ]),
    ...(wrong.length === 0
      ? []
      : [
          {
            at,
            rule,
            message: `The state map ${name} maps to ${[...new Set(wrong)].join(', ')} in ${way}, which the other contract does not know.`,
            fix: `Use ${to.join(', ')}.`,
          },
        ]),
  ];
}

function enumAt(contract: Contract, reference: string): string[] | undefined {
  return wordsOf(follow(contract.document, valueAt(contract.document, reference.replace(/^#/, ''))));
}

/** The enum at a pointer into values of a schema. */
export function enumUnder(contract: Contract, schema: JsonValue | undefined, pointer: string): string[] | undefined {
  let node = follow(contract.document, schema);
  for (const token of pointer.split('/').slice(1)) {
    const properties: JsonValue | undefined = isObject(node) ? node['properties'] : undefined;
    node = isObject(properties) ? follow(contract.document, properties[token]) : undefined;
  }
  return wordsOf(node);
}

function wordsOf(node: JsonValue | undefined): string[] | undefined {
  const words = isObject(node) ? node['enum'] : undefined;
  return Array.isArray(words) && words.every((word) => typeof word === 'string') ? words : undefined;
}
