// Every operation that is offered to customers has a page in the portal that nobody wrote; and every app can be used by
// people who do not see, light and dark, in a window and on a phone (axe: WCAG 2.2 A and AA); kiosks as they stand.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { TestDatabase } from '@plinth/testing';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aSeededDatabase } from '../seeded.ts';
import { found, type Look, openChromium, Person } from './chromium.ts';
import { enrolKiosk, shownCode } from './kiosk.ts';
import { type RunningPlatform, startPlatform } from './platform.ts';

interface Operation {
  operationId: string;
  summary: string;
  'x-plinth'?: { audience?: string[]; channel?: string[] };
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
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
    browser = await openChromium();
    database = await aSeededDatabase();
    platform = await startPlatform({ databaseUrl: database.url });
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
    for (const look of [{}, { phone: true }]) {
      const person = await Person.with(browser, platform.base, look);
      await person.signIn(username, app);
      for (const place of places) {
        await person.go(`/${app}/${place}`);
        await person.page.getByRole('heading', { level: 1 }).waitFor();
        await person.page.waitForLoadState('networkidle');
        hindrances.push(...(await hindrancesOn(person, `/${app}/${place}`, look)));
      }
      expect(person.faults).toEqual([]);
      await person.close();
    }
    expect(hindrances).toEqual([]);
  });

  it('can be used by everybody: kiosk', async () => {
    const look = { kiosk: true };
    const newDevice = await Person.with(browser, platform.base, look);
    await newDevice.go('/kiosk/');
    await shownCode(newDevice);
    const hindrances = await hindrancesOn(newDevice, '/kiosk/enrol', look);
    await newDevice.close();
    const kiosk = await enrolKiosk(browser, platform.base);
    hindrances.push(...(await hindrancesOn(kiosk, '/kiosk/start', look)));
    const services = kiosk.page.getByRole('list', { name: 'Services' }).getByRole('button');
    const names = await services.allInnerTexts();
    expect(names.length).toBeGreaterThan(1);
    for (const name of names) {
      await services.filter({ hasText: name }).first().click();
      await kiosk.page.getByRole('heading', { level: 1 }).waitFor({ state: 'attached' });
      await kiosk.page.waitForLoadState('networkidle');
      hindrances.push(...(await hindrancesOn(kiosk, `/kiosk/${name}`, look)));
      await kiosk.page.getByRole('button', { name: 'End session' }).click();
      await kiosk.page.getByRole('heading', { name: 'How can we help?' }).waitFor();
    }
    expect(kiosk.faults).toEqual([]);
    await kiosk.close();
    expect(hindrances).toEqual([]);
  });
});

/** What hinders people on the page as it stands, light and dark; screens of both are kept. */
async function hindrancesOn(person: Person, place: string, look: Look): Promise<string[]> {
  const device = look.kiosk ? 'kiosk' : look.phone ? 'phone' : 'window';
  const hindrances: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await person.page.emulateMedia({ colorScheme });
    const where = `${place} (${device}, ${colorScheme})`;
    await person.screen(`look${place.replaceAll(/\W+/g, '-').replace(/-$/, '')}-${device}-${colorScheme}`);
    hindrances.push(...(await violations(person)).map((found) => `${where}: ${found}`));
  }
  const overflow = await person.page.evaluate('document.documentElement.scrollWidth - innerWidth');
  return Number(overflow) > 1 ? [...hindrances, `${place} (${device}): scrolls sideways`] : hindrances;
}

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
