// The guarded outbound client: the only one for addresses that somebody else chose (webhooks, callbacks, key sets).
// The address that was checked is the one connected: names are resolved once, inside the socket's own look-up.

import { lookup as systemLookup } from 'node:dns';
import { request as httpRequest, type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { PortError } from '../kernel/index.ts';
import { isPublicAddress } from './addresses.ts';

export interface EgressOptions {
  /** `host:port` pairs that may be reached although private, also over http. Exact; for development and tests. */
  allowed?: readonly string[];
  connectTimeoutMs?: number;
  totalTimeoutMs?: number;
  /** Names → addresses; default is the system's. */
  resolve?: LookupAll;
}

export type LookupAll = (
  name: string,
  done: (error: Error | null, found: { address: string; family: number }[]) => void,
) => void;

export interface OutboundRequest {
  url: string;
  method?: 'GET' | 'POST';
  headers?: Readonly<Record<string, string>>;
  body?: string | Uint8Array;
}

export interface OutboundAnswer {
  status: number;
  headers: Readonly<Record<string, string>>;
  /** At most 64 KiB; what is longer is cut and the connection closed. */
  body: string;
}

const mostAnswerBytes = 65_536;

export type Egress = (request: OutboundRequest) => Promise<OutboundAnswer>;

/**
 * Makes the client. Rejects with PortError: `refused` for an address that may not be reached, `timeout`, `unavailable`.
 * Redirects are answers like any other and never followed. Environment proxies are not used.
 */
export function createEgress(options: EgressOptions = {}): Egress {
  const { connectTimeoutMs = 3_000, totalTimeoutMs = 15_000, resolve = resolveAll } = options;
  const allowed = new Set(options.allowed);
  return async (outbound) => {
    const url = readUrl(outbound.url);
    const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const isListed = allowed.has(`${host}:${port}`);
    if (!isListed) checkAddress(url, host, port);
    const settings: RequestOptions = {
      method: outbound.method ?? 'POST',
      headers: {
        ...outbound.headers,
        ...(outbound.body === undefined ? {} : { 'content-length': Buffer.byteLength(outbound.body) }),
      },
      agent: false,
      timeout: connectTimeoutMs,
      lookup: guardedLookup(resolve, isListed),
    };
    const open = url.protocol === 'https:' ? httpsRequest : httpRequest;
    return exchange(open(url, settings), outbound.body, totalTimeoutMs);
  };
}

function readUrl(text: string): URL {
  let url: URL;
  try {
    url = new URL(text);
  } catch (error) {
    throw new PortError('refused', 'The address is not a URL', error);
  }
  if (url.username !== '' || url.password !== '') throw new PortError('refused', 'User information in an address');
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new PortError('refused', `Scheme ${url.protocol}`);
  return url;
}

/** Literals are checked here, because a socket does not look them up. */
function checkAddress(url: URL, host: string, port: number): void {
  if (url.protocol !== 'https:') throw new PortError('refused', 'Only https is allowed');
  if (port !== 443) throw new PortError('refused', `Port ${port} is not allowed`);
  if (isIP(host) !== 0 && !isPublicAddress(host)) throw new PortError('refused', 'A private address');
}

function guardedLookup(resolve: LookupAll, isListed: boolean): LookupFunction {
  return (name, lookupOptions, done) => {
    resolve(name, (error, found) => {
      if (error !== null) return done(error, '', 4);
      const usable = isListed ? found : found.filter(({ address }) => isPublicAddress(address));
      const first = usable[0];
      if (first === undefined) return done(new PortError('refused', `${name} has no public address`), '', 4);
      if (lookupOptions.all === true) return done(null, usable);
      return done(null, first.address, first.family);
    });
  };
}

function resolveAll(name: string, done: Parameters<LookupAll>[1]): void {
  systemLookup(name, { all: true, verbatim: true }, (error, found) => done(error, found));
}

function exchange(
  request: ClientRequest,
  body: OutboundRequest['body'],
  totalTimeoutMs: number,
): Promise<OutboundAnswer> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => {
      clearTimeout(clock);
      request.destroy();
      reject(error instanceof PortError ? error : new PortError('unavailable', 'The address does not answer', error));
    };
    const clock = setTimeout(
      () => fail(new PortError('timeout', `No answer within ${totalTimeoutMs} ms`)),
      totalTimeoutMs,
    );
    request.on('timeout', () => fail(new PortError('timeout', 'The connection takes too long')));
    request.on('error', fail);
    request.on('response', (response) => {
      readAnswer(response).then((answer) => {
        clearTimeout(clock);
        request.destroy();
        return resolve(answer);
      }, fail);
    });
    request.end(body);
  });
}

async function readAnswer(response: IncomingMessage): Promise<OutboundAnswer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    sizeBytes += chunk.length;
    if (sizeBytes >= mostAnswerBytes) break;
  }
  const headers = Object.entries(response.headers).map(([name, value]) => [name, String(value)] as const);
  return {
    status: response.statusCode ?? 0,
    headers: Object.fromEntries(headers),
    body: Buffer.concat(chunks).subarray(0, mostAnswerBytes).toString('utf8'),
  };
}
