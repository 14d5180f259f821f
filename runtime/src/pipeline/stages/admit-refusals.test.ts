// Who is refused whatever the load: new work while a process drains, and an address that calls too often.

import { describe, expect, it } from 'vitest';
import type { Exchange } from '../exchange.ts';
import type { CompiledOperation } from '../operation.ts';
import { Admission, type AdmitParts, compileAdmit } from './admit.ts';

/** Says what it was asked for. */
const problems = { answer: (code: string, _: string, parts: object) => ({ code, ...parts }) };

describe('a process that drains', () => {
  it('refuses new work, says when another has taken over, and ends the connection', () => {
    const signals = { heap: () => 0, loop: () => 0, poolWaitMs: () => 0 };
    const admission = new Admission(() => undefined, { signals, now: () => 0 });
    admission.drain();
    let ended = 0;
    const transport = { endConnection: () => (ended += 1) };
    const x = { startedMs: 0, operation: { problems }, transport } as unknown as Exchange;
    expect(admission.admit(x, 0)).toEqual({ code: 'draining', headers: ['Retry-After', '2'] });
    expect(ended).toBe(1);
  });
});

describe('the calls of one address', () => {
  const asked: unknown[] = [];
  const admitted = (address: string, take: { allowed: boolean; resetS: number }) => {
    const operation = {
      operation: { policy: { criticality: 'critical' } },
      problems,
    } as unknown as CompiledOperation;
    const parts = {
      admission: { admit: () => undefined },
      limitStore: { take: (key: string, limit: object) => asked.push([key, limit]) && take },
      addressLimit: { quota: 7, isCounted: (each: string) => each !== '10.0.0.1' },
    } as unknown as AdmitParts;
    asked.length = 0;
    return compileAdmit(operation, parts)({ operation, transport: { address }, startedMs: 0 } as unknown as Exchange);
  };

  it.each([
    ['203.0.113.7', 'address:203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', 'address:2001:db8:1:2'],
    ['::ffff:203.0.113.7', 'address:203.0.113.7'],
  ])('are counted by the minute, of %s as %s', (address, key) => {
    expect(admitted(address, { allowed: true, resetS: 0 })).toBeUndefined();
    expect(asked).toEqual([[key, { quota: 7, windowS: 60 }]]);
  });

  it('are not counted for who speaks for many', () => {
    expect([admitted('10.0.0.1', { allowed: false, resetS: 1 }), asked]).toEqual([undefined, []]);
  });

  it('are refused when they are too many, until there is room again', () => {
    expect(admitted('203.0.113.7', { allowed: false, resetS: 13 })).toEqual({
      code: 'rate-limited',
      values: { limit: 'address' },
      headers: ['Retry-After', '13'],
    });
  });
});
