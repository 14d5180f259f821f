// Sign-in and consent: what the provider calls interactions.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Provider } from 'oidc-provider';
import { type Account, passwordClass } from './account.ts';
import { clients, nameOf, sameText } from './clients.ts';
import { consentPage, messagePage, signInPage } from './pages.ts';
import { sendPage } from './respond.ts';

type Details = Awaited<ReturnType<Provider['interactionDetails']>>;

interface Interaction {
  request: IncomingMessage;
  response: ServerResponse;
  details: Details;
  clientId: string;
  /** How the page calls the software. */
  client: string;
}

const staffOnly = 'A device is enrolled by staff. Sign in with a staff account.';

export class Interactions {
  readonly #provider: Provider;
  readonly #accounts: readonly Account[];

  constructor(provider: Provider, accounts: readonly Account[]) {
    this.#provider = provider;
    this.#accounts = accounts;
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, , , uid = '', act] = (request.url ?? '').split('?', 1)[0]?.split('/') ?? [];
    const details = await this.#provider.interactionDetails(request, response);
    if (details.uid !== uid) throw new Error('another interaction');
    const clientId = String(details.params['client_id']);
    const found = await this.#provider.Client.find(clientId);
    const at: Interaction = { request, response, details, clientId, client: nameOf(found ?? { clientId }) };
    if (request.method !== 'POST') this.#show(at);
    else if (act === 'login') await this.#login(at, new URLSearchParams(await readForm(request)));
    else if (act === 'allow' && !this.#isForeignDevice(at)) await this.#allow(at);
    else
      await this.#provider.interactionFinished(request, response, {
        error: 'access_denied',
        error_description: 'The person did not allow it.',
      });
  }

  #show(at: Interaction): void {
    const { response, details } = at;
    if (details.prompt.name !== 'consent') sendPage(response, 200, this.#signIn(at));
    else if (this.#isForeignDevice(at)) sendPage(response, 403, messagePage('You cannot enrol a device', staffOnly));
    else sendPage(response, 200, consentPage(details.uid, at.client, wishes(details)));
  }

  async #login(at: Interaction, form: URLSearchParams): Promise<void> {
    const { request, response } = at;
    const username = (form.get('username') ?? '').trim().toLowerCase();
    const account = this.#accounts.find((entry) => entry.username === username);
    if (!account || !sameText(account.password, form.get('password') ?? '')) {
      sendPage(response, 401, this.#signIn(at, 'User name and password do not belong together.'));
      return;
    }
    if (at.clientId === clients.kiosk && account.audience !== 'staff') {
      sendPage(response, 403, this.#signIn(at, staffOnly));
      return;
    }
    await this.#provider.interactionFinished(request, response, {
      login: { accountId: account.id, acr: passwordClass },
    });
  }

  /** Only for software of others: our own pages are never asked about. */
  async #allow({ request, response, details }: Interaction): Promise<void> {
    const { prompt, params, session, grantId } = details;
    const grant =
      (grantId ? await this.#provider.Grant.find(grantId) : undefined) ??
      new this.#provider.Grant({ accountId: session?.accountId ?? '', clientId: String(params['client_id']) });
    const missing = missingOf(prompt.details);
    if (missing.missingOIDCScope) grant.addOIDCScope(missing.missingOIDCScope.join(' '));
    for (const [resource, scopes] of Object.entries(missing.missingResourceScopes ?? {}))
      grant.addResourceScope(resource, scopes.join(' '));
    await this.#provider.interactionFinished(
      request,
      response,
      { consent: { grantId: await grant.save() } },
      { mergeWithLastSubmission: true },
    );
  }

  /** Somebody who is no staff, still signed in from before, at the page of a kiosk. */
  #isForeignDevice({ clientId, details }: Interaction): boolean {
    if (clientId !== clients.kiosk) return false;
    return this.#accounts.find(({ id }) => id === details.session?.accountId)?.audience !== 'staff';
  }

  #signIn({ details, client, clientId }: Interaction, error?: string): string {
    const accounts = this.#accounts.filter(({ audience }) => clientId !== clients.kiosk || audience === 'staff');
    return signInPage({ uid: details.uid, client, accounts, ...(error ? { error } : {}) });
  }
}

interface Missing {
  missingOIDCScope?: string[];
  missingResourceScopes?: Record<string, string[]>;
}

function missingOf(details: unknown): Missing {
  return details as Missing;
}

/** Scopes in words: `orders.read` → "See your orders". */
function wishes({ prompt, params }: Details): string[] {
  const missing = missingOf(prompt.details);
  const scopes = Object.values(missing.missingResourceScopes ?? {}).flat();
  const asked = typeof params['scope'] === 'string' ? params['scope'].split(' ') : [];
  return [
    'Know who you are',
    ...scopes.map((scope) => {
      const [thing = scope, act = ''] = scope.split('.');
      if (act === 'read') return `See your ${thing}`;
      return act === 'write' ? `Change your ${thing}, after asking you` : `Use ${thing}: ${act}`;
    }),
    ...(asked.includes('offline_access') ? ['Stay connected for 14 days while you are away'] : []),
  ];
}

const formBytes = 8192;

async function readForm(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > formBytes) throw new Error('the form is too large');
  }
  return text;
}
