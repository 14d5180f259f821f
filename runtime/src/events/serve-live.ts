// `GET /live?topics=orders,jobs` as Server-Sent Events on plain node:http.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Principal } from '../kernel/index.ts';
import type { Live, LiveRefusal } from './live.ts';

/**
 * Answers with a stream, or returns why not (nothing was written then): the caller sends the problem. HEAD gets the head of
 * the stream that GET would open, and opens none.
 * Reads `topics` and `after` of the query, and `Last-Event-ID`, which wins.
 */
export function serveLive(
  live: Live,
  exchange: { request: IncomingMessage; response: ServerResponse },
  principal: Principal,
): LiveRefusal | undefined {
  const { request, response } = exchange;
  const query = new URLSearchParams((request.url ?? '').split('?', 2)[1] ?? '');
  const topics = (query.get('topics') ?? '').split(',', 100);
  if (request.method === 'HEAD') {
    const refusal = live.refusalOf({ principal, topics });
    if (refusal === undefined) response.writeHead(200, headers).end();
    return refusal;
  }
  const header = request.headers['last-event-id'];
  const lastEventId = (typeof header === 'string' && header !== '' ? header : query.get('after')) ?? undefined;
  const opened = live.open({
    principal,
    topics,
    lastEventId,
    sink: {
      write(text) {
        if (!response.headersSent) response.writeHead(200, headers);
        response.write(text);
      },
      backlogBytes: () => response.writableLength,
      close() {
        response.end();
      },
    },
  });
  if (typeof opened === 'string') return opened;
  request.socket.setTimeout(0);
  response.once('close', opened);
  return undefined;
}

const headers = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-store',
  'X-Accel-Buffering': 'no',
  'X-Content-Type-Options': 'nosniff',
} as const;
