import { generateKeyPairSync } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { examineIssuers } from './issuers.ts';

let server: Server;
let host: string;
let status = 200;
beforeAll(async () => {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'ES256', use: 'sig' };
  server = createServer((_, response) => response.writeHead(status).end(JSON.stringify({ keys: [jwk] })));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());

const issuer = (name: string) => ({
  issuer: `https://${name}.test`,
  jwksUri: `http://${host}/${name}`,
  audience: 'https://api.test',
  algorithms: ['ES256'],
});

const found = (allowed: readonly string[]) =>
  examineIssuers({
    outside: { issuers: [issuer('one'), issuer('two')], introspection: undefined, signIn: undefined, embedded: false },
    allowedPrivateHosts: allowed,
  });

it('says whose keys cannot be had from here, also because the address is not allowed', async () => {
  expect(await found([host])).toMatchObject([{ what: 'issuers', state: 'ok', found: 'keys of 2 of 2' }]);
  status = 503;
  const bad = { what: 'issuers', state: 'bad', found: 'keys of 0 of 2, not of https://one.test, https://two.test' };
  expect(await found([host])).toMatchObject([bad]);
  status = 200;
  expect(await found([])).toMatchObject([bad]);
});

it('has nothing to say where the embedded issuer is the only one', async () => {
  expect(await examineIssuers({ outside: undefined, allowedPrivateHosts: [] })).toEqual([]);
});
