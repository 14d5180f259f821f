// Two small pages of the server's own: what a problem means, and the customer's yes to what software wants to do for
// them. Readable without script.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ProblemType } from '@plinth/contract';
import { type Confirmations, mayUseCookie } from '@plinth/runtime/pipeline';
import type { Kiosks } from './kiosks.ts';
import { saidBy, type SignIn } from './session.ts';
import { pageHeaders } from './static.ts';

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

function send(response: ServerResponse, status: number, title: string, content: string): void {
  const html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escapeHtml(title)} – Northfold</title><link rel="stylesheet" href="/oidc/pages.css"><link rel="icon" href="data:,"></head><body><main><p class="brand"><span></span>Northfold</p>${content}</main></body></html>`;
  response
    .writeHead(status, {
      ...pageHeaders,
      'content-security-policy':
        "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
    })
    .end(html);
}

/** What a page says of a problem; those of the edge itself have no advice for operators. */
type Told = Pick<ProblemType, 'title' | 'status' | 'advice' | 'retryable'> & { operatorAdvice?: string };

/** `/problems/{code}`: what it means and what to do. */
export function problemPage(response: ServerResponse, code: string, known: Told | undefined): void {
  if (!known) {
    send(
      response,
      404,
      'No such problem',
      '<h1>No such problem</h1><p>Neither the platform nor a contract knows a problem with this code.</p>',
    );
    return;
  }
  const operator = known.operatorAdvice ? `<h2>For operators</h2><p>${escapeHtml(known.operatorAdvice)}</p>` : '';
  send(
    response,
    200,
    known.title,
    `<h1>${escapeHtml(known.title)}</h1><p>${escapeHtml(code)} · status ${known.status}${known.retryable ? ' · may be tried again' : ''}</p><p>${escapeHtml(known.advice.replaceAll(/\{\w+\}/g, '…'))}</p>${operator}`,
  );
}

/** `/confirmations/{id}`: the customer, signed in, says yes or no to exactly what is written there. */
export async function confirmationPage(
  request: IncomingMessage,
  response: ServerResponse,
  parts: { id: string; confirmations: Confirmations; signIn: SignIn },
): Promise<void> {
  const { id, confirmations, signIn } = parts;
  const principal = await signIn.principalOf(request);
  if (!principal?.customerId) {
    response
      .writeHead(302, {
        location: `/session/login?returnTo=${encodeURIComponent(`/confirmations/${id}`)}`,
        'cache-control': 'no-store',
      })
      .end();
    return;
  }
  if (request.method === 'POST') {
    if (!mayUseCookie(saidBy(request), [signIn.baseUrl])) {
      send(response, 403, 'Not from here', '<h1>Not from here</h1><p>Open the page again and press there.</p>');
      return;
    }
    const isYes = (await readBody(request)).includes('answer=yes');
    const done = isYes
      ? await confirmations.confirm(id, principal.customerId)
      : (await confirmations.void(id, principal.customerId), true);
    const [title, text] = !done
      ? ['This question has ended', 'It was answered before, or took too long. Nothing was done.']
      : isYes
        ? ['Thank you', 'It will be done now. You can go back to where you came from.']
        : ['Nothing will be done', 'You can go back to where you came from.'];
    send(response, 200, title, `<h1>${title}</h1><p>${text}</p>`);
    return;
  }
  const asked = await confirmations.find(id, principal.customerId);
  if (asked?.state !== 'readBack') {
    send(
      response,
      404,
      'This question has ended',
      '<h1>This question has ended</h1><p>It was answered before, took too long, or is not for you. Nothing was done.</p>',
    );
    return;
  }
  send(
    response,
    200,
    'Shall we?',
    `<h1>Shall we?</h1><p>Software that acts for you wants to do this:</p><p class="code-text">${escapeHtml(asked.readback)}</p>
<form method="post"><button class="primary" name="answer" value="yes" type="submit">Yes, do it</button><button class="quiet" name="answer" value="no" type="submit">No</button></form>`,
  );
}

/** `/visits/{code}`: the customer, signed in on their phone, lets the kiosk that shows this code act for them. */
export async function visitPage(
  request: IncomingMessage,
  response: ServerResponse,
  parts: { code: string; kiosks: Kiosks; signIn: SignIn },
): Promise<void> {
  const { code, kiosks, signIn } = parts;
  const principal = await signIn.principalOf(request);
  if (!/^[A-Z0-9]{4}$/i.test(code) || (principal && principal.audience !== 'customer')) {
    send(response, 404, 'No such kiosk', '<h1>No such kiosk</h1><p>Type the four signs that the kiosk shows.</p>');
    return;
  }
  if (!principal) {
    const location = `/session/login?returnTo=${encodeURIComponent(`/visits/${code}`)}`;
    response.writeHead(302, { location, 'cache-control': 'no-store' }).end();
    return;
  }
  if (request.method !== 'POST') {
    send(
      response,
      200,
      'Use this kiosk',
      `<h1>Use this kiosk?</h1><p>The kiosk in front of you must show the same signs:</p><p class="code">${escapeHtml(code.toUpperCase())}</p><p>It then acts for you, ${escapeHtml(principal.name ?? 'our customer')}, until you end it, or ten minutes at most.</p>
<form method="post"><button class="primary" type="submit">Yes, they are the same</button></form>`,
    );
    return;
  }
  if (!mayUseCookie(saidBy(request), [signIn.baseUrl])) {
    send(response, 403, 'Not from here', '<h1>Not from here</h1><p>Open the page again and press there.</p>');
    return;
  }
  const [title, text] = kiosks.welcome(code, principal)
    ? ['Go on at the kiosk', 'It knows you now. Press “End session” there when you are done.']
    : ['This code has ended', 'Take the new one that the kiosk shows.'];
  send(response, 200, title, `<h1>${title}</h1><p>${text}</p>`);
}

async function readBody(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > 1024) break;
  }
  return text;
}
