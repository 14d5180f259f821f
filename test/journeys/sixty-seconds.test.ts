// A contract nobody has seen is dropped into the watched folder of a running platform. Without code or restart it is a
// hardened API, a form, a chat skill, a kiosk task, a tool of agents, a page of the reference, and facts on the timeline.
// Then a handler takes over one operation, and nobody notices but the data.

import { randomUUID } from 'node:crypto';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { eventually, type TestDatabase, tokensFor } from '@plinth/testing';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aSeededDatabase } from '../seeded.ts';
import { type Caller, callerWith, personAt } from './caller.ts';
import { found, openChromium, Person } from './chromium.ts';
import { enrolKiosk, shownCode } from './kiosk.ts';
import { type RunningPlatform, startPlatform } from './platform.ts';

interface Card {
  id: string;
  label: string;
  last4: string;
  state: string;
}

const example = path.resolve(import.meta.dirname, '../../examples/contracts/cards');
let database: TestDatabase;
let platform: RunningPlatform;
let browser: Browser;
let ada: Person;
let api: Caller;
let droppedAtMs: number;

describe.skipIf(!found.there)('sixty seconds after a contract was dropped in', () => {
  beforeAll(async () => {
    browser = await openChromium();
    database = await aSeededDatabase();
    platform = await startPlatform({ databaseUrl: database.url });
    ada = await Person.with(browser, platform.base);
    await ada.signIn('ada', 'portal');
    api = await personAt(platform.base, 'ada');
    droppedAtMs = performance.now();
    cpSync(example, path.join(platform.contracts, 'cards'), { recursive: true });
  });
  afterAll(async () => {
    await browser.close();
    await platform.stop();
    await database.close();
  });

  it('answers as a stateful mock', async () => {
    await eventually('the contract runs', 60_000, async () => (await api('GET', '/cards/v1/cards')).status === 200);
    expect((await cards()).length).toBeGreaterThan(0);
  });

  it('behind the real edge: sign-in, owner, idempotency, limits', async () => {
    const nobody = callerWith(platform.base, {});
    expect((await nobody('GET', '/cards/v1/cards')).status).toBe(401);
    const [card] = (await cards()) as [Card];
    const ben = await personAt(platform.base, 'ben');
    expect((await ben('POST', `/cards/v1/cards/${card.id}/freezes`)).status).toBe(404);
    const key = { 'idempotency-key': randomUUID() };
    const first = await api<Card>('POST', `/cards/v1/cards/${card.id}/freezes`, undefined, key);
    expect(first).toMatchObject({ status: 201, body: { state: 'frozen' } });
    expect(first.headers.get('ratelimit')).toBeTruthy();
    const again = await api<Card>('POST', `/cards/v1/cards/${card.id}/freezes`, undefined, key);
    expect(again).toMatchObject({ status: 201, body: first.body });
    const other = await api('POST', `/cards/v1/cards/${card.id}/freezes`);
    expect(other).toMatchObject({ status: 409, body: { code: 'conflicting-state', currentState: 'frozen' } });
    expect((await api('POST', `/cards/v1/cards/${card.id}/unfreezes`)).status).toBe(201);
  });

  it('as a form in the portal', async () => {
    const { page } = ada;
    await ada.go('/portal/services');
    await page.getByRole('link', { name: 'Freeze a card', exact: true }).click();
    await page.getByLabel('Card', { exact: true }).selectOption({ index: 1 });
    await page.getByRole('button', { name: 'Freeze a card' }).click();
    await page.getByText('Done: freeze a card').waitFor();
    await ada.screen('sixty-1-form');
    expect((await cards()).filter(({ state }) => state === 'frozen')).toHaveLength(1);
  });

  it('as a skill of the assistant, read back first', async () => {
    const { page } = ada;
    await ada.go('/portal/');
    await page.getByRole('button', { name: 'Ask us' }).click();
    const chat = page.getByRole('region', { name: 'Assistant' });
    await chat.getByRole('textbox').fill('unfreeze my card');
    await page.keyboard.press('Enter');
    const yes = chat.getByRole('button', { name: /^Yes/ });
    const choice = chat.getByRole('log').getByRole('button').first();
    await choice.or(yes).first().waitFor();
    if (!(await yes.isVisible())) await choice.click();
    await yes.waitFor();
    expect((await cards()).filter(({ state }) => state === 'frozen')).toHaveLength(1);
    await ada.screen('sixty-2-read-back');
    await yes.click();
    await chat.getByText('Your card works again.').first().waitFor();
    expect((await cards()).filter(({ state }) => state === 'frozen')).toHaveLength(0);
  });

  it('as a task at a kiosk, for the customer whose phone says so', async () => {
    const kiosk = await enrolKiosk(browser, platform.base);
    const phone = await Person.with(browser, platform.base, { phone: true });
    await kiosk.page.getByRole('button', { name: 'Freeze a card', exact: true }).click();
    const code = await shownCode(kiosk);
    await phone.signIn('ada', 'portal');
    await phone.go(`/visits/${code}`);
    await phone.page.getByRole('button', { name: /the same/ }).click();
    await kiosk.page.getByRole('list').getByRole('button').first().click();
    await kiosk.page.getByRole('button', { name: 'Freeze a card', exact: true }).click();
    await kiosk.page.getByText('Done: freeze a card').waitFor();
    await kiosk.screen('sixty-3-kiosk');
    await kiosk.page.getByRole('button', { name: 'End session' }).click();
    await kiosk.page.getByRole('heading', { name: 'How can we help?' }).waitFor();
    const left = await kiosk.page.evaluate(
      async () => (await fetch('/session')).json() as Promise<{ audience: string }>,
    );
    expect(left.audience).toBe('device');
    expect((await cards()).filter(({ state }) => state === 'frozen')).toHaveLength(1);
    expect([...kiosk.faults, ...phone.faults]).toEqual([]);
    await Promise.all([kiosk.close(), phone.close()]);
  });

  it('as a tool of agents, and as events on the timeline', async () => {
    const { accessToken } = await tokensFor({
      baseUrl: platform.base,
      username: 'ada',
      scopes: ['cards.read', 'cards.write'],
      resource: `${platform.base}/mcp`,
    });
    const agent = new Client({ name: 'a-stock-client', version: '1.0.0' });
    await agent.connect(
      new StreamableHTTPClientTransport(new URL(`${platform.base}/mcp`), {
        requestInit: { headers: { authorization: `Bearer ${accessToken}` } },
      }),
    );
    const { tools } = await agent.listTools();
    expect(tools.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['cards_listCards', 'cards_freezeCard', 'cards_unfreezeCard']),
    );
    const listed = await agent.callTool({ name: 'cards_listCards', arguments: {} });
    expect(JSON.stringify(listed)).toContain('frozen');
    await agent.close();
    await eventually('the fact stands on the timeline', 10_000, async () => {
      const { body } = await api<{ items: { kind: string }[] }>('GET', '/customers/v1/customers/me/timeline?limit=50');
      return body.items.some(({ kind }) => kind === 'card.frozen');
    });
  });

  it('as a page of the reference where it can be tried', async () => {
    const { page } = ada;
    await ada.go('/developers/reference/cards/listCards');
    await page.getByRole('heading', { name: 'See my cards' }).waitFor();
    await page.getByRole('button', { name: 'Send request' }).click();
    await page.getByRole('region', { name: 'What it answered' }).getByText('200', { exact: true }).waitFor();
    await ada.screen('sixty-4-reference');
    expect(performance.now() - droppedAtMs).toBeLessThan(60_000);
  });

  it('a handler takes over from the mock, and no channel changes', async () => {
    const [card] = (await cards()).filter(({ state }) => state === 'frozen') as [Card];
    const runs = (): number => platform.output().split('cards: running').length;
    const before = runs();
    const handlers = path.join(platform.contracts, 'cards/handlers');
    mkdirSync(handlers, { recursive: true });
    writeFileSync(
      path.join(handlers, 'unfreeze-card.ts'),
      `export async function unfreezeCard(input: { cardId: string }, ctx: { principal: { customerId: string } }) {
        const { customerId } = ctx.principal;
        return { status: 201, body: { id: input.cardId, customerId, label: 'Of the bank', last4: '4242', state: 'active' } };
      }`,
    );
    await eventually('the folder was read anew', 20_000, () => runs() > before);
    expect(await api('POST', `/cards/v1/cards/${card.id}/unfreezes`)).toMatchObject({
      status: 201,
      body: { last4: '4242' },
    });
    // What the mock kept was not forgotten when the folder was read anew.
    expect((await cards()).find(({ id }) => id === card.id)?.state).toBe('frozen');
    await ada.go('/portal/do/cards/unfreezeCard');
    await ada.page.getByLabel('Card', { exact: true }).selectOption(card.id);
    await ada.page.getByRole('button', { name: 'Unfreeze a card' }).click();
    await ada.page.getByText('4242').waitFor();
    expect(ada.faults).toEqual([]);
  });
});

async function cards(): Promise<Card[]> {
  return (await api<{ items: Card[] }>('GET', '/cards/v1/cards')).body.items;
}
