import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { lintFiles, type LintFlags } from './lint-files.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'plinth-lint-'));
const printed = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
afterAll(() => {
  printed.mockRestore();
  rmSync(folder, { recursive: true, force: true });
});

const flags: LintFlags = { rule: [], format: 'text', failOn: 'error' };
const good = `openapi: 3.1.0
info: { title: Things, version: 1.0.0, description: Things. }
x-plinth: { capability: things, owner: { team: things, contact: things@example.com } } # ours
paths: { /things: { get: { operationId: getThings, summary: See my things, security: [{ oidc: [things.read] }], responses: { '200': { description: It. } } } } }
components: { securitySchemes: { oidc: { type: openIdConnect, openIdConnectUrl: /oidc } } }
`;

function file(name: string, text: string): string {
  const place = path.join(folder, name);
  writeFileSync(place, text);
  return place;
}

const journeys = (operation: string): string => `arazzo: 1.0.1
info: { title: Journeys, version: 1.0.0 }
sourceDescriptions: [{ name: things, url: things.yaml, type: openapi }]
workflows: [{ workflowId: look, steps: [{ stepId: see, operationId: ${operation}, parameters: [{ name: q, in: query, value: 1 }] }] }]
`;

describe('plinth lint', () => {
  it('ends with 0 when all is well, 1 on findings at or above --fail-on', async () => {
    expect(await lintFiles([file('good.yaml', good)], flags)).toBe(0);
    expect(await lintFiles([file('warn.yaml', good)], { ...flags, failOn: 'warn' })).toBe(1);
    expect(await lintFiles([file('bad.yaml', good.replace('getThings', 'Get-Things'))], flags)).toBe(1);
    expect(
      await lintFiles([file('bad.yaml', good.replace('getThings', 'Get-Things'))], {
        ...flags,
        rule: ['operation-id=off'],
      }),
    ).toBe(0);
  });

  it('ends with 2 on wrong use and 3 on what cannot be read', async () => {
    const place = file('good.yaml', good);
    for (const wrong of [
      { failOn: 'never' },
      { format: 'xml' },
      { preset: 'harsh' },
      { rule: ['nothing=off'] },
      { config: 'none.yaml' },
    ])
      await expect(lintFiles([place], { ...flags, ...wrong })).rejects.toMatchObject({ code: 2 });
    await expect(lintFiles([path.join(folder, 'none.yaml')], flags)).rejects.toMatchObject({ code: 3 });
    await expect(lintFiles([file('broken.yaml', 'a: [')], flags)).rejects.toMatchObject({ code: 3 });
  });

  it('checks journeys against the contracts they go through', async () => {
    file('things.yaml', good);
    expect(await lintFiles([file('good.arazzo.yaml', journeys('getThings'))], flags)).toBe(0);
    expect(await lintFiles([file('good.arazzo.yaml', journeys('getThings'))], { ...flags, preset: 'strict' })).toBe(1);
    expect(await lintFiles([file('bad.arazzo.yaml', journeys('getThing'))], flags)).toBe(1);
    expect(printed.mock.lastCall?.[0]).toContain('There is no operation getThing.');
  });

  it('mends the file in place and keeps its comments', async () => {
    const place = file('mend.yaml', good);
    expect(await lintFiles([place], { ...flags, fix: true, failOn: 'warn' })).toBe(0);
    const text = readFileSync(place, 'utf8');
    expect(text).toBe(good.replace('x-plinth: { capability', 'x-plinth: { stage: stable, capability'));
  });
});
