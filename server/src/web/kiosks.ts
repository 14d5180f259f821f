// Shared devices: how one is enrolled by staff, and how a customer makes one their own for a few minutes with their phone.
// Both are short-lived and stand in this process: after a restart one begins anew.

import { randomBytes, randomInt } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LimitStore, Principal, Sessions } from '@plinth/runtime';
import { mayUseCookie } from '@plinth/runtime/pipeline';
import * as oidc from 'openid-client';
import { cookieOf, saidBy, sendJson, type SignIn } from './session.ts';

/** Devices waiting for staff, or for a customer, at once. */
const mostWaiting = 50;
/** A customer's time at a kiosk; the screen resets long before. */
const visitS = 600;
const codeS = 180;
/** Codes that one customer may try. */
const tries = { quota: 20, windowS: 600 };
/** Without letters and digits that look alike. */
const symbols = 'ABCDEFGHJKMNPQRSTUVWXYZ23456789';

interface Enrolment {
  code: oidc.DeviceAuthorizationResponse;
  principal: Principal | undefined;
  failed: boolean;
}

interface Visit {
  /** Session of the device that shows the code: one person enrols many. */
  device: string;
  customer: Principal | undefined;
  until: number;
}

export interface KioskOptions {
  baseUrl: string;
  /** Client of devices that enrol themselves (RFC 8628). */
  clientId: string;
  /** Audience of access tokens. */
  resource: string;
  sessions: Sessions;
  limits: LimitStore;
  signIn: SignIn;
  onError: (error: unknown) => void;
}

/** Keeps the device's own session while a customer uses it. */
const deviceCookie = 'plinth_device';
const enrolCookie = 'plinth_enrol';

export class Kiosks {
  readonly #options: KioskOptions;
  readonly #enrolments = new Map<string, Enrolment>();
  readonly #visits = new Map<string, Visit>();

  constructor(options: KioskOptions) {
    this.#options = options;
  }

  /** Answers `/session/device` and `/session/visit`; false = not ours. */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const [path = ''] = (request.url ?? '').split('?', 1);
    const routes: Record<string, () => Promise<void>> = {
      'POST /session/device': () => this.#enrol(response),
      'GET /session/device': () => this.#enrolled(request, response),
      'POST /session/visit': () => this.#begin(request, response),
      'GET /session/visit': () => this.#arrived(request, response),
      'DELETE /session/visit': () => this.#end(request, response),
    };
    const run = routes[`${request.method} ${path}`];
    if (!run) return false;
    const said = saidBy(request);
    // What is read here changes something, too: it hands out sessions.
    const isOwnPage = said.site === undefined || said.site === 'same-origin';
    if (!isOwnPage || !mayUseCookie(said, [this.#options.baseUrl])) {
      sendJson(response, 403, { error: 'cross-site' });
      return true;
    }
    void run().catch((error: unknown) => {
      this.#options.onError(error);
      if (!response.headersSent) sendJson(response, 503, { error: 'unavailable' });
    });
    return true;
  }

  /** A customer, on their own phone, lets the kiosk with this code act for them. False: no kiosk shows it now. */
  welcome(code: string, customer: Principal): boolean {
    // Nobody finds a kiosk by trying codes.
    if (!this.#options.limits.take(`visits:${customer.subject}`, tries, Date.now()).allowed) return false;
    const visit = this.#visits.get(code.toUpperCase());
    if (!visit || visit.until < Date.now() || visit.customer !== undefined) return false;
    const { sessionId: _own, ...person } = customer;
    visit.customer = { ...person, channel: 'kiosk', channels: ['kiosk'] };
    return true;
  }

  /** The kiosk shows a code, a member of staff types it at the address. */
  async #enrol(response: ServerResponse): Promise<void> {
    if (this.#enrolments.size >= mostWaiting) {
      sendJson(response, 429, { error: 'too many devices wait for their enrolment' });
      return;
    }
    const { baseUrl, clientId, resource, signIn } = this.#options;
    const device = new oidc.Configuration((await signIn.discover()).serverMetadata(), clientId, undefined, oidc.None());
    oidc.allowInsecureRequests(device);
    const code = await oidc.initiateDeviceAuthorization(device, { scope: 'openid', resource });
    const ticket = randomBytes(16).toString('base64url');
    const entry: Enrolment = { code, principal: undefined, failed: false };
    this.#enrolments.set(ticket, entry);
    void this.#wait(device, entry);
    setTimeout(() => this.#enrolments.delete(ticket), code.expires_in * 1000).unref();
    sendJson(
      response,
      201,
      { userCode: code.user_code, address: `${baseUrl}/oidc/device`, expiresIn: code.expires_in },
      { 'set-cookie': signIn.cookie(enrolCookie, ticket, code.expires_in, '/session') },
    );
  }

  /** Until staff have said yes, or the code has ended. */
  async #wait(device: oidc.Configuration, entry: Enrolment): Promise<void> {
    const { resource, signIn } = this.#options;
    try {
      const tokens = await oidc.pollDeviceAuthorizationGrant(device, entry.code, { resource });
      entry.principal = await signIn.firstParty(tokens.access_token);
    } catch {
      // Refused or too late: the device asks for a new code.
    }
    entry.failed = entry.principal === undefined;
  }

  async #enrolled(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const ticket = cookieOf(request, enrolCookie) ?? '';
    const entry = this.#enrolments.get(ticket);
    if (!entry || entry.failed) {
      sendJson(response, 200, { state: 'ended' });
      return;
    }
    if (!entry.principal) {
      sendJson(response, 200, { state: 'waiting' });
      return;
    }
    this.#enrolments.delete(ticket);
    const { sessions, signIn } = this.#options;
    const { id, maxAgeS } = await sessions.start(entry.principal);
    sendJson(response, 200, { state: 'enrolled' }, { 'set-cookie': signIn.cookie(signIn.cookieName, id, maxAgeS) });
  }

