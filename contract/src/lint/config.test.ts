import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { load } from '../load/load.ts';
import type { JsonValue } from '../model/contract.ts';
import { applyConfig, readLintConfig } from './config.ts';
import { applyEdits } from './edit.ts';
import { lint, type LintOptions } from './lint.ts';
import { findingsAsGithub, findingsAsSarif } from './machine-formats.ts';

const text = `openapi: 3.1.0
info: { title: Things, version: 1.0.0 } # the head
x-plinth:
  # whose it is
  capability: things
paths:
  /things:
    get:
      operationId: getThings
      tags: [Things]
      responses: { '200': { description: It. }, '204': { description: None., content: { text/plain: {} } } }
`;

const add = (value: JsonValue) => ({ file: 'x', pointer: '/a', add: value });

async function read(source: string) {
  const { contract, findings } = await load('contract.yaml', { read: async () => source });
  if (!contract) throw new Error('no contract');
  return { contract, findings };
}

const today = '2026-06-01';

describe('configuration', () => {
  it('says what it cannot use', () => {
    const { faults } = readLintConfig({
      extends: 'harsh',
      rules: { 'no-such-rule': 'warn', 'path-casing': 'loud' },
      ignore: [{ rule: 'path-casing' }, { rule: 'path-casing', because: 'old', until: 'soon' }],
      plugins: [],
    });
    expect(faults).toHaveLength(6);
    expect(faults.join('\n')).toContain('path-casing needs  because');
  });

  it('sets options of a rule beside its severity, or alone', async () => {
    const { config, faults } = readLintConfig({
      rules: {
        'path-casing': { severity: 'info', options: { casing: 'camelCase' } },
        'property-casing': { options: { casing: 'snake_case' } },
      },
    });
    expect(faults).toEqual([]);
    const { contract } = await read(
      `${text.replace('/things:', '/my-things:')}components: { schemas: { A: { properties: { fullName: {} } } } }`,
    );
    const found = (options: LintOptions) =>
      lint(contract, options)
        .filter(({ rule }) => rule.endsWith('-casing'))
        .map(({ rule, severity, fix }) => [rule, severity, fix]);
    expect(found({})).toEqual([]);
    expect(found(config)).toEqual([
      ['path-casing', 'info', 'Write  myThings.'],
      ['property-casing', 'warn', 'Write it in snake_case.'],
    ]);
  });

  it('says which options a rule has and what they take', () => {
    const { config, faults } = readLintConfig({
      rules: {
        'tool-size': { severity: 'warn', options: { bytes: 12.5, kilobytes: 4 }, because: 'large' },
        'path-casing': { options: { casing: 'loud' } },
        'path-plural': { options: { casing: 'loud' } },
        'sunset-grace': { options: [90] },
        'no-such-rule': { options: {} },
      },
    });
    expect(faults).toEqual([
      'tool-size: because is unknown; use severity and options.',
      'tool-size: bytes must be a whole number of at least 256.',
      'tool-size: kilobytes is unknown; use bytes.',
      'path-casing: casing must be one of camelCase, snake_case, kebab-case, PascalCase.',
      'path-plural: casing is unknown; the rule has no options.',
      'sunset-grace: options is a map.',
      'There is no rule no-such-rule; --list-rules names them.',
    ]);
    expect(config.options['path-casing']).toEqual({});
  });

  it('ignores for a reason at a place, and only until its day', async () => {
    const { contract, findings } = await read(text);
    const rules = (until: string, at: string) => {
      const { config, faults } = readLintConfig({
        ignore: [{ rule: 'security-declared', at, because: 'Later.', until }],
      });
      expect(faults).toEqual([]);
      const found = applyConfig({ loaded: findings, linted: lint(contract) }, { config, contract, today });
      return found.map((finding) => finding.rule).filter((id) => /^(security-declared|ignore-expired)$/.test(id));
    };
    expect(rules(today, 'getThings')).toEqual([]);
    expect(rules(today, '/paths')).toEqual([]);
    expect(rules(today, 'elsewhere')).toEqual(['security-declared']);
    expect(rules('2026-05-31', 'getThings')).toEqual(['ignore-expired', 'security-declared']);
  });

  it('makes every warning an error in strict', async () => {
    const { contract } = await read(text);
    const severities = new Set(lint(contract, { preset: 'strict' }).map((finding) => finding.severity));
    expect(severities).toEqual(new Set(['error', 'info']));
  });
});

