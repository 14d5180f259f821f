// A real browser for journeys. Screens are kept in test-artefacts/, and whatever a page writes to the console as an error
// fails the journey.

import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { service } from '@plinth/testing';
import { type Browser, chromium, type Page } from 'playwright-core';

const artefacts = path.resolve(import.meta.dirname, '../../test-artefacts');

/** Says which Chromium there is; journeys without one are skipped, loudly. */
export const found = await service('chromium');

export async function openChromium(): Promise<Browser> {
  if (!found.there) throw new Error(found.reason);
  return chromium.launch({
    executablePath: found.url,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

export interface Look {
  /** 390 × 844 instead of 1312 × 860. */
  phone?: boolean;
  /** 1080 × 1920. */
  kiosk?: boolean;
  dark?: boolean;
}

/** Somebody with a browser of their own. */
export class Person {
  readonly page: Page;
  readonly faults: string[] = [];
  readonly #base: string;

  private constructor(base: string, page: Page) {
    this.#base = base;
    this.page = page;
    page.on('pageerror', (error) => this.faults.push(`${page.url()}: ${error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error') this.faults.push(`${page.url()}: ${message.text()}`);
    });
  }

  static async with(browser: Browser, base: string, look: Look = {}): Promise<Person> {
    const viewport = look.kiosk
      ? { width: 1080, height: 1920 }
      : look.phone
        ? { width: 390, height: 844 }
        : { width: 1312, height: 860 };
    const context = await browser.newContext({ viewport, colorScheme: look.dark ? 'dark' : 'light' });
    return new Person(base, await context.newPage());
  }

  async go(place: string): Promise<void> {
    await this.page.goto(this.#base + place);
  }

  /** Signs in at the identity provider, as everybody does. */
  async signIn(username: string, app: string): Promise<void> {
    await this.go(`/session/login?app=${app}&returnTo=/${app}/`);
    await this.fillSignIn(username);
    await this.page.waitForURL((url) => url.pathname.startsWith(`/${app}/`));
  }

  async fillSignIn(username: string): Promise<void> {
    await this.page.getByLabel('User name').fill(username);
    await this.page.getByLabel('Password').fill('demo');
    await this.page.getByRole('button', { name: 'Sign in', exact: true }).click();
  }

  async screen(name: string): Promise<void> {
    mkdirSync(artefacts, { recursive: true });
    // What is moving is shown where it ends.
    await this.page.screenshot({ path: path.join(artefacts, `${name}.png`), animations: 'disabled' });
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }
}
