// Headers of the provider's pages: no script at all, no framing, nothing kept.

import type { ServerResponse } from 'node:http';

export const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  // Forms may lead back to software on this very machine (RFC 8252).
  'content-security-policy':
    "default-src 'none'; style-src 'self'; img-src data:; form-action 'self' http://127.0.0.1:* http://localhost:*; base-uri 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const;

export function sendPage(response: ServerResponse, status: number, html: string): void {
  if (!response.headersSent) response.writeHead(status, pageHeaders).end(html);
}
