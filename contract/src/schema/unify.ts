// Functions that say the same are written once: those of requests and answers mostly do, and so do equal parameters.

/** A call of the function at an index, until it has a name. Contract text has no such letter: `literal` escapes it. */
export function callOf(index: number): string {
  return `\uE000${index}\uE000`;
}

const calls = /\uE000(\d+)\uE000/g;

/** Names all calls. */
export function nameCalls(text: string, nameOf: (index: number) => string): string {
  return text.replaceAll(calls, (_call, index: string) => nameOf(Number(index)));
}

/**
 * For each text the index of the first that is equal, where calls are equal when what they call is. Classes are split
 * until none falls apart, so that circles of calls can be equal too; at most as many rounds as there are texts.
 */
export function equalTexts(texts: readonly string[]): number[] {
  const callees = texts.map((text) => [...text.matchAll(calls)].map((match) => Number(match[1])));
  let classes = classesOf(texts.map((text) => text.replaceAll(calls, '\uE000')));
  for (let count = 0; count < new Set(classes).size;) {
    count = new Set(classes).size;
    const before = classes;
    classes = classesOf(callees.map((list, index) => [before[index], ...list.map((callee) => before[callee])].join()));
  }
  return classes;
}

function classesOf(keys: readonly string[]): number[] {
  const first = new Map<string, number>();
  return keys.map((key, index) => {
    const known = first.get(key);
    if (known === undefined) first.set(key, index);
    return known ?? index;
  });
}
