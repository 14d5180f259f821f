// All checks by name. One that a contract does not imply does not run.

export const checks = {
  'server-error': 'An answer of 500 or above, or none at all.',
  'undeclared-status': 'A status that the operation neither declares nor implies.',
  'undeclared-media': 'A body in a media type that the response does not declare.',
  'response-schema': 'A body that does not fit the declared schema.',
  'response-headers': 'A declared header that is missing or does not fit its schema.',
  'valid-refused': 'A request that the contract allows, refused as wrong.',
  'invalid-accepted': 'A request that the contract rules out, accepted.',
  'problem-shape': 'A problem document that breaks RFC 9457.',
  'auth-ignored': 'A secured operation that answers without a credential, or with a false one.',
  'scope-ignored': 'A secured operation that answers a caller of another audience, or without the scope.',
  'object-leak': 'A thing of one owner, shown to or changed by another.',
  'property-leak': 'A property shown to a caller who lacks its scope or audience.',
  'mass-assignment': 'A readOnly property that a request could set.',
  'read-after-write': 'A thing that reads differently from what was just written.',
  'list-contains': 'A thing that was made and is missing in its list.',
  'use-after-remove': 'A thing that can be used after it was removed.',
  'illegal-move': 'A change of state that the declared states do not allow.',
  'lost-update': 'A change by somebody who did not know the newest version.',
  'idempotency-broken': 'A repeated key that had a second effect or another answer, or one that stands for two wishes.',
  'paging-broken': 'Pages with gaps, repetitions or too many items.',
  'cache-leak': 'A personal answer that shared caches may keep.',
  'event-missing': 'A thing that was made or moved, and no declared fact about it.',
  'secret-echo': 'A secret or writeOnly value that comes back.',
  slow: 'An answer later than the declared timeout.',
} as const;

export type Check = keyof typeof checks;

export function isCheck(name: string): name is Check {
  return Object.hasOwn(checks, name);
}

/** What is wrong with an answer. */
export interface Fault {
  check: Check;
  /** One sentence. */
  message: string;
  expected: string;
  actual: string;
  /** Where in the contract: the part of the key that groups equal causes. */
  at: string;
  /** The object of the contract that says so; the operation by default. */
  node?: object;
}

/** Longest value that a fault repeats. */
const shownLetters = 120;

export function short(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > shownLetters ? `${line.slice(0, shownLetters)}…` : line;
}

/** A pointer without the numbers of items: equal causes have equal places. */
export function placeOf(pointer: string): string {
  return pointer.replaceAll(/\/\d+(?=\/|$)/g, '/*');
}
