// The rule table of oasdiff, rule by rule: does the gate say "breaks" where the table says so, and by which rule of ours.

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { fixtureOf } from './oasdiff-fixtures.ts';
import map from './oasdiff-map.json' with { type: 'json' };
import { emitDiffReference } from './rule-page.ts';
import { diffRules } from './rules.ts';
import { findingsOf } from './sample-contract.ts';

type Entry = string | { rule: string; because: string } | { silent: string } | { inapplicable: string };
const entries = Object.entries(map as Record<string, Entry>);
const ruleOf = (entry: Entry): string | undefined =>
  typeof entry === 'string' ? entry : 'rule' in entry ? entry.rule : undefined;
const deviates = (entry: Entry): boolean => typeof entry === 'object' && 'because' in entry;
const applicable = entries.filter(([, entry]) => !(typeof entry === 'object' && 'inapplicable' in entry));

const file = path.join(
  process.env['PLINTH_TEST_DATA'] ?? path.resolve(import.meta.dirname, '../../../../shared/data'),
  'breaking-change-rules.json',
);
const has = existsSync(file);
// eslint-disable-next-line no-console -- A suite that does not run must say so.
if (!has) console.warn(`SKIPPED: the rule table is not at ${file} (set PLINTH_TEST_DATA)`);
const table = has ? (JSON.parse(readFileSync(file, 'utf8')) as { id: string; level: 'ERR' | 'WARN' | 'INFO' }[]) : [];

describe('the map from the rules of oasdiff', () => {
  it('names only rules that exist', () => {
    const known = new Set(diffRules.map(({ id }) => id));
    expect(entries.map(([, entry]) => ruleOf(entry)).filter((rule) => rule !== undefined && !known.has(rule))).toEqual(
      [],
    );
  });

  it.each(applicable)('%s is told by our rule, or is silent for a reason', async (id, entry) => {
    const pair = fixtureOf(id);
    if (pair === undefined) throw new Error(`${id} has no fixture`);
    const rules = (await findingsOf(...pair)).map(({ rule }) => rule);
    const rule = ruleOf(entry);
    expect(rule === undefined ? rules.length === 0 : rules.includes(rule)).toBe(true);
  });
});

describe.runIf(has)('the verdict of the gate', () => {
  it('covers every rule of the table and no other', () => {
    expect(entries.map(([id]) => id).toSorted((a, b) => (a < b ? -1 : 1))).toEqual(
      table.map(({ id }) => id).toSorted((a, b) => (a < b ? -1 : 1)),
    );
  });

  it('is that of the table on at least 98 % of the rules, and each other one carries a reason', async () => {
    const levels = new Map(table.map(({ id, level }) => [id, level]));
    const other: string[] = [];
    for (const [id] of applicable) {
      const pair = fixtureOf(id);
      const breaks = pair !== undefined && (await findingsOf(...pair)).some(({ severity }) => severity !== 'info');
      if (breaks !== (levels.get(id) !== 'INFO')) other.push(id);
    }
    const reasons = entries.filter(([, entry]) => deviates(entry)).map(([id]) => id);
    expect(new Set(other)).toEqual(new Set(reasons));
    expect(other.length / applicable.length).toBeLessThanOrEqual(0.02);
    // The page tells them all, as notes there that break here, and nothing else.
    expect(other.filter((id) => levels.get(id) !== 'INFO')).toEqual([]);
    const [, page = ''] = emitDiffReference().split('## Otherwise than oasdiff');
    const told = [...page.matchAll(/^\| `([\w-]+)` \| `/gm)].map(([, id]) => id);
    expect(new Set(told)).toEqual(new Set(other));
    expect(page).toContain(`${applicable.length} apply here, and ${applicable.length - other.length} of them`);
  });
});
