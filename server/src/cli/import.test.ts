// What an import does with good, broken and foreign files, and what it writes.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { catchOutput, zipOf } from '@plinth/testing';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { run } from './commands.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'plinth-import-'));
const said = catchOutput();

const contract = (title: string): string => `openapi: 3.1.0
info: { title: ${title}, version: 1.0.0 }
paths: { /things: { post: { operationId: makeThing, responses: { '201': { description: Made. } } } } }
`;

/** Answers with what stands at `ref`. */
const answering = (ref: string): string =>
  contract('Alpha').replace("'201': {", `'201': { content: { application/json: { schema: { $ref: '${ref}' } } },`);

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
  writeFileSync(path.join(folder, 'broken.zip'), 'no archive');
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

it('reads an archive in place, and nothing outside of it', async () => {
  const archive = path.join(folder, 'contracts.zip');
  const shared = 'components: { schemas: { Id: { type: string } } }';
  const files = {
    'api/openapi.yaml': answering('../shared.yaml#/components/schemas/Id'),
    'shared.yaml': shared,
    'read.me': 'openapi: 3.1.0',
    'out/openapi.yaml': answering('../../all/a.yaml#/info').replace('Alpha', 'Beta'),
  };
  writeFileSync(archive, zipOf(files));
  const out = path.join(folder, 'from-archive');
  expect(await run(['import', archive, '--format', 'json', '--overlay-out', out])).toBe(0);
  const made = JSON.parse(said.out) as { unread: { file: string; message: string }[]; schemas: { name: string }[] };
  expect(made.schemas.map(({ name }) => name)).toContain('Id');
  expect(made.unread[0]?.file).toMatch(/contracts\.zip\/out\/openapi\.yaml$/);
  expect(made.unread[0]?.message).toContain('lies outside of');
  expect(readFileSync(path.join(out, 'alpha-1.0.0.overlay.yaml'), 'utf8')).not.toContain('extends:');
});

it('tells the catalogue as one page of HTML in which nothing of a contract is markup', async () => {
  const file = path.join(folder, 'page.html');
  writeFileSync(path.join(folder, 'evil.yaml'), contract("'<script>alert(1)</script>'"));
  expect(await run(['import', folder, '--format', 'html', '--output', file])).toBe(0);
  const page = readFileSync(file, 'utf8');
  expect(said.out).toBe('');
  expect(page).toContain('<h2>Capabilities</h2>');
  expect(page).not.toContain('<script');
});

it.each([
  [['all/a.yaml', '--format', 'xml'], 2, 'text, markdown, html, json'],
  [['all/a.yaml', '--min-similarity', '80'], 2, 'a number above 0'],
  [['contracts.tar.gz'], 2, 'only zip is read'],
  [['absent.zip'], 3, 'names no file'],
  [['broken.zip'], 3, 'no zip archive'],
  [['nowhere'], 3, 'names no file'],
  [['all/broken.yaml'], 3, '4:2'],
  [['all/package.json'], 3, 'no Swagger 2.0 and no OpenAPI'],
])('%j ends with %i', async ([file = '', ...flags], code, advice) => {
  expect(await run(['import', path.join(folder, file), ...flags])).toBe(code);
  expect(said.err).toContain(advice);
});
