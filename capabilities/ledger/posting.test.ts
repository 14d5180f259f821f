import { seededRandom } from '@plinth/runtime/kernel';
import { describe, expect, it } from 'vitest';
import { type LedgerAccount, type Move, planPosting } from './posting.ts';

describe('planPosting', () => {
  it('moves an amount and numbers the lines of both accounts', () => {
    const plan = planPosting(book(account('house', { floor: null }), account('ada', { posted: 500n, seq: 7n })), [
      { from: 'ada', to: 'house', amount: 200n },
    ]);
    expect(plan).toMatchObject({
      ok: true,
      value: { lines: [{ amount: 200n, srcSeq: 8n, dstSeq: 1n, srcAfter: 300n, dstAfter: 200n }] },
    });
  });

  it('refuses what passes the floor and says by how much', () => {
    const plan = planPosting(book(account('house', { floor: null }), account('ada', { posted: 500n, held: 450n })), [
      { from: 'ada', to: 'house', amount: 60n },
    ]);
    expect(plan).toEqual({ ok: false, reason: 'insufficient-funds', account: 'ada', available: 50n, shortfall: 10n });
  });

  it('lets the moves of one posting net before the floor is judged', () => {
    const accounts = book(account('house', { floor: null }), account('ada'));
    const moves = [
      { from: 'ada', to: 'house', amount: 60n },
      { from: 'house', to: 'ada', amount: 60n },
    ];
    expect(planPosting(accounts, moves).ok).toBe(true);
  });

  it('never mixes units', () => {
    const accounts = book(account('ada', { posted: 10n }), account('points', { unit: 'points' }));
    expect(planPosting(accounts, [{ from: 'ada', to: 'points', amount: 1n }])).toMatchObject({
      reason: 'unit-mismatch',
    });
  });

  it('takes money into a frozen account and none out of it', () => {
    const accounts = book(account('house', { floor: null }), account('ada', { posted: 10n, status: 'frozen' }));
    expect(planPosting(accounts, [{ from: 'house', to: 'ada', amount: 1n }]).ok).toBe(true);
    expect(planPosting(accounts, [{ from: 'ada', to: 'house', amount: 1n }])).toMatchObject({
      reason: 'account-frozen',
    });
  });

  it('keeps the sum at zero, the floors and the chains, whatever is tried', () => {
    const random = seededRandom(4711);
    let accounts = book(account('house', { floor: null }), account('a'), account('b'), account('c', { floor: -50n }));
    const names = [...accounts.keys()];
    const lastSeq = new Map<string, bigint>();
    let accepted = 0;
    for (let round = 0; round < 3000; round++) {
      const moves: Move[] = Array.from({ length: 1 + random.int(4) }, () => {
        const from = random.int(4);
        return {
          from: names[from] as string,
          to: names[(from + 1 + random.int(3)) % 4] as string,
          amount: BigInt(1 + random.int(40)),
        };
      });
      const held = random.int(3) === 0 ? [{ account: 'a', by: BigInt(random.int(5)) }] : [];
      const plan = planPosting(accounts, moves, held);
      if (!plan.ok) continue;
      accepted += 1;
      for (const line of plan.value.lines) {
        for (const [id, seq] of [
          [line.src, line.srcSeq],
          [line.dst, line.dstSeq],
        ] as const) {
          expect(seq).toBe((lastSeq.get(id) ?? 0n) + 1n);
          lastSeq.set(id, seq);
        }
      }
      accounts = new Map([...accounts, ...plan.value.accounts.map((row) => [row.code, row] as const)]);
      const rows = [...accounts.values()];
      expect(rows.reduce((sum, row) => sum + row.posted, 0n)).toBe(0n);
      expect(rows.filter((row) => row.floor !== null && row.posted - row.held < row.floor)).toEqual([]);
    }
    expect(accepted).toBeGreaterThan(300);
  });
});

function account(code: string, more: Partial<LedgerAccount> = {}): LedgerAccount {
  return {
    id: code,
    code,
    unit: 'EUR',
    floor: 0n,
    bottom: null,
    posted: 0n,
    held: 0n,
    seq: 0n,
    rank: 0,
    status: 'open',
    lastBookedAt: null,
    ...more,
  };
}

function book(...rows: LedgerAccount[]): Map<string, LedgerAccount> {
  return new Map(rows.map((row) => [row.code, row]));
}
