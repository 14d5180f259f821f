// What an import does with good, broken and foreign files, and what it writes.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { catchOutput } from '@plinth/testing';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { run } from './commands.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'plinth-import-'));
const said = catchOutput();

const contract = (title: string): string => `openapi: 3.1.0
info: { title: ${title}, version: 1.0.0 }
paths: { /things: { post: { operationId: makeThing, responses: { '201': { description: Made. } } } } }
`;

beforeEach(() => {
  mkdirSync(path.join(folder, 'all/deep/node_modules'), { recursive: true });
  const files: Record<string, string> = {
    'a.yaml': contract('Alpha'),
    'deep/b.yml': contract('Beta'),
    'deep/node_modules/c.yaml': contract('Gamma'),
    'broken.yaml': 'openapi: 3.1.0\ninfo:\n  title: X\n version: 1\n',
    'half.json':
      '{"openapi":"3.1.0","info":{"title":"Half","version":"1"},"paths":{"/a":{"get":{"$ref":"nowhere.json"}},"/b":{"get":{"responses":{"200":{"description":"It."}}}}}}',
    'package.json': '{ "name": "not-a-contract" }',
    'last.json': '{"info":{"title":"Last","version":"1"},"paths":{},"openapi":"3.1.0"}',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, 'all', name), text);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('keeps going past bad files and names them; only --strict minds', async () => {
  const all = path.join(folder, 'all');
  expect(await run(['import', all, '--format', 'json'])).toBe(0);
  const made = JSON.parse(said.out) as {
    capabilities: { id: string }[];
    unread: { file: string; line: number; whole: boolean }[];
  };
  expect(made.capabilities.map(({ id }) => id)).toEqual(['alpha', 'beta', 'half', 'last']);
  expect(made.unread.map(({ file, line, whole }) => [path.basename(file), line, whole])).toEqual([
    ['broken.yaml', 4, true],
    ['half.json', 1, false],
    ['half.json', 1, false],
    ['half.json', 1, false],
  ]);
  expect(said.err).toContain('4 contracts read, 4 faults, 1 other files passed over');
  expect(await run(['import', all, '--strict'])).toBe(3);
  expect(await run(['import', `${all}/a.yaml`, '--strict'])).toBe(0);
});

it('writes the catalogue and one Overlay for each contract, which names its contract', async () => {
  const out = path.join(folder, 'out');
  const globs = [`${folder}/all/**/*.y*ml`, `${folder}/all/a.yaml`];
  expect(await run(['import', ...globs, '--out', out, '--overlay-out', path.join(out, 'overlays')])).toBe(0);
  expect(JSON.parse(readFileSync(path.join(out, 'catalogue.json'), 'utf8'))).toMatchObject({ score: {}, unread: [{}] });
  expect(readFileSync(path.join(out, 'catalogue.md'), 'utf8')).toContain('# Catalogue');
  const overlay = readFileSync(path.join(out, 'overlays/alpha-1.0.0.overlay.yaml'), 'utf8');
  expect(overlay).toContain('extends: ../../all/a.yaml');
  expect(overlay).toContain('effect: write # 0.98, it answers 201');
});

it.each([
  [['all/a.yaml', '--format', 'xml'], 2, 'text, markdown, json'],
  [['all/a.yaml', '--min-similarity', '80'], 2, 'a number above 0'],
  [['contracts.zip'], 2, 'unzip'],
  [['nowhere'], 3, 'names no file'],
  [['all/broken.yaml'], 3, '4:2'],
  [['all/package.json'], 3, 'no Swagger 2.0 and no OpenAPI'],
])('%j ends with %i', async ([file = '', ...flags], code, advice) => {
  expect(await run(['import', path.join(folder, file), ...flags])).toBe(code);
  expect(said.err).toContain(advice);
});
