// A partner looks after its webhooks in the developers' pages: tries an endpoint, pauses it, changes its secret, and sees
// what was sent and what came back.

import { createPublicKey, verify } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import type { TestDatabase } from '@plinth/testing';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aSeededDatabase } from '../seeded.ts';
import { personAt } from './caller.ts';
import { found, openChromium, Person } from './chromium.ts';
import { freePort, type RunningPlatform, startPlatform } from './platform.ts';

const events = ['order.placed', 'order.cancelled'];

describe.skipIf(!found.there)('the webhook console', () => {
  let database: TestDatabase;
  let platform: RunningPlatform;
  let port: number;
  let receiver: Server;
  let browser: Browser;
  const heard: { path: string; headers: IncomingHttpHeaders; body: string }[] = [];
  /** Path → status. */
  const answers: Record<string, number> = { '/gone': 410 };

  beforeAll(async () => {
    port = await freePort();
    receiver = createServer((request, response) => {
      const { url: path = '', headers } = request;
      void text(request).then((body) => {
        heard.push({ path, headers, body });
        return response.writeHead(answers[path] ?? 200).end('thank you '.repeat(20));
      });
    });
    await new Promise<void>((resolve) => receiver.listen(port, '127.0.0.1', resolve));
    [database, browser] = [await aSeededDatabase(), await openChromium()];
    const env = { PLINTH_ALLOWED_PRIVATE_HOSTS: `127.0.0.1:${port}` };
    platform = await startPlatform({ databaseUrl: database.url, env });
    const petra = await personAt(platform.base, 'petra');
    const app = await petra<{ id: string }>('POST', '/partners/v1/apps', { name: 'Tracker', scopes: ['orders.read'] });
    for (const path of ['/gone', '/hooks/a-rather-long-address-for-a-phone']) {
      const body = { appId: app.body.id, url: `http://127.0.0.1:${port}${path}`, events };
      await petra('POST', '/partners/v1/webhook-endpoints', body);
    }
  });
  afterAll(async () => {
    await browser.close();
    await platform.stop();
    receiver.closeAllConnections();
    receiver.close();
    await database.close();
  });

  it('tries, pauses, resumes and changes the secret of an endpoint', async () => {
    const petra = await Person.with(browser, platform.base);
    await petra.signIn('petra', 'developers');
    await petra.go('/developers/webhooks');
    const { page } = petra;
    const endpoint = (path: string) =>
      page.getByRole('listitem').filter({ hasText: path }).filter({ hasText: 'order.' });
    const press = (path: string, name: string) => endpoint(path).getByRole('button', { name }).click();
    await press('/hooks', 'Send a test');
    const deliveries = page.getByRole('list', { name: 'Deliveries' });
    await deliveries.getByText('Delivered', { exact: true }).first().waitFor();
    await deliveries.getByText('Last answer').first().click();
    await deliveries.getByText('thank you').first().waitFor();
    await press('/gone', 'Send a test');
    await endpoint('/gone').getByText('Switched off: it answered 410.').waitFor({ timeout: 15_000 });
    await press('/hooks', 'Pause');
    await endpoint('/hooks').getByText('Paused').waitFor();
    await press('/hooks', 'Resume');
    await endpoint('/hooks').getByText('Active').waitFor();
    await press('/hooks', 'Change contact');
    await page.getByRole('dialog').getByLabel('Contact').fill('ops@');
    await page.getByRole('button', { name: 'Save contact' }).click();
    await page.getByText('Enter one e-mail address').waitFor();
    await page.getByRole('dialog').getByLabel('Contact').fill('ops@partner.test');
    await page.getByRole('button', { name: 'Save contact' }).click();
    await endpoint('/hooks').getByText('We write to ops@partner.test').waitFor();
    await press('/hooks', 'Change secret');
    await page.getByRole('dialog').getByRole('button', { name: 'Change secret' }).click();
    await page.getByText('It is shown only now').waitFor();
    await page.getByText(/^whsec_.{40}/).waitFor();
    await page.getByLabel('State').selectOption('dead');
    await deliveries.getByText('Answered 410').waitFor();
    expect(await deliveries.getByText('Delivered', { exact: true }).count()).toBe(0);
    expect(petra.faults).toEqual([]);
  });

  it('makes an endpoint with a key pair, whose public keys stay there to be copied and check what is sent', async () => {
    const petra = await Person.with(browser, platform.base);
    await petra.signIn('petra', 'developers');
    await petra.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await petra.go('/developers/webhooks');
    const { page } = petra;
    await page.getByRole('button', { name: 'Add an endpoint' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Address').fill(`http://127.0.0.1:${port}/keyed`);
    await dialog.getByLabel('order.placed').check();
    await dialog.getByLabel('Signature').selectOption('ed25519');
    await petra.screen('webhooks-signature');
    await dialog.getByRole('button', { name: 'Add endpoint' }).click();
    const endpoint = page.getByRole('listitem').filter({ hasText: '/keyed' }).filter({ hasText: 'order.' });
    const keys = endpoint.getByText(/^whpk_.{44}$/);
    await keys.waitFor();
    await endpoint.getByRole('button', { name: 'Change key' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Change key' }).click();
    await endpoint.getByText('Signs too until').waitFor();
    // It is there whenever one comes back, since it is no secret.
    await page.reload();
    await endpoint.getByText('Public key of before').waitFor();
    await endpoint.getByRole('button', { name: 'Copy' }).first().click();
    const shown = await keys.allInnerTexts();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(shown[0]);
    await endpoint.getByRole('button', { name: 'Send a test' }).click();
    await expect.poll(() => heard.find(({ path }) => path === '/keyed'), { timeout: 15_000 }).toBeDefined();
    const message = heard.find(({ path }) => path === '/keyed');
    const signatures = String(message?.headers['webhook-signature']).split(' ');
    expect(shown.map((key) => signatures.map((signature) => isSigned(message, signature, key)))).toEqual([
      [true, false],
      [false, true],
    ]);
    expect(await page.getByText('It is shown only now').count()).toBe(0);
    expect(petra.faults).toEqual([]);
  });

  it.each([{}, { dark: true }, { phone: true }, { phone: true, dark: true }])('fits a screen %j', async (look) => {
    const petra = await Person.with(browser, platform.base, look);
    await petra.signIn('petra', 'developers');
    await petra.go('/developers/webhooks');
    await petra.page.getByRole('list', { name: 'Deliveries' }).waitFor();
    await petra.screen(`webhooks-${Object.keys(look).join('-') || 'light'}`);
    const overflow = await petra.page.evaluate(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    );
    expect(overflow).toBeLessThanOrEqual(0);
    expect(petra.faults).toEqual([]);
  });
});

/** By Ed25519, checked as a receiver does that has the public key alone. */
function isSigned(
  message: { headers: IncomingHttpHeaders; body: string } | undefined,
  signature: string,
  publicKey: string,
): boolean {
  const { 'webhook-id': id, 'webhook-timestamp': time } = message?.headers ?? {};
  const x = Buffer.from(publicKey.slice('whpk_'.length), 'base64').toString('base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  const signed = Buffer.from(`${String(id)}.${String(time)}.${message?.body ?? ''}`);
  return signature.startsWith('v1a,') && verify(null, signed, key, Buffer.from(signature.slice(4), 'base64'));
}
