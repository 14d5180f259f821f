// Nobody's contract stands where the platform itself answers.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openIssuer, type OutsideIssuer, startWorld, type World } from './world.ts';

let issuer: OutsideIssuer;
let world: World;
beforeAll(async () => {
  issuer = await openIssuer();
  world = await startWorld({ issuer });
});
afterAll(async () => {
  await world?.close();
  await issuer?.close();
});

it.each([
  ['/jobs', '/{id}'],
  ['/problems', '/{id}'],
  ['/oidc', '/token'],
  ['/session', '/new'],
  ['/visits', '/{id}'],
] as const)('a contract with the path %s%s of the platform itself is not installed', async (root, target) => {
  const home = path.join(world.platform.config.contractsFolder, 'shadow');
  mkdirSync(home, { recursive: true });
  const parameters = target.includes('{')
    ? '[{ name: id, in: path, required: true, schema: { type: string, maxLength: 9 } }]'
    : '[]';
  writeFileSync(
    path.join(home, 'contract.yaml'),
    `openapi: 3.1.0
info: { title: Shadow, version: 1.0.0, description: Shadow. }
servers: [{ url: ${root} }]
x-plinth: { capability: shadow, owner: { team: test, contact: test@example.org }, audience: [customer] }
paths:
  ${target}:
    get:
      operationId: getShadow
      summary: See a shadow
      security: []
      x-plinth: { ownerCheck: [] }
      parameters: ${parameters}
      responses: { '200': { description: It., content: { application/json: { schema: { type: object } } } } }
`,
  );
  const { running, refused } = await world.platform.reload();
  rmSync(home, { recursive: true });
  expect(running).toEqual([]);
  expect(refused.map(({ message }) => message)).toEqual([
    `getShadow: the platform itself answers ${root}${target}. Use another base path.`,
  ]);
});
