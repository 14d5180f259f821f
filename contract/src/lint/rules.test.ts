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

it.each([
  ['stable', '2026-04-01', 0],
  ['stable', '2026-03-31', 1],
  ['preview', '2026-04-01', 0],
  ['preview', '2026-03-31', 0],
])(
  'a %s operation that was deprecated on 2026-01-01 and ends on %s is found %i times',
  async (stage, sunset, times) => {
    const said = `{ stage: ${stage}, deprecation: { since: '2026-01-01', sunset: '${sunset}' } }`;
    const example = withOperation({ deprecated: 'true', 'x-plinth': said });
    expect(await found('sunset-grace', example)).toHaveLength(times);
  },
);

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

const person = (mark = '') => `Thing: { type: object, properties: { name: { type: string${mark} } } }`;
const pii = ', x-plinth: { sensitivity: pii }';
const taking = (param: string) => `[{ ${param}, schema: { type: string } }]`;

describe('pii-marked', () => {
  it.each([
    ['words by which people are found', taking('name: q, in: query'), person(pii), 1],
    ['words by which other things are found', taking('name: q, in: query'), person(), 0],
    ['words that are marked', taking(`name: q, in: query${pii}`), person(pii), 0],
    ['another parameter of what finds people', taking('name: sort, in: query'), person(pii), 0],
    ['an e-mail address', taking('name: email, in: query'), person(), 1],
    ['a phone number in a header', taking('name: Phone, in: header'), person(), 1],
  ])('of parameters: %s', async (_, parameters, schemas, count) => {
    const all = await found('pii-marked', withOperation({ parameters }, schemas));
    expect(all.map(({ message }) => message)).toHaveLength(count);
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
