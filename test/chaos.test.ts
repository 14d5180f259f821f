// The short form of every fault suite. `npm run test:chaos -- NAME --seconds N` runs one at length.

import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { ChaosSuite } from '@plinth/testing';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { makeTemplate, type SeededTemplate } from './faults/audited-run.ts';

const folder = path.join(import.meta.dirname, 'chaos');
const names = readdirSync(folder).flatMap((file) => (file.endsWith('.ts') ? [file.slice(0, -3)] : []));
const seconds = 4;
/** Held for all of them: each copies it. */
let template: SeededTemplate;

beforeAll(async () => {
  template = await makeTemplate(inject('databaseUrl'));
});
afterAll(() => template.close());

describe.each(names)('%s', (name) => {
  it('holds its promises', { timeout: 240_000 }, async () => {
    const { suite } = (await import(path.join(folder, `${name}.ts`))) as { suite: ChaosSuite };
    expect(suite.name).toBe(name);
    const lines: string[] = [];
    const { ok, figures } = await suite.run({ seconds, seed: 1, log: (line) => lines.push(line) });
    expect(ok ? '' : [...lines, JSON.stringify(figures)].join('\n')).toBe('');
  });
});
