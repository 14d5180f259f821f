import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Browser } from './cookies.ts';

let server: Server;
let port: number;
beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === '/set') response.writeHead(302, { location: '/show', 'set-cookie': 'a=1; Path=/' }).end();
    else if (request.url === '/drop')
      response.writeHead(302, { location: '/show', 'set-cookie': 'a=; Max-Age=0' }).end();
    else if (request.url === '/loop') response.writeHead(302, { location: '/loop' }).end();
    else response.end(request.headers.cookie ?? 'none');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ({ port } = server.address() as AddressInfo);
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
});

describe('the browser without pages', () => {
  it('keeps cookies until they end', async () => {
    const browser = new Browser();
    const visit = async (path: string): Promise<string> =>
      (await browser.visit(`http://127.0.0.1:${port}${path}`)).response.text();
    expect(await visit('/set')).toBe('a=1');
    expect(await visit('/drop')).toBe('none');
  });

  it('gives up on a loop of redirects', async () => {
    await expect(new Browser().visit(`http://127.0.0.1:${port}/loop`)).rejects.toThrow(/more than 12 redirects/);
  });
});
