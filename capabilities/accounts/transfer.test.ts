import { describe, expect, it } from 'vitest';
import { checkName, feeFor, planTransfer } from './transfer.ts';

const everyday = { id: 'a', customerId: 'cus_ada', currency: 'EUR', product: 'everyday', state: 'active' } as const;
const savings = { ...everyday, id: 's', product: 'savings' } as const;
const theirs = { ...everyday, id: 'b', customerId: 'cus_ben' } as const;

describe('a transfer', () => {
  it('costs only what leaves a savings account to somebody else', () => {
    expect(feeFor(everyday, theirs)).toBe(0n);
    expect(feeFor(savings, everyday)).toBe(0n);
    expect(feeFor(savings, theirs)).toBe(25n);
  });

  it('knows whether it stays with one customer', () => {
    expect(planTransfer(everyday, savings, 'EUR')).toEqual({ ok: true, value: { fee: 0n, isOwn: true } });
    expect(planTransfer(everyday, theirs, 'EUR')).toEqual({ ok: true, value: { fee: 0n, isOwn: false } });
  });

  it('needs two accounts, one currency, and nothing closed', () => {
    expect(planTransfer(everyday, everyday, 'EUR')).toEqual({ ok: false, reason: 'same-account' });
    expect(planTransfer(everyday, theirs, 'SEK')).toEqual({ ok: false, reason: 'currency-mismatch' });
    expect(planTransfer(everyday, { ...theirs, currency: 'SEK' }, 'EUR')).toEqual({
      ok: false,
      reason: 'currency-mismatch',
    });
    expect(planTransfer(everyday, { ...theirs, state: 'closed' }, 'EUR')).toEqual({
      ok: false,
      reason: 'account-closed',
    });
  });
});

describe('the name of a payee', () => {
  it.each(['Elif Yılmaz', 'elif  YILMAZ', 'Yilmaz, Elif', 'Elif Yılmaz.'])('“%s” fits', (typed) => {
    expect(checkName(typed, 'Elif Yılmaz')).toBe('match');
  });

  it.each(['E. Yılmaz', 'Elif Yilmas', 'Elf Yilmaz'])('“%s” almost fits', (typed) => {
    expect(checkName(typed, 'Elif Yılmaz')).toBe('closeMatch');
  });

  it('is not told for a short one that differs in a letter or two', () => {
    expect(checkName('Bo Li', 'Al Li')).toBe('noMatch');
    expect(checkName('David Sorensen', 'David Sørensen')).toBe('match');
  });

  it('of somebody else does not fit, and none is not checked', () => {
    expect(checkName('Ben Okoro', 'Elif Yılmaz')).toBe('noMatch');
    expect(checkName('', 'Elif Yılmaz')).toBe('notGiven');
    expect(checkName(undefined, 'Elif Yılmaz')).toBe('notGiven');
  });
});
