import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFaultProxy } from './fault-proxy.ts';

let server: Server;
let port: number;
beforeAll(async () => {
  server = createServer((_request, response) => {
    response.end('here');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ({ port } = server.address() as AddressInfo);
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
});

describe('the fault proxy', () => {
  it('passes, refuses and passes again on the same port', async () => {
    const proxy = await openFaultProxy({ host: '127.0.0.1', port });
    const ask = async (): Promise<string> => (await fetch(`http://127.0.0.1:${proxy.port}/show`)).text();
    expect(await ask()).toBe('here');
    await proxy.stop();
    await expect(ask()).rejects.toThrow(/fetch failed/);
    await proxy.start();
    expect(await ask()).toBe('here');
    await proxy.close();
  });

  it('swallows what it takes, until it is told to let it through', async () => {
    const proxy = await openFaultProxy({ host: '127.0.0.1', port });
    proxy.swallow(true);
    const ask = (signal?: AbortSignal): Promise<Response> =>
      fetch(`http://127.0.0.1:${proxy.port}/show`, signal ? { signal } : {});
    await expect(ask(AbortSignal.timeout(200))).rejects.toThrow(/timeout/);
    proxy.swallow(false);
    expect((await ask()).status).toBe(200);
    await proxy.close();
  });
});
