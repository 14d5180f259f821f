// What a credential may by its kind and its scopes, and whose things it sees.

import { expect, it } from 'vitest';
import { read } from '../../capability.ts';
import { reply } from '../../context.ts';
import { PortError, type Principal } from '../../kernel/index.ts';
import { keyIssuer, newApiKey } from '../../security/api-key.ts';
import { notesContract, staff, startTestEdge } from '../test-edge.ts';
import { ownerOf } from './authorize.ts';

it('a key may what is for keys, scope by scope: what is for tokens it may not, nor all by a star', async () => {
  const key = newApiKey('live', 'abc123');
  const asked = async (scope: string) => {
    const principal = { ...staff(), issuer: keyIssuer, audience: 'partner', partnerId: 'p', scopes: new Set([scope]) };
    const stored = { secretHash: key.secretHash, principal: principal as Principal };
    const contract = await notesContract();
    for (const { policy } of contract.operations) policy.audience.push('partner');
    const forKeys = await startTestEdge({ contract, authenticator: { findKey: async () => stored } });
    const headers = { 'content-type': 'application/json', 'idempotency-key': 'k', authorization: `Bearer ${key.text}` };
    const answers = await Promise.all([
      fetch(`${forKeys.url}/notes/v1/notes`, { method: 'POST', headers, body: '{"text":"a"}' }),
      fetch(`${forKeys.url}/notes/v1/notes`, { headers }),
    ]);
    await forKeys.close();
    return answers.map((answer) => answer.status);
  };
  // 501: nothing stands behind them.
  expect(await asked('notes.write')).toEqual([501, 403]);
  expect(await asked('notes.read')).toEqual([403, 403]);
  expect(await asked('*')).toEqual([403, 403]);
});

it.each([
  ['staff', undefined],
  ['service', undefined],
  ['customer', 'cus_ada'],
  ['agent', 'cus_ada'],
  ['partner', 'cus_ada'],
  ['device', 'cus_ada'],
] as const)('a %s sees the things of %s; undefined is everybody', (audience, owner) => {
  expect(ownerOf({ ...staff(), audience, customerId: 'cus_ada', partnerId: 'ptn_1' })).toBe(owner);
});

it('where nobody in particular may call, a credential is still judged: undecided is not nobody', async () => {
  const contract = await notesContract();
  const list = contract.operations.find(({ id }) => id === 'listNotes');
  if (list !== undefined) list.security = [{}, { oidc: ['notes.read'] }];
  const world = await startTestEdge({
    contract,
    handlers: { listNotes: read(async () => reply(200, {})) },
    authenticator: { findKey: () => Promise.reject(new PortError('unavailable', 'away')) },
  });
  const ask = async (headers: Record<string, string>) => {
    const answer = await fetch(`${world.url}/notes/v1/notes`, { headers });
    return [answer.status, answer.headers.get('www-authenticate')];
  };
  expect(await ask({})).toEqual([200, null]);
  expect(await ask({ authorization: `Bearer ${newApiKey('live', 'abc123').text}` })).toEqual([503, null]);
  // The challenge names what the first way in asks for that asks for anything.
  expect(await ask({ authorization: 'Bearer a.b.c' })).toEqual([
    401,
    'Bearer realm="plinth", error="invalid_token", scope="notes.read"',
  ]);
  await world.close();
});
