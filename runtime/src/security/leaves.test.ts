import { expect, it } from 'vitest';
import { anonymous } from '../kernel/index.ts';
import { type Leave, Leaves } from './leaves.ts';

const leave: Leave = { kind: 'extension', applicationId: 'app_1', operation: 'orders@1.getOrder', untilMs: 100 };
const one = { ...anonymous, applicationId: 'app_1' };
const at = (operation: string, nowMs = 99) => ({ operation, nowMs });

it('leave is one application’s, for one operation or all of a contract, of one kind, until its end', () => {
  const leaves = new Leaves();
  leaves.replace([leave, { ...leave, applicationId: 'app_2', operation: 'orders@1.*' }]);
  const two = { ...anonymous, applicationId: 'app_2' };
  expect(leaves.allows('extension', one, at('orders@1.getOrder'))).toBe(true);
  expect(leaves.allows('extension', one, at('orders@1.getOrder', 100))).toBe(false);
  expect(leaves.allows('extension', two, at('orders@1.listOrders'))).toBe(true);
  for (const [kind, who, operation] of [
    ['preview', one, 'orders@1.getOrder'],
    ['extension', one, 'orders@1.listOrders'],
    ['extension', one, 'orders.getOrder'],
    ['extension', { ...anonymous, applicationId: 'app_3' }, 'orders@1.getOrder'],
    ['extension', anonymous, 'orders@1.getOrder'],
  ] as const)
    expect([operation, leaves.allows(kind, who, at(operation))]).toEqual([operation, false]);
});

it('new ones take the place of all before', () => {
  const leaves = new Leaves();
  leaves.replace([leave]);
  expect(leaves.concerns('extension', 'orders@1.getOrder')).toBe(true);
  leaves.replace([{ ...leave, kind: 'preview', operation: 'orders.*' }]);
  expect(leaves.concerns('extension', 'orders@1.getOrder')).toBe(false);
  expect(leaves.concerns('preview', 'orders.any')).toBe(true);
  expect(leaves.allows('extension', one, at('orders@1.getOrder'))).toBe(false);
});
