import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { sealingKeyOf } from './sealing-key.ts';

const root = mkdtempSync(path.join(tmpdir(), 'plinth-key-'));
afterAll(() => rmSync(root, { recursive: true }));

const none = { sealingKey: undefined, databaseUrl: undefined, dataFolder: path.join(root, 'data'), ephemeral: false };
const file = path.join(none.dataFolder, 'sealing-key');

it.each([
  ['the one that is configured', { sealingKey: 'ours', databaseUrl: 'postgres://a' }, 'ours'],
  ['none on a database that several machines may share', { databaseUrl: 'postgres://a' }, undefined],
  ['none where nothing is kept', { ephemeral: true }, undefined],
])('is %s, and no file is made', (_, config, key) => {
  expect(sealingKeyOf({ ...none, ...config })).toBe(key);
  expect(existsSync(file)).toBe(false);
});

it('is made beside the private database, for its owner alone, and stays the same', () => {
  const key = sealingKeyOf(none);
  expect(key).toMatch(/^[\w-]{43}$/);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, 'utf8')).toBe(key);
  expect(sealingKeyOf(none)).toBe(key);
  expect(sealingKeyOf({ ...none, dataFolder: path.join(root, 'other') })).not.toBe(key);
});
