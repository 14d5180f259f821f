import { describe, expect, it } from 'vitest';
import { dateOf, sayDate } from './dates.ts';
import { answerTo } from './extract.ts';
import { actOf, numberOf } from './lexicon.ts';
import type { Slot, SlotKind } from './model.ts';

const slot = (kind: SlotKind, schema = {}): Slot => ({
  path: 'x',
  title: 'X',
  ask: '',
  kind,
  required: true,
  fill: undefined,
  schema,
  values: [],
  from: undefined,
  secret: false,
});

describe('values out of words', () => {
  it.each([
    ['tomorrow', '2026-11-25'],
    ['next friday', '2026-11-27'],
    ['in 3 weeks', '2026-12-15'],
    ['14 March 2027', '2027-03-14'],
    ['March 14th', '2026-03-14'],
    ['2026-02-30', undefined],
    ['03/04/2026', undefined],
    ['25/12/2026', '2026-12-25'],
  ])('reads the day “%s” as %s', (text, expected) => {
    expect(dateOf(text, '2026-11-24')).toBe(expected);
  });

  it('says days in words', () => {
    expect(sayDate('2026-11-24T09:05:00Z')).toBe('Tuesday 24 November 2026, 09:05 UTC');
  });

  it.each([
    ['two dozen', 24],
    ['twenty five', 25],
    ['1,500 points', 1500],
    ['none', undefined],
  ])('reads the number “%s” as %s', (text, expected) => {
    expect(numberOf(text)?.value).toBe(expected);
  });

  it.each([
    ['24.50 EUR', 2450],
    ['€ 1,234.5', 123_450],
    ['12 pounds', 1200],
  ])('reads the amount “%s” in minor units, never as a fraction', (text, amount) => {
    expect(answerTo(slot('money'), text, '2026-11-24')?.value).toMatchObject({ amount });
  });

  it('reads phone numbers with gaps by the contract’s pattern', () => {
    const phone = slot('pattern', { pattern: '^\\+[1-9][0-9]{6,14}$' });
    expect(answerTo(phone, 'it is +46 70 174 00-01', '2026-11-24')?.value).toBe('+46701740001');
  });
});

describe('acts', () => {
  it.each([
    ['yes please', 'affirm'],
    ['ok, do it', 'affirm'],
    ['yes, but tomorrow', undefined],
    ['yes cancel the other one too', undefined],
    ['no thanks', 'deny'],
    ['never mind', 'cancel'],
    ['cancel it', undefined],
    ['can I talk to a real person?', 'human'],
    ['let me speak to someone', 'human'],
    ['agent', 'human'],
    ['what can you do?', 'help'],
  ])('takes “%s” as %s', (text, expected) => {
    expect(actOf(text)).toBe(expected);
  });
});
