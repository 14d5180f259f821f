// The named crash points of the sources, found by reading them: a new one is swept without being listed anywhere.

import { sourceFiles } from '../../tools/source.ts';

/**
 * Beginnings of names that no operation of the platform passes by itself, and the test that names each of them: calls that
 * go on after a 202, calls to other systems.
 */
export const sweptElsewhere: Readonly<Record<string, string>> = {
  'job.': 'runtime/src/operations/jobs/takeover.test.ts',
  'upstream.': 'test/core-bank-crash.test.ts',
};

/** Passed while the server starts, before it takes any call. */
export const passedAtStart: readonly string[] = ['migration.before-commit'];

/** Names for the suite `crash-points`: all that neither another test nor starting sweeps. */
export function sweptHere(): string[] {
  const elsewhere = Object.keys(sweptElsewhere);
  return crashPointNames().filter(
    (name) => !elsewhere.some((beginning) => name.startsWith(beginning)) && !passedAtStart.includes(name),
  );
}

/** All names, sorted. */
export function crashPointNames(): string[] {
  const names = sourceFiles()
    .filter(({ path }) => /^(runtime|capabilities|adapters|server)\//.test(path) && !path.endsWith('.test.ts'))
    .flatMap(({ text }) =>
      [...text.matchAll(/\b(?:crashPoint|checkpoint)\('([\w.-]+)'\)/g)].map(([, name = '']) => name),
    );
  return [...new Set(names)].toSorted((a, b) => a.localeCompare(b));
}
