// What is wrong with a body, in the words of the schema engine.

import type { Violation } from '../schema/compile.ts';

export type BodyViolation = Violation & { in: 'body' };

/** A value, or why there is none. */
export type Decoded = { value: unknown } | { violations: BodyViolation[] };

/** `name`: the property it is about, or '' for the body as a whole. */
export function bodyViolation(name: string, rule: string, message: string): BodyViolation {
  const pointer = name === '' ? '' : `/${name.slice(0, 64).replaceAll('~', '~0').replaceAll('/', '~1')}`;
  return { in: 'body', pointer, rule, message, schema: '' };
}
