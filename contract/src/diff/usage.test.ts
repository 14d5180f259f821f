import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../model/contract.ts';
import { readApprovals } from './approvals.ts';
import type { DiffFinding } from './finding.ts';
import { findingsOf, type Slots } from './sample-contract.ts';
import { noticesOf, readUsage } from './usage.ts';

const text = { type: 'string' };
const object = (names: string[], more: JsonObject = {}): JsonObject => ({
  type: 'object',
  properties: Object.fromEntries(names.map((name) => [name, text])),
  ...more,
});
const records = (...lines: object[]): string => lines.map((line) => JSON.stringify(line)).join('\n');
const complete = { complete: true, windowDays: 120 };
const acme = { consumer: 'Acme', owner: 'api@acme.example', operation: 'makeThing', calls: 9 };

async function recorded(slots: [Slots, Slots], ...lines: object[]): Promise<DiffFinding[]> {
  const { usage, faults } = readUsage(records(...lines));
  expect(faults).toEqual([]);
  return findingsOf(...slots, { usage });
}
const verdict = async (slots: [Slots, Slots], ...lines: object[]): Promise<string | undefined> =>
  (await recorded(slots, ...lines)).flatMap(({ consumers = [] }) => consumers.map((one) => one.verdict)).join();

const gone = (deprecated: boolean): [Slots, Slots] => [
  { body: object(['a', 'b'], { additionalProperties: false }), operation: { deprecated } },
  { body: object(['a'], { additionalProperties: false }), operation: { deprecated } },
];
const enumOf = (...values: string[]): Slots => ({ bodyProperty: { enum: values } });

describe('a change is for a consumer', () => {
  const removed: [Slots, Slots] = [{ body: object(['a', 'b']) }, { body: object(['a']) }];
  const required: [Slots, Slots] = [{ body: object(['a']) }, { body: object(['a'], { required: ['a'] }) }];
  const narrowed: [Slots, Slots] = [{ bodyProperty: { enum: ['x', 'y'] } }, { bodyProperty: { enum: ['x'] } }];
  const shorter: [Slots, Slots] = [{ bodyProperty: text }, { bodyProperty: { ...text, maxLength: 3 } }];
  const parameter: [Slots, Slots] = [{}, { operation: { parameters: [] } }];
  const cases: [name: string, slots: [Slots, Slots], use: object, verdict: string][] = [
    ['safe where it is not touched', removed, { sent: ['/a'] }, 'safe'],
    ['breaking where it is sent and gone', removed, { sent: ['/a', '/b/0/c'] }, 'breaks'],
    ['unknown where nothing was recorded', removed, {}, 'unknown'],
    ['breaking where what is required now was never sent', required, { sent: ['/other'] }, 'breaks'],
    ['unknown where it was sent at times', required, { sent: ['/a'] }, 'unknown'],
    ['breaking where a value that is gone was seen', narrowed, { sent: ['/p'], values: { '/p': ['y'] } }, 'breaks'],
    ['safe where only others were seen', narrowed, { sent: ['/p'], values: { '/p': ['x'] } }, 'safe'],
    ['unknown where its values matter and are not known', shorter, { sent: ['/p'] }, 'unknown'],
    ['breaking where a parameter is used that is gone', parameter, { parameters: ['query.q'] }, 'breaks'],
  ];
  it.each(cases)('%s', async (_name, slots, use, expected) => {
    expect(await verdict(slots, { ...acme, ...use })).toBe(expected);
  });

  it('judged by what is read of answers, and by the worst that is known', async () => {
    const answers: [Slots, Slots] = [{ answer: object(['a', 'b']) }, { answer: object(['a']) }];
    expect(await verdict(answers, { ...acme, read: ['/b'] })).toBe('breaks');
    expect(await verdict(answers, { ...acme, read: ['/a'] }, { ...acme, read: ['/b'] })).toBe('breaks');
    const found = await recorded(answers, { ...acme, read: ['/b'] }, { ...acme, consumer: 'Other', read: ['/a'] });
    expect(noticesOf(found)).toEqual([{ consumer: 'Acme', owner: 'api@acme.example', breaks: 1, unknown: 0 }]);
  });
});

describe('an error becomes a warning', () => {
  const safe = { ...acme, sent: ['/a'] };
  const cases: [name: string, slots: [Slots, Slots], lines: object[], level: string][] = [
    ['only when everybody is safe, for long enough, and it is deprecated', gone(true), [complete, safe], 'warn'],
    ['not when somebody uses it', gone(true), [complete, { ...acme, sent: ['/b'] }], 'error'],
    ['not when the time is too short', gone(true), [{ complete: true, windowDays: 89 }, safe], 'error'],
    ['not when records may be missing', gone(true), [{ complete: false, windowDays: 120 }, safe], 'error'],
    ['not when it is not deprecated', gone(false), [complete, safe], 'error'],
  ];
  it.each(cases)('%s', async (_name, slots, lines, level) => {
    const found = await recorded(slots, ...lines);
    expect(found.find(({ rule }) => rule === 'request.property.removed-refused')?.severity).toBe(level);
  });
});

describe('files that cannot be used say why', () => {
  it.each([
    ['nonsense', 'line 1'],
    ['[]', 'line 1: it is no object.'],
    ['{"consumer":"A"}', 'consumer and operation are needed'],
    ['\n{"consumer":"A","operation":"b"}', 'line 2: calls must be a number'],
  ])('usage %j', (line, fault) => {
    expect(readUsage(line).faults.join()).toContain(fault);
  });

  it('approvals', () => {
    const entry = { fingerprint: '0123456789abcdef', by: 'Ada', because: 'Agreed.' };
    expect(readApprovals({ approve: [entry] })).toEqual({ approvals: [entry], faults: [] });
    for (const [wrong, fault] of [
      [{ ...entry, fingerprint: 123 }, 'Write it in quotes'],
      [{ ...entry, by: '' }, 'needs  by'],
      [{ ...entry, because: ' ' }, 'needs  because'],
      [{ ...entry, until: 'soon' }, 'must be a date'],
    ] as const)
      expect(readApprovals({ approve: [wrong] }).faults.join()).toContain(fault);
    expect(readApprovals([]).faults).toHaveLength(1);
    expect(readApprovals({ approve: [], agree: 1 }).faults.join()).toContain('agree is unknown');
  });
});

it('an approval covers one change, not another one in the same place', async () => {
  const [first] = await findingsOf(enumOf('a', 'b', 'c'), enumOf('a', 'b'));
  const approvals = [{ fingerprint: first?.fingerprint ?? '', by: 'Ada', because: 'Nobody sent c.' }];
  const [agreed] = await findingsOf(enumOf('a', 'b', 'c'), enumOf('a', 'b'), { approvals });
  expect(agreed).toMatchObject({ severity: 'info', approved: { by: 'Ada', level: 'error' } });
  const [other] = await findingsOf(enumOf('a', 'b', 'c'), enumOf('a'), { approvals });
  expect(other?.severity).toBe('error');
});
