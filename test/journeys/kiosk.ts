import { eventually } from '@plinth/testing';
import type { Browser } from 'playwright-core';
import { Person } from './chromium.ts';

/** A kiosk at its start screen: staff have typed the code it showed. */
export async function enrolKiosk(browser: Browser, base: string): Promise<Person> {
  const kiosk = await Person.with(browser, base, { kiosk: true });
  const staff = await Person.with(browser, base);
  await kiosk.go('/kiosk/');
  await staff.go('/oidc/device');
  await staff.page.getByLabel('Code').fill(await shownCode(kiosk));
  await staff.page.getByRole('button', { name: 'Continue' }).click();
  await staff.page.getByRole('button', { name: 'Enrol this device' }).click();
  await staff.fillSignIn('mia');
  await staff.page.getByText('The device is enrolled').waitFor();
  await staff.close();
  await kiosk.page.getByRole('heading', { name: 'How can we help?' }).waitFor();
  return kiosk;
}

/** The code on the kiosk's screen. */
export async function shownCode({ page }: Person): Promise<string> {
  const output = page.getByLabel('Code', { exact: true });
  return eventually('a code is shown', 10_000, async () => {
    const text = (await output.innerText()).trim();
    return /^[A-Z0-9-]{4,}$/.test(text) ? text : undefined;
  });
}
