// The assistant cannot do what is asked: a ticket opens with the whole conversation, a person answers at the desk, and
// the answer is there in the portal while the customer looks.

import type { TestDatabase } from '@plinth/testing';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aSeededDatabase } from '../seeded.ts';
import { found, openChromium, Person } from './chromium.ts';
import { type RunningPlatform, startPlatform } from './platform.ts';

let database: TestDatabase;
let platform: RunningPlatform;
let browser: Browser;
let ben: Person;
let mia: Person;
let number: string;

const odd = 'My neighbour’s parrot swallowed the warranty card of my radio';
const answer = 'Send us a photo of the radio, that is enough for the warranty.';

describe.skipIf(!found.there)('when the assistant cannot help', () => {
  beforeAll(async () => {
    browser = await openChromium();
    database = await aSeededDatabase();
    platform = await startPlatform({ databaseUrl: database.url });
    ben = await Person.with(browser, platform.base, { phone: true });
    mia = await Person.with(browser, platform.base, { dark: true });
    await ben.signIn('ben', 'portal');
    await mia.signIn('mia', 'desk');
  });
  afterAll(async () => {
    await browser.close();
    await platform.stop();
    await database.close();
  });

  it('a ticket opens with the whole conversation', async () => {
    const { page } = ben;
    await page
      .getByRole('button', { name: /Ask us/ })
      .first()
      .click();
    const chat = page.getByRole('region', { name: 'Assistant' });
    const log = chat.getByRole('log');
    const person = chat.getByRole('button', { name: /person/i });
    for (const text of [odd, 'I said the parrot, the card, the warranty']) {
      await chat.getByRole('textbox').fill(text);
      await page.keyboard.press('Enter');
      await log.getByText(text).waitFor();
      await page.waitForLoadState('networkidle');
    }
    if (!/REQ-/.test(await log.innerText())) await person.first().click();
    await log
      .getByText(/REQ-[\w-]+/)
      .first()
      .waitFor();
    number = /REQ-\w{4}-\w{4}/.exec(await log.innerText())?.[0] ?? '';
    expect(number).not.toBe('');
    await ben.screen('help-1-ticket');
  });

  it('an agent reads it all at the desk and takes over', async () => {
    const { page } = mia;
    await page.getByRole('list', { name: 'Requests' }).getByText(number).click();
    await page.getByRole('log').getByText(odd).first().waitFor();
    await page.getByRole('button', { name: 'Take it' }).click();
    await page.getByRole('link', { name: 'Open the chat' }).click();
    await page.getByRole('button', { name: 'Take over' }).click();
    await page.getByLabel('Message to the customer').fill(answer);
    await page.getByRole('button', { name: 'Send message' }).click();
    await page.getByRole('list', { name: 'What was said' }).getByText(answer).waitFor();
    expect(mia.faults).toEqual([]);
    await mia.screen('help-2-desk');
  });

  it('and the answer appears in the portal without a reload', async () => {
    const log = ben.page.getByRole('region', { name: 'Assistant' }).getByRole('log');
    await log.getByText(answer).waitFor({ timeout: 5000 });
    await ben.screen('help-3-answer');
    expect([...ben.faults, ...mia.faults]).toEqual([]);
  });

  it('the answer to the ticket itself comes live too', async () => {
    const { page } = ben;
    await ben.go('/portal/requests');
    await page.getByRole('list', { name: 'Requests' }).getByText(number).click();
    await page.getByRole('list', { name: 'What was said' }).waitFor();
    await mia.go('/desk/');
    await mia.page.getByRole('list', { name: 'Requests' }).getByText(number).click();
    await mia.page.getByLabel('Answer to the customer').fill('We have noted your photo. All is well.');
    await mia.page.getByRole('button', { name: 'Send answer' }).click();
    await page.getByText('We have noted your photo. All is well.').waitFor({ timeout: 5000 });
    await ben.screen('help-4-request');
    expect([...ben.faults, ...mia.faults]).toEqual([]);
  });
});
