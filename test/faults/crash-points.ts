// The named crash points of the sources, found by reading them: a new one is swept without being listed anywhere.

import { sourceFiles } from '../../tools/source.ts';

/**
 * Of calls that go on after a 202: no operation of the platform does. runtime/src/operations/jobs sweeps them. Of calls to
 * other systems: test/core-bank-crash.test.ts.
 */
export const sweptElsewhere: readonly string[] = [
  'job.taken',
  'job.before-end',
  'job.before-commit',
  'job.after-commit',
  'upstream.noted',
  'upstream.answered',
  'upstream.concluded',
];

/** Passed while the server starts, before it takes any call. */
export const passedAtStart: readonly string[] = ['migration.before-commit'];

/** All names, sorted. */
export function crashPointNames(): string[] {
  const names = sourceFiles()
    .filter(({ path }) => /^(runtime|capabilities|adapters|server)\//.test(path) && !path.endsWith('.test.ts'))
    .flatMap(({ text }) =>
      [...text.matchAll(/\b(?:crashPoint|checkpoint)\('([\w.-]+)'\)/g)].map(([, name = '']) => name),
    );
  return [...new Set(names)].toSorted((a, b) => a.localeCompare(b));
}
