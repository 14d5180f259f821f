import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { catchOutput } from '@plinth/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { run } from './commands.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'plinth-diff-'));
const said = catchOutput();
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const contract = (properties: string, version = '1.0.0'): string => `openapi: 3.1.0
info: { title: Gifts, version: ${version} }
x-plinth: { capability: gifts, owner: { team: gifts, contact: gifts@example.com }, audience: [partner] }
paths:
  /gifts:
    post:
      operationId: makeGift
      x-plinth: { effect: write }
      requestBody: { content: { application/json: { schema: { type: object, properties: { ${properties} } } } } }
      responses: { '201': { description: Made. } }
`;
const both = 'name: { type: string }, ribbon: { type: string }';

function file(name: string, text: string): string {
  const place = path.join(folder, name);
  writeFileSync(place, text);
  return place;
}

const base = file('base.yaml', contract(both));
const same = file('same.yaml', contract(both));
const less = file('less.yaml', contract('name: { type: string }', '2.0.0'));
const broken = file('broken.yaml', 'openapi: [');
const allFormats = ['text', 'json', 'markdown', 'sarif', 'github', 'junit'];

describe('plinth diff', () => {
  it('ends with 0 when nothing breaks, 1 on findings at or above --fail-on', async () => {
    expect(await run(['diff', base, same])).toBe(0);
    expect(said.out).toContain('same: 1 operation');
    expect(await run(['diff', base, less])).toBe(1);
    expect(await run(['diff', less, base])).toBe(0);
    expect(await run(['diff', less, base, '--fail-on', 'info'])).toBe(1);
    expect(await run(['diff', less, base, '--check-version'])).toBe(1);
  });

  it('ends with 2 on wrong use', async () => {
    for (const words of [
      ['--fail-on', 'never'],
      ['--format', 'xml'],
      ['--only', 'nobody'],
      ['--usage', 'none.ndjson'],
      ['--approvals', 'none.yaml'],
      ['--approvals', file('wrong.yaml', 'approve: [{ fingerprint: 12 }]')],
      ['--usage', file('wrong.ndjson', '{"consumer": 1}')],
    ])
      expect([words, await run(['diff', base, less, ...words])]).toEqual([words, 2]);
  });

  it.each(allFormats)('says in %s that a side cannot be read, and ends with 3', async (format) => {
    expect(await run(['diff', broken, less, '--format', format])).toBe(3);
    expect(said.out).toMatch(/cannot be (read|compared)/);
    expect(await run(['diff', base, path.join(folder, 'absent.yaml'), '--format', format])).toBe(3);
    expect(said.out).toContain('does not exist');
  });

  it('takes an absent base for a failure, unless it is said that it may be absent', async () => {
    const absent = path.join(folder, 'absent.yaml');
    expect(await run(['diff', absent, base])).toBe(3);
    expect(await run(['diff', absent, base, '--base-optional'])).toBe(0);
  });

  it('does not compare what loading had to leave out', async () => {
    const text = contract(both).replace('schema: { type: object', 'schema: { $ref: "#/nowhere", type: object');
    expect(await run(['diff', base, file('half.yaml', text), '--format', 'json'])).toBe(3);
    expect(JSON.parse(said.out)).toMatchObject({ status: 'failed', findings: [] });
  });

  it('refuses the removal of a property that a partner uses, names the partner, and lets it pass once agreed to', async () => {
    const usage = file(
      'usage.ndjson',
      [
        { complete: true, windowDays: 120 },
        {
          consumer: 'Acme Shop',
          owner: 'api@acme.example',
          operation: 'makeGift',
          calls: 812,
          sent: ['/name', '/ribbon'],
        },
        { consumer: 'Plain Cards', operation: 'makeGift', calls: 40, sent: ['/name'] },
      ]
        .map((line) => JSON.stringify(line))
        .join('\n'),
    );
    expect(await run(['diff', base, less, '--usage', usage])).toBe(1);
    expect(said.out).toContain('/ribbon: is gone and refused from now on');
    expect(said.out).toContain('breaks Acme Shop (api@acme.example)');
    expect(said.out).toContain('tell api@acme.example: Acme Shop');
    expect(said.out).not.toContain('Plain Cards');
    const [, fingerprint] = /fingerprint ([0-9a-f]{16})/.exec(said.out) ?? [];
    const approvals = (until: string): string =>
      file(
        'plinth.diff.yaml',
        `approve:\n  - fingerprint: '${fingerprint}'\n    by: Ada\n    because: Acme has moved to cards.\n    until: ${until}\n`,
      );
    said.out = '';
    expect(await run(['diff', base, less, '--usage', usage, '--approvals', approvals('2999-12-31')])).toBe(0);
    expect(said.out).toContain('agreed to by Ada (it is an error): Acme has moved to cards.');
    expect(await run(['diff', base, less, '--usage', usage, '--approvals', approvals('2020-01-01')])).toBe(1);
    expect(said.out).toContain('approval.expired');
    rmSync(path.join(folder, 'plinth.diff.yaml'));
  });

  it('reads a side from a revision of git', async () => {
    const git = (...words: string[]): void => {
      execFileSync('git', ['-c', 'user.name=T', '-c', 'user.email=t@example.com', ...words], { cwd: folder });
    };
    git('init', '-q');
    git('add', 'base.yaml');
    git('commit', '-qm', 'One.');
    const here = process.cwd();
    process.chdir(folder);
    try {
      expect(await run(['diff', 'git:HEAD:base.yaml', 'less.yaml'])).toBe(1);
      expect(await run(['diff', 'git:HEAD:base.yaml', 'git:HEAD:base.yaml'])).toBe(0);
      expect(await run(['diff', 'git:HEAD:none.yaml', 'less.yaml'])).toBe(3);
      expect(await run(['diff', 'git:HEAD:none.yaml', 'less.yaml', '--base-optional'])).toBe(0);
      expect(await run(['diff', 'git:nowhere:base.yaml', 'less.yaml'])).toBe(3);
      expect(await run(['diff', 'git:nowhere:base.yaml', 'less.yaml', '--base-optional'])).toBe(3);
    } finally {
      process.chdir(here);
    }
  });
});
