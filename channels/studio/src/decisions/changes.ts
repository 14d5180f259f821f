// What a draft changes, member by member, in words.

export interface Change {
  /** `treatments 2 title` */
  where: string;
  before: string;
  after: string;
}

/** Differences of two values, at most 40. Order of members does not matter, order of a list does. */
export function changesBetween(before: unknown, after: unknown, where: readonly string[] = []): Change[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (isHolder(before) && isHolder(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return names
      .flatMap((name) => {
        const place = Array.isArray(after) ? String(Number(name) + 1) : name;
        return changesBetween((before as Bag)[name], (after as Bag)[name], [...where, place]);
      })
      .slice(0, 40);
  }
  return [{ where: where.join(' '), before: wordsOf(before), after: wordsOf(after) }];
}

type Bag = Readonly<Record<string, unknown>>;

function isHolder(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function wordsOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return typeof value === 'string' || typeof value === 'number' ? String(value) : JSON.stringify(value);
}

interface Named {
  action: string;
}

/** Actions of a draft that are new, changed or gone, by name. */
export function changedActions<Action extends Named>(
  live: readonly Action[],
  draft: readonly Action[],
): { name: string; is: 'new' | 'changed' | 'gone'; changes: Change[] }[] {
  const [before, after] = [live, draft].map((list) => new Map(list.map((each) => [each.action, each]))) as [
    Map<string, Action>,
    Map<string, Action>,
  ];
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((name) => {
    const changes = changesBetween(before.get(name), after.get(name));
    if (changes.length === 0) return [];
    const is = before.has(name) ? (after.has(name) ? 'changed' : 'gone') : 'new';
    return [{ name, is, changes: is === 'changed' ? changes : [] } as const];
  });
}
