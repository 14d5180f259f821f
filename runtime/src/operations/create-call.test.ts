// What one capability may call of another, as whom, and under which key.

import { expect, it } from 'vitest';
import { ProblemError, servicePrincipal } from '../kernel/index.ts';
import type { InvokeResult } from '../pipeline/edge.ts';
import { newTrace } from '../telemetry/trace.ts';
import { type CallerOf, createCall } from './call.ts';

interface Asked {
  operation: string;
  principal: { subject: string; actor: readonly string[]; customerId?: string; audience: string };
  input: Record<string, unknown>;
  idempotencyKey?: string;
  position?: number | undefined;
}

const answered: InvokeResult = { status: 200, headers: {}, body: { lines: [{ sku: 'a' }] } };

/** A caller's call, and what the edge was asked. */
function calling(caller: Partial<CallerOf> = {}, result: InvokeResult = answered) {
  const asked: Asked[] = [];
  const invoke = (call: unknown): Promise<InvokeResult> => {
    asked.push(call as Asked);
    return Promise.resolve(structuredClone(result));
  };
  const declared = new Map([['orders', new Set(['stock.reserve'])]]);
  const principal = servicePrincipal('web', 'cus_1');
  const call = createCall(
    { edge: () => ({ invoke }), declared: () => declared },
    { operation: 'orders@1.placeOrder', principal, trace: newTrace(), ...caller },
  );
  return {
    asked,
    call: call as (operation: string, input: unknown, extra?: { key?: string; position?: number }) => Promise<unknown>,
  };
}

it('calls what its manifest names, and nothing else', async () => {
  const { asked, call } = calling();
  await call('stock.reserve', {});
  await expect(call('stock.empty', {})).rejects.toThrow('orders declares in its manifest that it calls stock.empty');
  await expect(calling({ operation: 'carts.fill' }).call('stock.reserve', {})).rejects.toThrow('carts declares');
  expect(asked).toHaveLength(1);
});

it('calls as a service for the customer, after whoever acted before', async () => {
  const { asked, call } = calling();
  await call('stock.reserve', {});
  const chained = { ...servicePrincipal('web', 'cus_1'), actor: ['assistant', 'shop'] };
  const other = calling({ principal: chained });
  await other.call('stock.reserve', {});
  const service = { audience: 'service', customerId: 'cus_1' };
  expect([...asked, ...other.asked].map(({ principal }) => principal)).toMatchObject([
    { ...service, actor: expect.arrayContaining(['orders']) },
    { ...service, actor: ['orders', 'assistant', 'shop'] },
  ]);
});

/** Keys of calls with these inputs. */
async function keysOf(caller: Partial<CallerOf>, ...inputs: [unknown, { key?: string }?][]) {
  const { asked, call } = calling(caller);
  for (const [input, extra] of inputs) await call('stock.reserve', input, extra);
  return asked.map(({ idempotencyKey }) => idempotencyKey);
}

it('a repetition calls under the same key: of its caller, the operation and the input, or the one that is named', async () => {
  const [one, again, other, named] = await keysOf({ key: 'k' }, [{ a: 1 }], [{ a: 1 }], [{ a: 2 }], [{}, { key: 'n' }]);
  expect(one).toMatch(/^[0-9a-f]{64}$/);
  expect([again, named]).toEqual([one, 'n']);
  const [elsewhere] = await keysOf({ key: 'k2' }, [{ a: 1 }]);
  expect(new Set([one, other, elsewhere]).size).toBe(3);
  expect(await keysOf({}, [{ a: 1 }])).toEqual([undefined]);
});

it('shares nothing: the input is copied, the answer cannot be changed', async () => {
  const { asked, call } = calling();
  const input = { lines: ['a'] };
  const body = (await call('stock.reserve', input)) as { lines: { sku: string }[] };
  input.lines.push('b');
  expect(asked[0]?.input).toEqual({ lines: ['a'] });
  expect(() => ((body.lines[0] as { sku: string }).sku = 'b')).toThrow(TypeError);
});

it.each([
  [302, '', 'internal'],
  [404, { code: 'stock.unknown' }, 'stock.unknown'],
  [503, { code: 'overloaded' }, 'overloaded'],
])('an answer of %i is a problem of its caller', async (status, body, code) => {
  const { call } = calling({}, { ...answered, status, body });
  const failure: unknown = await call('stock.reserve', {}).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(ProblemError);
  expect(failure).toMatchObject({ status, code });
});

it('asks for what its caller has written and called so far, or for what it is told to', async () => {
  const known: { position: number | undefined } = { position: undefined };
  const { asked, call } = calling({ known }, { ...answered, headers: { 'plinth-position': '12' } });
  await call('stock.reserve', {});
  await call('stock.reserve', {});
  known.position = 40;
  await call('stock.reserve', {});
  await call('stock.reserve', {}, { position: 3 });
  expect(asked.map(({ position }) => position)).toEqual([undefined, 12, 40, 3]);
  expect(known.position).toBe(40);
});

it('of a caller that writes nothing asks for what it is told to, and for nothing else', async () => {
  const { asked, call } = calling({}, { ...answered, headers: { 'plinth-position': '12' } });
  await call('stock.reserve', {}, { position: 3 });
  await call('stock.reserve', {});
  expect(asked.map(({ position }) => position)).toEqual([3, undefined]);
});
