// The static documentation site in a real browser, under the policy it carries: readable without script, searchable,
// usable by people who do not see, on a phone and in the dark, and no call to anybody else.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { found, type Look, openChromium, Person } from './chromium.ts';
import { plinth } from './platform.ts';

const contract = path.resolve(import.meta.dirname, '../../capabilities/orders/contract.yaml');
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.svg': 'image/svg+xml',
};
const pages = ['', 'orders/operations/placeOrder.html', 'orders/schemas/Order.html', 'orders/events/order.placed.html'];

let folder: string;
let server: Server;
let base: string;
let browser: Browser;

describe.skipIf(!found.there)('the documentation site of a contract', () => {
  beforeAll(async () => {
    browser = await openChromium();
    folder = await mkdtemp(path.join(tmpdir(), 'plinth-docs-'));
    await plinth(['docs', contract, '--out', folder]);
    server = createServer((request, response) => {
      const { pathname } = new URL(request.url ?? '/', 'http://site');
      const file = path.join(folder, pathname === '/' ? 'index.html' : pathname);
      readFile(file).then(
        (body) => response.setHeader('content-type', types[path.extname(file)] ?? 'text/plain').end(body),
        () => response.writeHead(404).end(),
      );
    });
    await new Promise<void>((listening) => {
      server.listen(0, '127.0.0.1', listening);
    });
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  afterAll(async () => {
    await browser.close();
    server.close();
    await rm(folder, { recursive: true, force: true });
  });

  it.each<[string, Look]>([
    ['in a window', {}],
    ['in the dark', { dark: true }],
    ['on a phone', { phone: true }],
  ])('has no fault for assistive technology, no overflow and no outside call %s', async (name, look) => {
    const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    const person = await Person.with(browser, base, look);
    const outside: string[] = [];
    person.page.on('request', (request) => {
      if (!request.url().startsWith(base)) outside.push(request.url());
    });
    for (const [index, page] of pages.entries()) {
      await person.go(page);
      await person.screen(`docs-${name.replaceAll(' ', '-')}-${index}`);
      expect(await person.page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0);
      await person.page.evaluate(axe);
      const broken = await person.page.evaluate('axe.run().then(({ violations }) => violations.map(({ id }) => id))');
      expect({ page, broken }).toEqual({ page, broken: [] });
    }
    expect(outside).toEqual([]);
    expect(person.faults).toEqual([]);
    await person.close();
  });

  it('is searched from the keyboard, from a disk too', async () => {
    for (const at of [base, `file://${folder}/index.html`]) {
      const person = await Person.with(browser, at);
      await person.go('');
      await person.page.keyboard.press('/');
      await person.page.keyboard.type('cancel order');
      await person.page.getByRole('search').getByRole('link', { name: 'Cancel an order' }).click();
      await person.page.getByRole('heading', { level: 1, name: 'Cancel an order' }).waitFor();
      expect(person.faults).toEqual([]);
      await person.close();
    }
  });

  it('reads the same without script; what needs it is not shown', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(`${base}orders/operations/placeOrder.html`);
    expect(await page.getByRole('main').innerText()).toContain('safe to repeat with the same key for 7 days');
    expect(await page.getByRole('search').isVisible()).toBe(false);
    expect(await page.getByRole('button').count()).toBe(0);
    await context.close();
  });
});
