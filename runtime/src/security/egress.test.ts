import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createEgress } from './egress.ts';

let server: Server;
let port: number;
const reached: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    reached.push(request.url ?? '');
    if (request.url === '/moved') response.writeHead(302, { location: 'http://127.0.0.1/' }).end();
    else if (request.url === '/long') response.end('x'.repeat(200_000));
    else if (request.url === '/endless') {
      const more = setInterval(() => response.write('x'.repeat(20_000)), 1);
      response.on('close', () => clearInterval(more));
    } else if (request.url === '/slow') setTimeout(() => response.end('at last'), 200);
    else if (request.url !== '/never') request.pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ({ port } = server.address() as AddressInfo);
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const allowed = () =>
  createEgress({ allowed: [`127.0.0.1:${port}`, `hook.test:${port}`], totalTimeoutMs: 300, resolve: toLoopback });
const toLoopback = (_: string, done: (error: null, found: { address: string; family: number }[]) => void): void =>
  done(null, [{ address: '127.0.0.1', family: 4 }]);

describe('an address that may not be reached is refused:', () => {
  it.each([
    'https://127.0.0.1/',
    'https://127.1/',
    'https://2130706433/',
    'https://0x7f000001/',
    'https://0/',
    'https://10.0.0.1/',
    'https://100.64.0.1/',
    'https://169.254.169.254/latest/meta-data',
    'https://172.31.255.255/',
    'https://192.168.1.1/',
    'https://224.0.0.1/',
    'https://[::1]/',
    'https://[::]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[64:ff9b::7f00:1]/',
    'https://[2002:7f00:1::]/',
    'https://[2001::1]/',
    'https://[fc00::1]/',
    'https://[fe80::1]/',
    'https://user:pass@example.org/',
    'https://:pass@example.org/',
    'https://user@example.org/',
    'https://example.org:22/',
    'http://example.org/',
    'ftp://example.org/',
    'file:///etc/passwd',
    'nonsense',
  ])('%s', async (url) => {
    await expect(createEgress()({ url })).rejects.toMatchObject({ failure: 'refused' });
  });

  it('a name that resolves to a private address', async () => {
    await expect(createEgress({ resolve: toLoopback })({ url: 'https://hook.test/' })).rejects.toMatchObject({
      failure: 'refused',
    });
  });
});

describe('unless it is told otherwise', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('three seconds are given to connect', async () => {
    const mute = createTcpServer();
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const at = `127.0.0.1:${(mute.address() as AddressInfo).port}`;
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const asked = createEgress({ allowed: [at] })({ url: `https://${at}/` });
    let message = '';
    asked.catch((error: Error) => (message = error.message));
    await vi.advanceTimersByTimeAsync(2_999);
    expect(message).toBe('');
    await vi.advanceTimersByTimeAsync(1);
    expect(message).toBe('No connection within 3000 ms');
    mute.close();
  });

  it('fifteen to answer', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const known = reached.length;
    const asked = createEgress({ allowed: [`127.0.0.1:${port}`] })({ url: `http://127.0.0.1:${port}/never` });
    let message = '';
    asked.catch((error: Error) => (message = error.message));
    while (reached.length === known) await new Promise(setImmediate);
    await vi.advanceTimersByTimeAsync(14_999);
    expect(message).toBe('');
    await vi.advanceTimersByTimeAsync(1);
    expect(message).toBe('No answer within 15000 ms');
  });
});

describe('a listed address', () => {
  it('gets the body and answers', async () => {
    const answer = await allowed()({
      url: `http://hook.test:${port}/hook`,
      body: '{"a":1}',
      headers: { 'x-test': '1' },
    });
    expect(answer).toMatchObject({ status: 200, body: '{"a":1}' });
  });

  it('is not followed elsewhere', async () => {
    expect((await allowed()({ url: `http://127.0.0.1:${port}/moved` })).status).toBe(302);
    expect(reached).not.toContain('/');
  });

  it('is read to 64 KiB and no further', async () => {
    expect((await allowed()({ url: `http://127.0.0.1:${port}/long` })).body).toHaveLength(65_536);
  });

  it('that never ends its answer is left once it has said so much', async () => {
    const patient = createEgress({ allowed: [`127.0.0.1:${port}`], totalTimeoutMs: 20_000 });
    expect((await patient({ url: `http://127.0.0.1:${port}/endless` })).body).toHaveLength(65_536);
  });

  it('is given up after the total time', async () => {
    await expect(allowed()({ url: `http://127.0.0.1:${port}/never` })).rejects.toMatchObject({ failure: 'timeout' });
  });

  it('may think longer than connecting may take', async () => {
    const slow = createEgress({ allowed: [`127.0.0.1:${port}`], connectTimeoutMs: 50, totalTimeoutMs: 2000 });
    expect((await slow({ url: `http://127.0.0.1:${port}/slow` })).body).toBe('at last');
  });

  it('that accepts and says nothing of TLS is given up after the time for connecting', async () => {
    const mute = createTcpServer();
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const at = `127.0.0.1:${(mute.address() as AddressInfo).port}`;
    const egress = createEgress({ allowed: [at], connectTimeoutMs: 50, totalTimeoutMs: 5000 });
    await expect(egress({ url: `https://${at}/` })).rejects.toMatchObject({
      failure: 'timeout',
      message: 'No connection within 50 ms',
    });
    mute.close();
  });
});