describe('fixes', () => {
  it('change the text where it was written, keep comments, and leave nothing to fix', async () => {
    const { contract } = await read(text);
    const edits = lint(contract).flatMap((finding) => finding.edits ?? []);
    const fixed = applyEdits(text, edits);
    expect(fixed.made).toBe(3);
    expect(fixed.text).toContain('# whose it is\n  stage: stable\n  capability: things\n');
    expect(fixed.text).toContain('# the head');
    expect(fixed.text).toContain("'204': { description: None. }");
    const again = await read(fixed.text);
    expect(lint(again.contract).flatMap((finding) => finding.edits ?? [])).toEqual([]);
  });

  it('name operations as they are known already, and declare tags in the list there is', async () => {
    const source = text
      .replace('      operationId: getThings\n', '')
      .replace('tags: [Things]', 'tags: [Things, Others, More]')
      .concat('tags:\n  - name: Others # first\n  - name: Rest\n    description: |\n      All else.\n');
    const before = await read(source);
    const edits = lint(before.contract).filter(({ rule }) => /^(?:operation-id|tag-declared)$/.test(rule));
    const fixed = applyEdits(
      source,
      edits.flatMap((finding) => finding.edits ?? []),
    );
    expect(fixed.text).toContain(`    get:\n      operationId: ${before.contract.operations[0]?.id}\n`);
    expect(fixed.text).toContain('      All else.\n  - { name: More }\n  - { name: Things }\n');
    const after = await read(fixed.text);
    expect(after.contract.tags.map(({ name }) => name)).toEqual(['Others', 'Rest', 'More', 'Things']);
    expect(after.contract.operations.map(({ id }) => id)).toEqual(before.contract.operations.map(({ id }) => id));
  });

  it('begin a list of tags once, however many miss', async () => {
    const source = text.replace('tags: [Things]', 'tags: [Things, Others]');
    const edits = lint((await read(source)).contract).flatMap((finding) => finding.edits ?? []);
    const once = applyEdits(source, edits).text;
    expect(once.match(/^tags:/gm)).toHaveLength(1);
    expect(once.endsWith('\ntags: [{ name: Others }]\n')).toBe(true);
    const again = lint((await read(once)).contract).flatMap((finding) => finding.edits ?? []);
    expect((await read(applyEdits(once, again).text)).contract.tags.map(({ name }) => name)).toEqual([
      'Others',
      'Things',
    ]);
  });

  it('add to lists as they are laid out', () => {
    expect(applyEdits('a:\n- b # one\nc: 1\n', [add('d')]).text).toBe('a:\n- b # one\n- d\nc: 1\n');
    expect(applyEdits('a: [b]', [add('c'), add('d')]).text).toBe('a: [b, c, d]');
    expect(applyEdits('{"a": [{"b": 1}]}', [add({ b: 2 })]).text).toBe('{"a": [{"b": 1}, {"b":2}]}');
    expect(applyEdits('a: []', [add('b')]).made).toBe(0);
    expect(applyEdits('x: [&q { b: 1 }]\na:\n  - - b\n', [{ ...add('c'), pointer: '/a/0' }]).made).toBe(0);
  });

  it('leave alone what shares its line or is the last of its map', () => {
    const edit = { file: 'x', pointer: '/list/0', key: 'a' };
    expect(applyEdits('list:\n  - a: 1\n    b: 2\n', [edit])).toEqual({ text: 'list:\n  - a: 1\n    b: 2\n', made: 0 });
    expect(applyEdits('map: { a: 1 }', [{ file: 'x', pointer: '/map', key: 'a' }]).made).toBe(0);
  });

  it('write JSON into JSON', () => {
    const set = { file: 'x', pointer: '/a', key: 'c', value: 'd' };
    expect(applyEdits('{"a": {"b": 1}}', [set]).text).toBe('{"a": {"c": "d", "b": 1}}');
  });
});

describe('formats for programs', () => {
  it('give SARIF 2.1.0 with regions and one line per finding for GitHub', async () => {
    const { contract } = await read(text);
    const findings = lint(contract);
    const log = JSON.parse(findingsAsSarif(findings)) as { version: string; runs: { results: { ruleId: string }[] }[] };
    expect(log.version).toBe('2.1.0');
    expect(log.runs[0]?.results.map((result) => result.ruleId)).toEqual(findings.map((finding) => finding.rule));
    const lines = findingsAsGithub(findings).split('\n');
    expect(lines).toHaveLength(findings.length);
    expect(lines.find((line) => line.includes('security-declared'))).toMatch(
      /^::error file=contract\.yaml,line=9,col=7,title=security-declared::getThings does not say who may call it\.%0A/,
    );
  });
});

describe('our own contracts', () => {
  const root = path.resolve(import.meta.dirname, '../../../capabilities');
  const folders = readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(path.join(root, entry.name, 'contract.yaml')))
    .map((entry) => entry.name);

  it.each(folders)('%s passes strict', async (name) => {
    const folder = path.join(root, name);
    const files = readdirSync(folder);
    const companions = Object.fromEntries(
      ['events', 'problems'].flatMap((kind) =>
        files.includes(`${kind}.yaml`) ? [[kind, path.join(folder, `${kind}.yaml`)]] : [],
      ),
    );
    const { contract, findings } = await load(path.join(folder, 'contract.yaml'), {
      read: async (file) => readFileSync(file, 'utf8'),
      companions,
    });
    if (!contract) throw new Error('no contract');
    const accepted = name === 'personalization' ? { 'idempotency-on-post': 'off' as const } : {};
    const all = [...findings, ...lint(contract, { preset: 'strict', rules: accepted })];
    expect(all.filter((finding) => finding.severity !== 'info')).toEqual([]);
  });
});
