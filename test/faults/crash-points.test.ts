// No crash point of the sources is left out: each has a name that is found by reading, and a suite or a test that dies there.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { root, sourceFiles } from '../../tools/source.ts';
import { crashPointNames, passedAtStart, sweptElsewhere } from './crash-points.ts';

const names = crashPointNames();

it.each(Object.entries(sweptElsewhere))('each that begins with %s is named by %s', (beginning, file) => {
  const text = readFileSync(path.join(root, file), 'utf8');
  const points = names.filter((name) => name.startsWith(beginning));
  expect(points).not.toEqual([]);
  expect(points.filter((name) => !text.includes(`'${name}'`))).toEqual([]);
});

it('those passed at the start stand in the sources', () => {
  expect(passedAtStart.filter((name) => !names.includes(name))).toEqual([]);
});

it('each call of crashPoint writes its name out, so that reading finds it', () => {
  const calls = sourceFiles()
    .filter(({ path: file }) => !/\.test\.ts$|^test\/|^tools\//.test(file))
    .flatMap(({ path: file, text }) =>
      [...text.matchAll(/\bcrashPoint\(([^)]*)\)/g)].map(([, name]) => `${file} ${name}`),
    );
  expect(calls.length).toBeGreaterThan(20);
  expect(calls.filter((call) => !/ '[\w.-]+'$/.test(call))).toEqual(['runtime/src/kernel/crash.ts name: string']);
});
