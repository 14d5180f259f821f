import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { makeFolder } from './make-folder.ts';

const root = mkdtempSync(path.join(tmpdir(), 'plinth-folder-'));
afterAll(() => rmSync(root, { recursive: true }));

it('makes all that is missing, and nothing when it is there', () => {
  const folder = path.join(root, 'a', 'b', 'c');
  makeFolder(folder);
  makeFolder(folder);
  expect(statSync(folder).isDirectory()).toBe(true);
});

it.each([
  ['a file stands there', 'file', 'EEXIST'],
  ['a part of its path is a file', 'file/a/b', 'ENOTDIR'],
])('says that %s', (_, name, code) => {
  writeFileSync(path.join(root, 'file'), '');
  expect(() => makeFolder(path.join(root, name))).toThrow(code);
});

it.runIf(existsSync('/proc/self'))('ends where nothing can be made', () => {
  expect(() => makeFolder('/proc/plinth/a')).toThrow(/ENOENT.*mkdir '\/proc\/plinth'/);
});
