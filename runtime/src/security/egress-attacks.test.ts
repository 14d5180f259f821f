// Nothing makes the guarded client open a connection to this machine: canaries listen on all its addresses, and every
// spelling, name and redirect is tried. Controls show that the canaries sing for whoever does come.

import { execFile } from 'node:child_process';
import { Resolver } from 'node:dns';
import { createServer as createHttp, request as plainRequest, type Server as HttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { promisify } from 'node:util';
import { type DnsRecord, type DnsServer, openDnsServer } from '@plinth/testing';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { mapLimited } from '../kernel/index.ts';
import { hostileHosts, hostileUrls } from './attacks/addresses.ts';
import { createAddressCheck, createEgress, type EgressOptions, type LookupAll } from './egress.ts';

/** Global unicast that leads nowhere: the 6bone was given back in 2006 (RFC 3701). */
const nowhere = '3ffe::1';
const rounds = 30;

let canary: Server;
let port: number;
let names: DnsServer;
let resolve: LookupAll;
let hits: number;
const open = new Set<Socket>();

const here: DnsRecord[] = [{ type: 'A', value: '127.0.0.1' }];
const alias = (name: string, value: string): DnsRecord => ({ type: 'CNAME', name, value });
/** What a name is, by question and by how often it was asked. */
const zone: Record<string, (type: 'A' | 'AAAA', before: number) => DnsRecord[]> = {
  'loopback.test': (type) => (type === 'A' ? here : [{ type: 'AAAA', value: '::1' }]),
  'zero.test': (type) => (type === 'A' ? [{ type: 'A', value: '0.0.0.0' }] : []),
  'mapped.test': (type) => (type === 'AAAA' ? [{ type: 'AAAA', value: '::ffff:7f00:1' }] : []),
  'nat64.test': (type) => (type === 'AAAA' ? [{ type: 'AAAA', value: '64:ff9b::7f00:1' }] : []),
  'metadata.test': (type) => (type === 'A' ? [{ type: 'A', value: '169.254.169.254' }] : []),
  // Public when it is asked first, this machine ever after, and the other way round.
  'flip.test': (type, before) => {
    if (type === 'AAAA') return before % 2 === 0 ? [{ type, value: nowhere }] : [{ type, value: '::1' }];
    return before % 2 === 0 ? [] : here;
  },
  'flop.test': (type, before) => (type === 'A' ? (before % 2 === 0 ? here : []) : [{ type, value: nowhere }]),
  // One answer of both kinds: only the public part may be used.
  'both.test': (type) =>
    type === 'A'
      ? here
      : [
          { type, value: '::1' },
          { type, value: nowhere },
        ],
  'chain.test': (type) => [
    alias('chain.test', 'two.test'),
    alias('two.test', 'three.test'),
    ...(type === 'A' ? [{ ...(here[0] as DnsRecord), name: 'three.test' }] : []),
  ],
  'localhost.test': (type) => [
    alias('localhost.test', 'localhost'),
    { type, name: 'localhost', value: type === 'A' ? '127.0.0.1' : '::1' },
  ],
};

const addresses = (family: 4 | 6) => (error: unknown, found: readonly string[] | undefined) =>
  error === null ? (found ?? []).map((address) => ({ address, family })) : [];

beforeAll(async () => {
  canary = createServer((socket) => {
    hits += 1;
    open.add(socket);
    socket.on('error', () => undefined);
    socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
  });
  await new Promise<void>((listening) => canary.listen(0, '::', listening));
  ({ port } = canary.address() as AddressInfo);
  names = await openDnsServer((name, type, before) => zone[name]?.(type, before) ?? []);
  const resolver = new Resolver({ timeout: 1000, tries: 1 });
  resolver.setServers([names.address]);
  // As the system's resolver does: both questions at once, IPv6 first.
  resolve = (name, done) => {
    const parts: { address: string; family: number }[][] = [];
    const take = (at: 0 | 1, found: { address: string; family: number }[]): void => {
      parts[at] = found;
      const [six, four] = parts;
      if (six === undefined || four === undefined) return;
      const both = [...six, ...four];
      done(both.length === 0 ? new Error(`${name} is not known`) : null, both);
    };
    resolver.resolve6(name, (error, found) => take(0, addresses(6)(error, found)));
    resolver.resolve4(name, (error, found) => take(1, addresses(4)(error, found)));
  };
});
afterAll(async () => {
  for (const socket of open) socket.destroy();
  canary.close();
  await names.close();
});
beforeEach(() => {
  hits = 0;
});

const options = (more: EgressOptions = {}): EgressOptions => ({
  ports: [443, port],
  connectTimeoutMs: 300,
  totalTimeoutMs: 600,
  resolve,
  ...more,
});

/** Number of requests, each of which must have failed. */
async function attack(urls: readonly string[]): Promise<number> {
  const egress = createEgress(options());
  const outcomes = await mapLimited(urls, 16, async (url) =>
    egress({ url, body: '{}' }).then(
      () => url,
      () => 'failed',
    ),
  );
  expect(outcomes.filter((outcome) => outcome !== 'failed')).toEqual([]);
  return urls.length;
}

it('no spelling of an address of this machine or its networks is reached', async () => {
  const tried = await attack(hostileHosts().flatMap((host) => hostileUrls(host, port)));
  expect(tried).toBeGreaterThanOrEqual(500);
  expect(hits).toBe(0);
  process.stderr.write(`guarded client: ${tried} spellings tried, ${hits} canary hits\n`);
});

it('no name leads here, however often and whatever it says each time', async () => {
  const urls = Object.keys(zone).flatMap((name) =>
    [name, `${name}.`, name.toUpperCase()].map((host) => `https://${host}:${port}/`),
  );
  const tried = await attack(Array.from({ length: rounds }, () => urls).flat());
  expect(tried).toBeGreaterThanOrEqual(500);
  expect(hits).toBe(0);
  // The names were asked for, and flipped.
  expect(names.asked.filter((asked) => asked === 'A flip.test').length).toBeGreaterThan(rounds);
  process.stderr.write(`guarded client: ${tried} requests to ${Object.keys(zone).length} names, ${hits} canary hits\n`);
});

it('whoever registers such an address is told so', async () => {
  const check = createAddressCheck(options());
  for (const url of [`https://127.1:${port}/`, `https://loopback.test:${port}/`, `https://chain.test:${port}/`])
    await expect(check(url)).rejects.toMatchObject({ failure: 'refused' });
  // Of this one only the public part is used.
  await check(`https://both.test:${port}/`);
  // Not resolvable now may be later.
  await check('https://unknown.test/');
});

it('a redirect leads nowhere, and a listed pair is reached as it is written and no other', async () => {
  const redirecting: HttpServer = createHttp((_, response) =>
    response.writeHead(307, { location: `http://127.0.0.1:${port}/`, 'content-length': 0 }).end(),
  );
  await new Promise<void>((done) => redirecting.listen(0, '127.0.0.1', done));
  const { port: listed } = redirecting.address() as AddressInfo;
  const egress = createEgress(options({ allowed: [`127.0.0.1:${listed}`] }));
  expect((await egress({ url: `http://127.0.0.1:${listed}/` })).status).toBe(307);
  expect(hits).toBe(0);
  await expect(egress({ url: `http://loopback.test:${listed}/` })).rejects.toMatchObject({ failure: 'refused' });
  await expect(egress({ url: `http://127.0.0.1:${port}/` })).rejects.toMatchObject({ failure: 'refused' });
  redirecting.close();
});

it('the canary sings: a listed pair reaches it, and a client without the guard does by name', async () => {
  const listed = createEgress(options({ allowed: [`127.0.0.1:${port}`, `chain.test:${port}`] }));
  expect((await listed({ url: `http://127.0.0.1:${port}/` })).status).toBe(200);
  expect((await listed({ url: `http://chain.test:${port}/` })).status).toBe(200);
  expect(hits).toBe(2);
  await new Promise<void>((done) => {
    plainRequest(`http://loopback.test:${port}/`, {
      agent: false,
      lookup: (name, { all }, found) =>
        resolve(name, (error, addresses) => {
          const [first] = addresses;
          if (all === true) found(error, addresses);
          else found(error, first?.address ?? '', first?.family ?? 4);
        }),
    })
      .on('response', (response) => response.resume().on('close', done))
      .on('error', () => done())
      .end();
  });
  expect(hits).toBe(3);
});

it('proxies of the environment are not used', async () => {
  const target = createHttp((_, response) => response.end('direct'));
  await new Promise<void>((done) => target.listen(0, '127.0.0.1', done));
  const pair = `127.0.0.1:${(target.address() as AddressInfo).port}`;
  const proxy = `http://127.0.0.1:${port}`;
  const env = {
    ...process.env,
    NODE_USE_ENV_PROXY: '1',
    HTTP_PROXY: proxy,
    HTTPS_PROXY: proxy,
    http_proxy: proxy,
    NO_PROXY: '',
  };
  const run = async (script: string): Promise<string> => {
    const args = ['--input-type=module', '-e', script];
    const { stdout } = await promisify(execFile)(process.execPath, args, { env, cwd: import.meta.dirname });
    return stdout.trim();
  };
  const guarded = `import { createEgress } from ${JSON.stringify(new URL('egress.ts', import.meta.url).href)};
    console.log((await createEgress({ allowed: ['${pair}'] })({ url: 'http://${pair}/', method: 'GET' })).body);`;
  expect(await run(guarded)).toBe('direct');
  expect(hits).toBe(0);
  // The control: the same environment takes a plain client to the proxy.
  await run(`await fetch('http://${pair}/').then((answer) => answer.text(), () => '');`);
  expect(hits).toBe(1);
  target.close();
});