  async #begin(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const device = await this.#options.signIn.principalOf(request);
    if (device?.audience !== 'device') {
      sendJson(response, 403, { error: 'only an enrolled device asks for a visit' });
      return;
    }
    for (const [code, visit] of this.#visits)
      if (visit.until < Date.now() || visit.device === device.sessionId) this.#visits.delete(code);
    if (this.#visits.size >= mostWaiting) {
      sendJson(response, 429, { error: 'too many devices wait for a customer' });
      return;
    }
    const code = Array.from({ length: 4 }, () => symbols[randomInt(symbols.length)]).join('');
    this.#visits.set(code, {
      device: device.sessionId ?? device.subject,
      customer: undefined,
      until: Date.now() + codeS * 1000,
    });
    sendJson(response, 201, { code, address: `${this.#options.baseUrl}/visits/${code}`, expiresIn: codeS });
  }

  async #arrived(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { sessions, signIn } = this.#options;
    const device = await signIn.principalOf(request);
    const found = [...this.#visits].find(
      ([, visit]) => device !== undefined && visit.device === device.sessionId && visit.until > Date.now(),
    );
    if (!found) {
      sendJson(response, 200, { state: 'ended' });
      return;
    }
    const [code, { customer }] = found;
    if (!customer) {
      sendJson(response, 200, { state: 'waiting' });
      return;
    }
    this.#visits.delete(code);
    const own = cookieOf(request, signIn.cookieName) ?? '';
    const { id, maxAgeS } = await sessions.start(customer, visitS);
    sendJson(
      response,
      200,
      { state: 'arrived', name: customer.name ?? '' },
      {
        'set-cookie': [
          signIn.cookie(signIn.cookieName, id, maxAgeS),
          signIn.cookie(deviceCookie, own, 12 * 3600, '/session'),
        ],
      },
    );
  }

  /** The customer's session ends, and the device is itself again. */
  async #end(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { sessions, signIn } = this.#options;
    const own = cookieOf(request, deviceCookie);
    const current = cookieOf(request, signIn.cookieName);
    const device = own === undefined ? undefined : await sessions.find(own);
    if (own === undefined || device?.audience !== 'device') {
      sendJson(response, 200, { state: 'nobody' });
      return;
    }
    if (current !== undefined && current !== own) await sessions.end(current);
    sendJson(
      response,
      200,
      { state: 'ended' },
      {
        'set-cookie': [
          signIn.cookie(signIn.cookieName, own, 12 * 3600),
          signIn.cookie(deviceCookie, '', 0, '/session'),
        ],
      },
    );
  }
}
