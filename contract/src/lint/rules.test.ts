import { describe, expect, it } from 'vitest';
import { load } from '../load/load.ts';
import { formatFindings } from './format.ts';
import { lint, refusals, rules } from './lint.ts';
import { sampleEvents, sampleProblems, sampleText } from './sample.ts';

const companions = { events: 'events.yaml', problems: 'problems.yaml' };

async function loadText(example: string) {
  const files: Record<string, string> = {
    'contract.yaml': sampleText(example),
    'events.yaml': sampleEvents,
    'problems.yaml': sampleProblems,
  };
  const { contract, findings } = await load('contract.yaml', { read: async (file) => files[file] ?? '', companions });
  expect(findings).toEqual([]);
  if (!contract) throw new Error('no contract');
  return contract;
}

describe.each(rules.map((rule) => [rule.id, rule] as const))('rule %s', (id, rule) => {
  it('finds its bad example, names the place and what to do', async () => {
    const findings = lint(await loadText(rule.bad));
    expect([...new Set(findings.map((finding) => finding.rule))]).toEqual([id]);
    expect(findings[0]?.line).toBeGreaterThan(0);
    expect(findings[0]?.fix).toBeTruthy();
  });

  it('lets its good example pass', async () => {
    expect(lint(await loadText(rule.good))).toEqual([]);
  });
});

describe('refusing to run', () => {
  it('says in YAML what to add for an id without owner check', async () => {
    const rule = rules.find((entry) => entry.id === 'owner-check');
    const [finding] = refusals(await loadText(rule?.bad ?? ''));
    expect(finding).toMatchObject({ rule: 'owner-check', file: 'contract.yaml', line: 8 });
    expect(finding?.fix).toContain('ownerCheck: { object: thing, id: path.thingId, relation: [owner], deny: 404 }');
  });

  it('refuses nothing of a contract of somebody else', async () => {
    const contract = await loadText(rules.find((entry) => entry.id === 'security-declared')?.bad ?? '');
    expect(refusals({ ...contract, foreign: true })).toEqual([]);
    expect(lint({ ...contract, foreign: true })).toEqual([]);
  });
});

describe('the text form', () => {
  it('groups by file and puts what to do below each finding', async () => {
    const findings = lint(await loadText(rules.find((entry) => entry.id === 'effect-declared')?.bad ?? ''));
    const text = formatFindings(findings);
    expect(text).toMatch(/^contract\.yaml\n {2}8:7 +error {2}effect-declared {2}makeThing does not say/);
    expect(text).toContain('→ Add below  operationId: makeThing');
    expect(text).toContain('1 error, 0 warnings');
  });
});
