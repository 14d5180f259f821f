// Mistakes that can be planted into a running process, each at the one place where it would be made. They prove that the
// fault suites notice it: a suite that finds none of them would find nothing. Only test servers plant any.

/** What each of them does; the place names itself by it. */
export const plantedFaults = {
  'inbox.skipped': 'a reaction leaves no inbox row',
  'effect.outside': 'a reaction commits before its inbox row and cursor',
  'delivery.twice': 'a reaction is given one event twice',
  'fact.dropped': 'one fact in twenty is not written to the outbox',
  'audit.skipped': 'one audit row in twenty is not written',
  'answer.early': 'a write is acknowledged before it is committed',
  'answer.changed': 'a stored answer is not the answer that was sent',
  'key.kept': 'one key in twenty never gets the answer of its call',
  'seal.wrong': 'one seal in twenty is not the hash of its row',
  'fence.skipped': 'who holds a lease writes without looking at its fence',
} as const;

export type PlantedFault = keyof typeof plantedFaults;

let planted: ReadonlySet<string> | undefined;

/** Plants from now on, until called with none. Throws on a name that is not known. */
export function plantFaults(names: readonly string[]): void {
  const unknown = names.find((name) => !Object.hasOwn(plantedFaults, name));
  if (unknown !== undefined) throw new Error(`no fault is called ${unknown}`);
  planted = names.length > 0 ? new Set(names) : undefined;
}

export function isPlanted(name: PlantedFault): boolean {
  return planted !== undefined && planted.has(name);
}

let turns = 0;

/** Every twentieth time; for faults that would be noticed at once if they were always made. */
export function isPlantedNow(name: PlantedFault): boolean {
  return isPlanted(name) && ++turns % 20 === 0;
}
