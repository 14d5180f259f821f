import { describe, expect, it } from 'vitest';
import { load, type LoadOptions } from './load.ts';

const base = `openapi: 3.1.0
info: { title: T, version: 1.2.3, description: Old }
tags: [{ name: one }]
paths:
  /things:
    get: { operationId: getThings, tags: [one], responses: { '200': { description: d } } }
  /others:
    get: { operationId: getOthers, x-own: { paged: true }, parameters: [{ name: a, in: query, schema: { type: string } }, { name: b, in: query, schema: { type: string } }], responses: { '200': { description: d } } }
`;

async function overlaid(actions: string, more: Record<string, string> = {}, options: Partial<LoadOptions> = {}) {
  const files: Record<string, string> = {
    'a.yaml': base,
    'o.yaml': `overlay: 1.1.0\ninfo: { title: O, version: 1.0.0 }\nactions:\n${actions}`,
    ...more,
  };
  const read = async (name: string): Promise<string> => {
    const text = files[name];
    if (text === undefined) throw new Error('no such file');
    return text;
  };
  const { contract, findings } = await load('a.yaml', { read, overlays: ['o.yaml'], ...options });
  return { contract, findings, document: contract?.document ?? {} };
}

describe('an overlay', () => {
  it('merges objects, appends to lists, replaces single values', async () => {
    const { document, findings } = await overlaid(`
  - target: $
    update: { info: { summary: New }, tags: [{ name: two }] }
  - target: $.tags
    update: { name: three }
  - target: $.info.description
    update: Changed
`);
    expect(findings).toEqual([]);
    expect(document).toMatchObject({
      info: { title: 'T', summary: 'New', description: 'Changed' },
      tags: [{ name: 'one' }, { name: 'two' }, { name: 'three' }],
    });
  });

  it('removes members and entries, wherever a path leads, each once', async () => {
    const { contract, findings } = await overlaid(`
  - target: $.paths.*.get.parameters[0, 1, 0]
    remove: true
    update: { name: never }
  - target: $.paths['/things']
    remove: true
`);
    expect(findings).toEqual([]);
    expect(contract?.operations.map(({ id, params }) => [id, params])).toEqual([['getOthers', []]]);
  });

  it('copies one place over others, as it stood then', async () => {
    const { contract, findings } = await overlaid(`
  - target: $.paths
    update: { /new: { get: { operationId: getNew } } }
  - target: $.paths['/new'].get
    copy: $.paths['/others'].get
  - target: $.paths['/new'].get
    update: { operationId: getNewest, x-own: { paged: false } }
`);
    expect(findings).toEqual([]);
    expect(contract?.operations.map(({ id, node }) => [id, node['x-own']])).toEqual([
      ['getThings', undefined],
      ['getOthers', { paged: true }],
      ['getNewest', { paged: false }],
    ]);
  });

  it('gives every target a value of its own', async () => {
    const { contract } = await overlaid(`
  - target: $.paths.*.get
    update: { x-new: { list: [1] } }
  - target: $.paths['/things'].get['x-new'].list
    update: 2
`);
    expect(contract?.operations.map(({ node }) => node['x-new'])).toEqual([{ list: [1, 2] }, { list: [1] }]);
  });

  it('keeps the place of what it adds, and of what it leaves', async () => {
    const { findings } = await overlaid(`
  - target: $.paths['/things'].get
    update:
      x-plinth: { effekt: read }
  - target: $.paths['/others'].get
    update: { responses: { '200': { descripton: x } } }
`);
    expect(findings.map(({ rule, file, line }) => [rule, file, line])).toEqual([
      ['spec-structure', 'a.yaml', 8],
      ['x-unknown-key', 'o.yaml', 7],
    ]);
  });

  it('may add references: they are read like those of the document', async () => {
    const { contract, findings } = await overlaid(
      `\n  - target: $.paths['/things'].get\n    update: { parameters: [{ $ref: shared.yaml }] }\n`,
      { 'shared.yaml': 'name: limit\nin: query\nschema: { type: integer }\n' },
    );
    expect(findings).toEqual([]);
    expect(contract?.operations[0]?.params[0]?.name).toBe('limit');
  });

  it('that meets nothing is a warning, and an error where that is wanted', async () => {
    const action = `
  - target: $.paths['/nothing']
    remove: true
  - target: $.info
    copy: $.paths['/nothing']
`;
    for (const strict of [false, true]) {
      const { findings, contract } = await overlaid(action, {}, { strict });
      const severity = strict ? 'error' : 'warn';
      expect(findings).toMatchObject([
        { rule: 'overlay-no-match', severity, file: 'o.yaml', line: 5 },
        { rule: 'overlay-no-match', severity, file: 'o.yaml', line: 7 },
      ]);
      expect(contract?.operations).toHaveLength(2);
    }
  });

  it.each([
    ["target: '$.paths[', remove: true", 'expected a selector'],
    ['target: $, remove: true', 'cannot be removed'],
    ['target: $.info, update: text', 'updated by an object'],
    ['target: $.info.title, update: { a: 1 }', 'updated by a single value'],
    ['target: $.info, copy: $.paths.*', 'leads to 2 places'],
  ])('that cannot be applied is named: %s', async (action, words) => {
    const { findings } = await overlaid(`\n  - { ${action} }\n`);
    expect(findings).toMatchObject([{ rule: 'spec-structure', file: 'o.yaml', line: 5 }]);
    expect(findings[0]?.message).toContain(words);
  });

  it('that is built wrongly is not applied, and one that is not there is named', async () => {
    const { findings, document } = await overlaid(
      '\n  - target: $.info\n    update: { summary: New }\n    wrong: true\n',
      {},
      { overlays: ['o.yaml', 'none.yaml'] },
    );
    expect(findings.map(({ rule, file, line }) => [rule, file, line])).toEqual([
      ['syntax', 'none.yaml', 1],
      ['spec-structure', 'o.yaml', 5],
    ]);
    expect(document['info']).not.toHaveProperty('summary');
  });
});

const overlay = (target: string): string =>
  `overlay: 1.0.0\ninfo: { title: O, version: 1.0.0 }\nextends: ${target}\nactions: [{ target: $.info, update: { summary: New } }]\n`;
const read =
  (files: Record<string, string>) =>
  async (name: string): Promise<string> =>
    files[name] ?? Promise.reject(new Error('none'));

describe('extends', () => {
  it('leads from an overlay to the contract it changes', async () => {
    const files = { 'x/o.yaml': overlay('../a.yaml'), 'a.yaml': base };
    const { contract, findings } = await load('x/o.yaml', { read: read(files) });
    expect(findings).toEqual([]);
    expect(contract?.document['info']).toMatchObject({ title: 'T', summary: 'New' });
  });

  it('of another contract is a warning; without one there is nothing to load', async () => {
    const files = { 'o.yaml': overlay('b.yaml'), 'a.yaml': base };
    const other = await load('a.yaml', { read: read(files), overlays: ['o.yaml'] });
    expect(other.findings).toMatchObject([{ rule: 'overlay-no-match', file: 'o.yaml', severity: 'warn' }]);
    const alone = await load('o.yaml', { read: read({ 'o.yaml': files['o.yaml'].replace('extends: b.yaml\n', '') }) });
    expect(alone.contract).toBeUndefined();
    expect(alone.findings).toMatchObject([{ rule: 'dialect-unsupported', fix: expect.stringContaining('--overlay') }]);
    const itself = await load('o.yaml', { read: read({ 'o.yaml': overlay('o.yaml') }) });
    expect(itself.findings).toMatchObject([{ rule: 'dialect-unsupported' }]);
  });
});
