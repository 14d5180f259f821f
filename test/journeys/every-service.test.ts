// Every operation that is offered to customers has a page in the portal that nobody wrote; and every app can be used by
// people who do not see, in a light window and on a dark phone (axe: WCAG 2.2 A and AA).

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { anEmptyDatabase, type TestDatabase } from '@plinth/testing';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { found, type Look, openChromium, Person } from './chromium.ts';
import { type RunningPlatform, startPlatform } from './platform.ts';

interface Operation {
  operationId: string;
  summary: string;
  'x-plinth'?: { audience?: string[]; channel?: string[] };
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const looks: readonly Look[] = [{}, { phone: true, dark: true }];
const pages = {
  portal: [
    'ada',
    [
      '',
      'accounts',
      'transfer',
      'shop',
      'orders',
      'rewards',
      'requests',
      'requests/new',
      'messages',
      'profile',
      'more',
      'services',
      'do/orders/placeOrder',
    ],
  ],
  desk: ['mia', ['', 'conversations', 'customers', 'services', 'do/tickets/openTicket']],
  studio: ['noor', ['', 'contracts/orders', 'offers', 'try', 'log', 'gallery']],
  developers: ['petra', ['', 'webhooks', 'reference', 'reference/orders/placeOrder', 'problems', 'events']],
} as const;

let database: TestDatabase;
let platform: RunningPlatform;
let browser: Browser;

describe.skipIf(!found.there)('every service', () => {
  beforeAll(async () => {
    database = await anEmptyDatabase();
    platform = await startPlatform({ databaseUrl: database.url });
    browser = await openChromium();
  });
  afterAll(async () => {
    await browser.close();
    await platform.stop();
    await database.close();
  });

  it('that is offered to customers stands in the portal as a form or a view', async () => {
    const ada = await Person.with(browser, platform.base);
    await ada.signIn('ada', 'portal');
    const offered = await offeredToCustomers();
    expect(offered.length).toBeGreaterThan(40);
    const missing: string[] = [];
    for (const { capability, operation } of offered) {
      await ada.go(`/portal/do/${capability}/${operation.operationId}`);
      const heading = ada.page.getByRole('heading', { level: 1 });
      await heading.waitFor();
      // A list or a single thing is shown at once, under the words of its contract; the rest asks first.
      if ((await heading.innerText()) !== operation.summary) missing.push(`${capability}.${operation.operationId}`);
    }
    expect(missing).toEqual([]);
    // A view of a thing that needs an id asks for it; nothing fails on the way.
    expect(ada.faults).toEqual([]);
    await ada.close();
  });

  it.each(Object.entries(pages))('can be used by everybody: %s', async (app, [username, places]) => {
    const hindrances: string[] = [];
    for (const look of looks) {
      const person = await Person.with(browser, platform.base, look);
      await person.signIn(username, app);
      for (const place of places) {
        await person.go(`/${app}/${place}`);
        await person.page.getByRole('heading', { level: 1 }).waitFor();
        await person.page.waitForLoadState('networkidle');
        for (const found of await violations(person))
          hindrances.push(`/${app}/${place} ${JSON.stringify(look)} ${found}`);
        const overflow = await person.page.evaluate('document.documentElement.scrollWidth - innerWidth');
        if (Number(overflow) > 1) hindrances.push(`/${app}/${place} ${JSON.stringify(look)} scrolls sideways`);
      }
      expect(person.faults).toEqual([]);
      await person.close();
    }
    expect(hindrances).toEqual([]);
  });
});

async function offeredToCustomers(): Promise<{ capability: string; operation: Operation }[]> {
  const document = (await (await fetch(`${platform.base}/openapi.json`)).json()) as {
    paths: Record<string, Record<string, Operation>>;
  };
  return Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item)
      .filter(([method]) => ['get', 'put', 'post', 'patch', 'delete'].includes(method))
      .map(([, operation]) => ({ capability: path.split('/')[1] ?? '', operation }))
      .filter(({ operation }) => {
        const { audience = [], channel } = operation['x-plinth'] ?? {};
        return audience.includes('customer') && (channel === undefined || channel.includes('web'));
      }),
  );
}

async function violations({ page }: Person): Promise<string[]> {
  await page.evaluate(axe);
  const result = await page.evaluate<{ violations: { id: string; nodes: { html: string }[] }[] }>(
    "axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })",
  );
  return result.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 120) ?? ''} (${nodes.length})`);
}
