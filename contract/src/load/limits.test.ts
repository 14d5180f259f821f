// Each bound of a load, at the limit and one beyond.

import { describe, expect, it } from 'vitest';
import { load } from './load.ts';
import { loadLimits } from './parse.ts';

const head = 'openapi: 3.1.0\ninfo: { title: T, version: 1.2.3 }\npaths: {}\n';
const headNodes = 6;

async function limitOf(texts: Record<string, string> | ((name: string) => string)): Promise<string[]> {
  const read = async (name: string): Promise<string> =>
    typeof texts === 'function' ? texts(name) : (texts[name] ?? '');
  const { findings } = await load('a.yaml', { read });
  return findings.map(({ rule, message }) => `${rule}: ${message}`);
}

const ofFiles = (count: number) =>
  limitOf((name) =>
    name === 'a.yaml'
      ? `${head}components: { schemas: { A: { allOf: [${Array.from({ length: count }, (_, at) => `{ $ref: 's${at}.yaml' }`).join(', ')}] } } }\n`
      : 'type: string\n',
  );

const ofValues = (count: number, other = '') =>
  limitOf((name) =>
    name === 'a.yaml' ? `${head}x-many: [${'1,'.repeat(count)}]\n${other}` : `x-many: [${'1,'.repeat(9)}]\n`,
  );

const ofAliases = (count: number) => limitOf({ 'a.yaml': `${head}x-one: &a 1\nx-many: [${'*a ,'.repeat(count)}]\n` });

describe('a load ends at its limits', () => {
  it('32 MiB a file, in bytes', async () => {
    const room = loadLimits.fileBytes - head.length - 1;
    const filled = (sign: string, count: number) => `${head}#${sign.repeat(count)}`;
    expect(await limitOf({ 'a.yaml': filled('x', room) })).toEqual([]);
    const beyond = ['load-limit: The file is larger than 32 MiB.'];
    expect(await limitOf({ 'a.yaml': filled('x', room + 1) })).toEqual(beyond);
    expect(await limitOf({ 'a.yaml': filled('é', Math.ceil((room + 1) / 2)) })).toEqual(beyond);
    expect(await limitOf({ 'a.yaml': filled('😀', Math.ceil((room + 1) / 4)) })).toEqual(beyond);
  });

  it('128 MiB in all', async () => {
    const schemas = [1, 2, 3, 4, 5].map((at) => `    S${at}: { $ref: 's${at}.yaml' }\n`);
    const text = (count: number) => `${head}components:\n  schemas:\n${schemas.slice(0, count).join('')}`;
    const big = `type: string\n#${'x'.repeat(loadLimits.fileBytes - 64)}`;
    const found = (count: number) => limitOf((name) => (name === 'a.yaml' ? text(count) : big));
    expect(await found(3)).toEqual([]);
    expect(await found(5)).toContain('load-limit: All files together are larger than 128 MiB.');
  }, 20_000);

  it('2,000 files', async () => {
    expect(await ofFiles(loadLimits.files - 1)).toEqual([]);
    expect(await ofFiles(loadLimits.files)).toEqual(['load-limit: More than 2,000 files are referred to.']);
  });

  it.each([
    ['YAML', (depth: number) => `${head}x-deep: ${'['.repeat(depth)}${']'.repeat(depth)}\n`],
    [
      'JSON',
      (depth: number) =>
        `{"openapi":"3.1.0","info":{"title":"T","version":"1"},"paths":{},"x-deep":${'['.repeat(depth)}${']'.repeat(depth)}}`,
    ],
  ])('256 levels of %s', async (_, text) => {
    const beyond = ['load-limit: Nested deeper than 256 levels.'];
    expect(await limitOf({ 'a.yaml': text(loadLimits.depth - 1) })).toEqual([]);
    expect(await limitOf({ 'a.yaml': text(loadLimits.depth + 1) })).toEqual(beyond);
    // Broken and too deep: the depth is told, at once.
    expect(await limitOf({ 'a.yaml': '['.repeat(1_000_000) })).toEqual(beyond);
  });

  it('1,000,000 values, over all files', async () => {
    const most = loadLimits.nodes - headNodes - 1;
    expect(await ofValues(most)).toEqual([]);
    expect(await ofValues(most + 1)).toEqual(['load-limit: More than 1,000,000 values.']);
    const schema = "components: { schemas: { A: { $ref: 's.yaml' } } }\n";
    expect(await ofValues(most - 4 - 9 - 2, schema)).toEqual([]);
    expect(await ofValues(most - 4 - 9 - 1, schema)).toContain('load-limit: More than 1,000,000 values.');
  }, 30_000);

  it('10,000 aliases a file', async () => {
    expect(await ofAliases(loadLimits.aliases)).toEqual([]);
    expect(await ofAliases(loadLimits.aliases + 1)).toEqual(['load-limit: More than 10,000 aliases.']);
  });
});
