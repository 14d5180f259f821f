// Parts of a request that are on their way out: which of them one used, wherever they stand.

import { expect, it } from 'vitest';
import { compileDeprecatedParts } from './deprecated-parts.ts';
import type { Exchange } from './exchange.ts';
import { notesContract } from './test-edge.ts';

const ends = (year: number): string => `x-plinth: { deprecation: { since: 2026-01-01, sunset: ${year}-01-01 } }`;
const yaml = `
openapi: 3.1.0
info: { title: Parcels, version: 1.0.0, description: Parcels. }
servers: [{ url: /parcels/v1 }]
x-plinth: { capability: parcels, owner: { team: test, contact: test@example.org }, audience: [customer] }
security: [{ oidc: [notes.write] }]
paths:
  /parcels:
    post:
      operationId: send
      summary: Send
      x-plinth: { effect: write }
      parameters:
        - { name: size, in: query, schema: { type: string, default: s }, ${ends(2031)} }
        - { name: X-Depot, in: header, schema: { type: string }, ${ends(2030)} }
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              properties:
                old: { type: object, ${ends(2033)}, properties: { deep: { type: string, ${ends(2029)} } } }
                lines: { type: array, items: { type: object, properties: { sku: { type: string, ${ends(2032)} } } } }
              oneOf: [{ properties: { one: { type: string, ${ends(2028)} } } }, { properties: { two: { type: string } } }]
      responses: { '201': { description: Sent. } }
components: { securitySchemes: { oidc: { type: openIdConnect, openIdConnectUrl: /oidc } } }
`;

/** Names of what a request used, the one that ends first in front. */
async function used(x: { query?: string; headers?: Record<string, string>; input?: object; call?: object }) {
  const contract = await notesContract(yaml);
  const operation = contract.operations.find(({ id }) => id === 'send');
  const parts = operation && compileDeprecatedParts(contract, operation);
  const header = (name: string): string | undefined => x.headers?.[name];
  return parts?.({ query: '', input: {}, ...x, header } as unknown as Exchange).map(({ name }) => name);
}

it.each([
  ['nothing', {}, []],
  ['a default', { input: { size: 's' } }, []],
  ['parameters', { query: 'a=1&size=', headers: { 'x-depot': 'd' } }, ['header.X-Depot', 'query.size']],
  ['a parameter from within', { call: { input: { size: 'l' } } }, ['query.size']],
  ['a property, and one below it', { input: { body: { old: { deep: 'x' } } } }, ['/old/deep', '/old']],
  ['a property that is null', { input: { body: { old: null } } }, ['/old']],
  ['one of some items', { input: { body: { lines: [{}, { sku: 'a' }] } } }, ['/lines/[]/sku']],
  ['no item', { input: { body: { lines: [{}, 'x'] } } }, []],
  ['a branch', { input: { body: { one: 'x', two: 'y' } } }, ['/one']],
])('of %s it says so', async (_, x, names) => {
  expect(await used(x)).toEqual(names);
});
