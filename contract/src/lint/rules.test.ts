import { describe, expect, it } from 'vitest';
import { load } from '../load/load.ts';
import { formatFindings } from './format.ts';
import { lint } from './lint.ts';
import { refusals, refusing } from './refusals.ts';
import { rules } from './rules/index.ts';
import { loadRules } from './rules/load.ts';
import { moneyRetain } from './rules/policy.ts';
import { sampleEvents, sampleProblems, sampleText, withOperation } from './sample.ts';

/** An example that is an overlay is applied to a contract with `/things`. */
async function loadText(example: string, problems = sampleProblems) {
  const overlays = example.startsWith('overlay:') ? ['overlay.yaml'] : [];
  const files: Record<string, string> = {
    'contract.yaml': sampleText(overlays.length > 0 ? withOperation({}) : example),
    'overlay.yaml': example,
    'events.yaml': sampleEvents,
    'problems.yaml': problems,
  };
  const companions = { events: 'events.yaml', problems: 'problems.yaml' };
  return load('contract.yaml', { read: async (file) => files[file] ?? '', companions, overlays });
}

async function found(id: string, example: string, problems?: string) {
  const { contract, findings } = await loadText(example, problems);
  if (!contract) throw new Error(`no contract: ${findings[0]?.message}`);
  const all = lint(contract, { preset: 'recommended', waiting: true });
  return all.filter((finding) => finding.rule === id);
}

describe.each(rules.map((rule) => [rule.id, rule] as const))('rule %s', (id, rule) => {
  it('finds its bad example, names the place and what to do', async () => {
    const [first] = await found(id, rule.bad, rule.companions?.bad);
    expect(first?.line).toBeGreaterThan(0);
    expect(first?.fix).toBeTruthy();
  });

  it('lets its good example pass', async () => {
    expect(await found(id, rule.good, rule.companions?.good)).toEqual([]);
  });
});

it('keys of what moves money are kept for a week, not a second less', async () => {
  const { good } = moneyRetain;
  expect(good).toContain('P7D');
  for (const short of ['P6DT23H', 'P6DT23H59M59S'])
    expect(await found('money-retain', good.replace('P7D', short))).toHaveLength(1);
  for (const long of ['P7D', 'P1W', 'PT168H'])
    expect(await found('money-retain', good.replace('P7D', long))).toEqual([]);
});

describe.each(loadRules.map((rule) => [rule.id, rule] as const))('load rule %s', (id, rule) => {
  it('finds its bad example and lets its good one pass', async () => {
    expect(await ids(rule.bad, rule.companions?.bad)).toContain(id);
    expect(await ids(rule.good, rule.companions?.good)).toEqual([]);
  });
});

async function ids(example: string, problems?: string) {
  return (await loadText(example, problems)).findings.map((finding) => finding.rule);
}

describe('refusing to run', () => {
  it('knows every rule that refuses', () => {
    expect(refusing.map(({ id }) => id).toSorted()).toEqual(
      rules
        .filter(({ refuses }) => refuses)
        .map(({ id }) => id)
        .toSorted(),
    );
  });

  it('says in YAML what to add for an id without owner check', async () => {
    const { contract } = await loadText(rules.find((entry) => entry.id === 'owner-check')?.bad ?? '');
    const [finding] = contract ? refusals(contract) : [];
    expect(finding).toMatchObject({ rule: 'owner-check', file: 'contract.yaml', line: 8 });
    expect(finding?.fix).toContain('ownerCheck: { object: thing, id: path.thingId, relation: [owner], deny: 404 }');
  });

  it('refuses nothing of a contract of somebody else', async () => {
    const { contract } = await loadText(rules.find((entry) => entry.id === 'security-declared')?.bad ?? '');
    if (!contract) throw new Error('no contract');
    expect(refusals({ ...contract, foreign: true })).toEqual([]);
    expect(lint({ ...contract, foreign: true })).toEqual([]);
  });
});

describe('the text form', () => {
  it('groups by file and puts what to do below each finding', async () => {
    const findings = await found('effect-declared', rules.find((entry) => entry.id === 'effect-declared')?.bad ?? '');
    const text = formatFindings(findings);
    expect(text).toMatch(/^contract\.yaml\n {2}8:7 +error {2}effect-declared {2}makeThing does not say/);
    expect(text).toContain('→ Add below  operationId: makeThing');
    expect(text).toContain('1 error, 0 warnings');
  });
});
