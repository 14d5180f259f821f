// Calls of one signed-in person or piece of software.

import { randomUUID } from 'node:crypto';
import { sessionOf } from '@plinth/testing';

export interface Answer<Body = Record<string, unknown>> {
  status: number;
  headers: Headers;
  body: Body;
}

export type Caller = <Body = Record<string, unknown>>(
  method: string,
  path: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
) => Promise<Answer<Body>>;

/** Calls with headers that say who it is. Everything that changes something has an Idempotency-Key of its own. */
export function callerWith(base: string, who: Readonly<Record<string, string>>): Caller {
  return async (method, path, body, headers = {}) => {
    const response = await fetch(base + path, {
      method,
      headers: {
        ...who,
        ...(method === 'GET' ? {} : { 'idempotency-key': randomUUID() }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: (text === '' ? {} : JSON.parse(text)) as never };
  };
}

/** A person of the demo, by a session as their browser has one. */
export async function personAt(base: string, username: string): Promise<Caller> {
  const browser = await sessionOf({ baseUrl: base, username });
  return callerWith(base, { cookie: browser.cookies(), 'sec-fetch-site': 'same-origin' });
}

/** Software with a token or an API key. */
export function softwareAt(base: string, token: string): Caller {
  return callerWith(base, { authorization: `Bearer ${token}` });
}
