// Every proposal, also for contracts in the field: an Overlay whose targets are there and whose values are valid x-plinth.

import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { load } from '../load/load.ts';
import { Origins } from '../load/origin.ts';
import { parseText } from '../load/parse.ts';
import { isObject } from '../load/pointer.ts';
import type { Finding, JsonObject, JsonValue } from '../model/contract.ts';
import { jsonPath, overlayText } from './overlay-text.ts';
import { propose, writtenFrom } from './proposal.ts';

const folder = path.join(
  process.env['PLINTH_TEST_DATA'] ?? path.resolve(import.meta.dirname, '../../../../shared/data'),
  'contracts',
);

/** Follows the one kind of JSONPath that proposals use: names only. */
function placeAt(root: JsonValue, query: string): JsonObject {
  let at: JsonValue | undefined = root;
  for (const [, bare, quoted] of query.slice(1).matchAll(/\.([A-Za-z_]\w*)|\['((?:[^'\\]|\\.)*)'\]/g)) {
    const name: string =
      bare ??
      (JSON.parse(`"${(quoted ?? '').replaceAll(String.raw`\'`, "'").replaceAll('"', String.raw`\"`)}"`) as string);
    at = isObject(at) ? at[name] : Array.isArray(at) ? at[Number(name)] : undefined;
  }
  if (!isObject(at)) throw new Error(`${query} leads nowhere`);
  return at;
}

function merge(into: JsonObject, update: JsonObject): void {
  for (const [key, value] of Object.entries(update)) {
    const before = into[key];
    if (isObject(before) && isObject(value)) merge(before, value);
    else into[key] = value;
  }
}

/** Applies an Overlay as far as proposals need it, and loads what comes out. */
async function applied(
  text: string,
  overlay: JsonValue,
  file = 'contract.yaml',
): Promise<{ findings: Finding[]; actions: number }> {
  const document = parseText(text, 'contract', new Origins());
  if (!isObject(overlay) || !Array.isArray(overlay['actions'])) throw new Error('an Overlay has actions');
  for (const action of overlay['actions']) {
    if (!isObject(action) || !isObject(action['update']) || typeof action['target'] !== 'string')
      throw new Error('an action has a target and an update');
    merge(placeAt(document, action['target']), action['update']);
  }
  const read = (name: string): string => (name === file ? JSON.stringify(document) : readFileSync(name, 'utf8'));
  const { findings } = await load(file, { read: (name) => Promise.resolve(read(name)) });
  return { findings, actions: overlay['actions'].length };
}

const files = [
  ...globSync('**/*.{json,yaml}', { cwd: folder }).map((name) => path.join(folder, name)),
  ...globSync('capabilities/*/contract.yaml', { cwd: path.resolve(import.meta.dirname, '../../..') }).map((name) =>
    path.resolve(import.meta.dirname, '../../..', name),
  ),
];
// eslint-disable-next-line no-console -- A suite that does not run must say so.
if (!existsSync(folder)) console.warn(`SKIPPED: public contracts are not at ${folder} (set PLINTH_TEST_DATA)`);

describe('the proposal for', () => {
  it.each(files)('%s is an Overlay of valid x-plinth', async (file) => {
    const text = readFileSync(file, 'utf8');
    const { contract } = await load(file, { read: (name) => Promise.resolve(readFileSync(name, 'utf8')) });
    if (!contract) throw new Error('it must load');
    const proposal = propose(contract);
    const yaml = overlayText(proposal, { extends: 'contract.yaml' });
    const isSure = proposal.actions.some(({ keys }) => keys.some(({ confidence }) => confidence >= writtenFrom));
    expect(yaml !== undefined).toBe(isSure);
    if (yaml === undefined) return;
    const overlay = parseText(yaml, 'overlay.yaml', new Origins());
    expect(overlay).toMatchObject({ overlay: '1.1.0', extends: 'contract.yaml', info: { version: contract.version } });
    expect(Object.keys(overlay as JsonObject)).toEqual(['overlay', 'info', 'extends', 'actions']);
    const { findings, actions } = await applied(text, overlay, file);
    expect(actions).toBeGreaterThan(0);
    expect(findings.filter(({ rule }) => rule.startsWith('x-'))).toEqual([]);
    // What is commented out is valid as well once somebody takes the marks away.
    const all = parseText(
      yaml.replaceAll(/^( *)# (?=[- ]|"?\w+"?: .* # \d\.\d\d,)/gm, '$1'),
      'all.yaml',
      new Origins(),
    );
    expect((await applied(text, all, file)).findings.filter(({ rule }) => rule.startsWith('x-'))).toEqual([]);
  });
});

const pets = `openapi: 3.1.0
info: { title: Pets, version: 1.0.0 }
paths:
  /pets/search:
    post: { operationId: searchPets, summary: Find pets, responses: { '200': { description: Them., content: { application/json: { schema: { type: array, items: { type: object } } } } } } }
  /pets/{petId}/adopt:
    post: { operationId: adoptPet, summary: Adopt a pet, x-plinth: { effect: destructive }, responses: { '200': { description: It. } } }
  /pets/{petId}/return:
    post: { operationId: returnPet, summary: Return a pet, responses: { '200': { description: It. } } }
  /pets/{petId}/cancel:
    post: { operationId: cancelPet, responses: { '200': { description: It. } } }
components:
  schemas:
    Owner: { type: object, properties: { email: { type: string, format: email }, "it's \\"odd\\"": { type: string, format: email }, password: { type: string }, newPassword: { type: string, writeOnly: true } } }
`;

describe('a proposal', () => {
  it('reads verbs, never says again what the contract says, and doubts what it should', async () => {
    const { contract } = await load('pets.yaml', { read: () => Promise.resolve(pets) });
    if (!contract) throw new Error('it must load');
    const effects = propose(contract).actions.flatMap(({ name, keys }) =>
      keys
        .filter(({ key }) => key === 'effect' || key === 'sensitivity')
        .map(({ value, confidence }) => [name, value, confidence >= writtenFrom]),
    );
    expect(effects).toEqual([
      ['searchPets', 'read', true],
      ['returnPet', 'write', true],
      ['cancelPet', 'destructive', true],
      ['email', 'pii', true],
      ['it\'s "odd"', 'pii', true],
      ['password', 'secret', false],
      ['newPassword', 'secret', true],
    ]);
    const yaml = overlayText(propose(contract), { extends: 'pets.yaml' }) ?? '';
    expect(yaml).toContain('# password: { x-plinth: { sensitivity: secret } } # 0.75');
    expect(
      (await applied(pets, parseText(yaml, 'o.yaml', new Origins()))).findings.filter(({ rule }) =>
        rule.startsWith('x-'),
      ),
    ).toEqual([]);
  });

  it('is nothing where nothing is sure', () => {
    const keys = [{ key: 'effect', value: 'read', confidence: 0.7, because: 'a guess' }];
    const proposal = {
      title: 'X',
      version: '1',
      file: 'x.yaml',
      actions: [{ pointer: '/paths/~1x/post', name: 'x', keys }],
    };
    expect(overlayText(proposal, { extends: 'x.yaml' })).toBeUndefined();
  });
});

describe('a JSON Pointer as JSONPath', () => {
  it.each([
    ['', '$'],
    ['/paths/~1a~1{b}/get', "$.paths['/a/{b}'].get"],
    ["/x/it's", String.raw`$.x['it\'s']`],
    ['/x/a\\b', String.raw`$.x['a\\b']`],
    ['/x/"q"', `$.x['"q"']`],
    ['/x/a\nb', String.raw`$.x['a\nb']`],
  ])('%j is %s', (pointer, query) => expect(jsonPath(pointer)).toBe(query));
});
