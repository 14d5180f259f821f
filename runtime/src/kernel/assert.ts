// Our own mistakes. An assertion that fails is a defect of Plinth, never of a caller: it ends as 500 `internal`.

/** Thrown by assert() and unreachable(); the pipeline logs it with its stack and shows none of it. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}

/** Demands what must hold. `sentence` states the fact that would be violated. */
export function assert(condition: unknown, sentence: string): asserts condition {
  if (!condition) throw new AssertionError(sentence);
}

/** Marks a branch that types say cannot happen. */
export function unreachable(value: never): never {
  throw new AssertionError(`Unreachable value: ${JSON.stringify(value)}`);
}
