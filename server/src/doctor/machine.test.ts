import { expect, it } from 'vitest';
import { node, postgres, roomOf } from './machine.ts';

it.each([
  ['23.11.1', 'bad'],
  ['24.0.0', 'ok'],
  ['26.10.0', 'ok'],
])('Node %s is %s', (version, state) => {
  expect(node(version)).toMatchObject({ what: 'Node', state, found: version });
});

const [mib, gib] = [1024 ** 2, 1024 ** 3];

it.each([
  [256 * mib - 1, 'bad'],
  [256 * mib, 'warn'],
  [2 * gib - 1, 'warn'],
  [2 * gib, 'ok'],
])('%i bytes free are %s', (free, state) => {
  expect(roomOf(free, '/data')).toMatchObject({ what: 'disk', state });
  expect(roomOf(free, '/data').found).toContain('/data');
});

function none(): never {
  throw new Error('There is none for this machine.');
}

it('a PostgreSQL is given, or one of ours, or it is said why there is none', () => {
  expect(postgres(true, none)).toMatchObject({ what: 'PostgreSQL', state: 'ok', found: 'given by DATABASE_URL' });
  expect(postgres(false, () => ({ version: '18.1' }))).toMatchObject({ state: 'ok', found: 'private, 18.1' });
  expect(postgres(false, none)).toMatchObject({ state: 'bad', found: 'There is none for this machine.' });
  expect(postgres(false, none).advice).toContain('DATABASE_URL');
});
