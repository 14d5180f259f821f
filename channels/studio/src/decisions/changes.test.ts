import { expect, test } from 'vitest';
import { changedActions, changesBetween } from './changes.ts';

test('each member that differs is named once', () => {
  const before = { enabled: true, value: 8, treatments: [{ slot: 'a', title: 'One' }], cap: { count: 3, days: 7 } };
  const after = { enabled: false, value: 8, treatments: [{ slot: 'a', title: 'Two' }], label: 'New' };
  expect(changesBetween(before, after)).toEqual([
    { where: 'enabled', before: 'yes', after: 'no' },
    { where: 'treatments 1 title', before: 'One', after: 'Two' },
    { where: 'cap', before: '{"count":3,"days":7}', after: 'nothing' },
    { where: 'label', before: 'nothing', after: 'New' },
  ]);
});

test('actions are new, changed or gone', () => {
  const live = [
    { action: 'a', value: 1 },
    { action: 'b', value: 1 },
    { action: 'c', value: 1 },
  ];
  const draft = [
    { action: 'a', value: 1 },
    { action: 'b', value: 2 },
    { action: 'd', value: 1 },
  ];
  expect(changedActions(live, draft)).toEqual([
    { name: 'b', is: 'changed', changes: [{ where: 'value', before: '1', after: '2' }] },
    { name: 'c', is: 'gone', changes: [] },
    { name: 'd', is: 'new', changes: [] },
  ]);
});
