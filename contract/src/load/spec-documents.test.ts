// Documents that the standards' own projects publish as right and wrong: each must be judged so.

import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Finding } from '../model/contract.ts';
import { Origins } from './origin.ts';
import { parseText } from './parse.ts';
import { examineDocument } from './structure/document.ts';

const data = process.env['PLINTH_TEST_DATA'] ?? path.resolve(import.meta.dirname, '../../../../shared/data');
const folders = ['openapi-documents', 'overlay', 'arazzo'].filter((name) => existsSync(path.join(data, name)));

// eslint-disable-next-line no-console -- A suite that does not run must say so.
if (folders.length < 3) console.warn(`SKIPPED: documents of the standards are not at ${data} (set PLINTH_TEST_DATA)`);

function findingsOf(file: string): Finding[] {
  const origins = new Origins();
  const findings: Finding[] = [];
  const tree = parseText(readFileSync(path.join(data, file), 'utf8'), file, origins);
  examineDocument(tree, { origins, findings, seen: new WeakSet() });
  return findings;
}

it.skipIf(folders.length < 3)('the documents of all standards are there', () => {
  expect(folders).toHaveLength(3);
});

describe.each(folders)('the documents of %s', (folder) => {
  const files = globSync(`${folder}/**/{pass,fail}/*.yaml`, { cwd: data }).toSorted();

  it.each(files.filter((file) => file.includes('/pass/')))('%s is right', (file) => {
    expect(findingsOf(file)).toEqual([]);
  });

  it.each(files.filter((file) => file.includes('/fail/')))('%s is wrong, and the place is named', (file) => {
    const [first] = findingsOf(file);
    expect(first).toMatchObject({ file, severity: 'error' });
    expect(first?.line).toBeGreaterThan(0);
  });
});
