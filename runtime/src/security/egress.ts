// The guarded outbound client: the only one for addresses that somebody else chose (webhooks, callbacks, key sets).
// The address that was checked is the one connected: names are resolved once, inside the socket's own look-up.

import { lookup as systemLookup } from 'node:dns';
import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { later, PortError } from '../kernel/index.ts';
import { isPublicAddress } from './addresses.ts';

export interface EgressOptions {
  /** `host:port` pairs that may be reached although private, also over http. Exact; for development and tests. */
  allowed?: readonly string[];
  /** Ports of public addresses that may be reached; default 443 alone. */
  ports?: readonly number[];
  /** Until TCP and TLS stand. */
  connectTimeoutMs?: number;
  /** Until the answer has been read. */
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
  /** Until the answer has been read, where that is less than the client's own time. */
  timeoutMs?: number;
}

export interface OutboundAnswer {
  status: number;
  headers: Readonly<Record<string, string>>;
  /** At most 64 KiB; what is longer is cut and the connection closed. */
  body: string;
}

const mostAnswerBytes = 65_536;

/** For a look-up while somebody waits for the answer. */
const mostLookupMs = 2_000;

export type Egress = (request: OutboundRequest) => Promise<OutboundAnswer>;

/**
 * Resolves when an address may be reached, as far as can be known now; rejects with PortError `refused` and the reason.
 * `looksUp: false` leaves names unresolved: for use inside a transaction.
 */
export type AddressCheck = (url: string, options?: { looksUp: boolean }) => Promise<void>;

/**
 * Makes the client. Rejects with PortError: `refused` for an address that may not be reached, `timeout`, `unavailable`.
 * Redirects are answers like any other and never followed. Environment proxies are not used.
 */
export function createEgress(options: EgressOptions = {}): Egress {
  const { connectTimeoutMs = 3_000, totalTimeoutMs = 15_000, resolve = resolveAll } = options;
  return async ({ url: address, method = 'POST', headers, body, timeoutMs = totalTimeoutMs }) => {
    const { url, isListed } = admitted(address, options);
    const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
    const open = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const request = open(url, {
      method,
      headers: { ...headers, ...length },
      // A connection of its own: none that was opened for another check, and no agent that knows of proxies.
      agent: false,
      lookup: guardedLookup(resolve, isListed),
    });
    return exchange(request, body, { connectTimeoutMs, totalTimeoutMs: Math.min(totalTimeoutMs, timeoutMs) });
  };
}

/**
 * For addresses that somebody registers: what is refused now would be refused at every delivery. Nothing is remembered of
 * it: each request is checked again by itself. A name that cannot be resolved now may be later, so it passes.
 */
export function createAddressCheck(options: EgressOptions = {}): AddressCheck {
  const { resolve = resolveAll } = options;
  return async (address, { looksUp } = { looksUp: true }) => {
    const { url, isListed } = admitted(address, options);
    const host = bareHost(url);
    if (!looksUp || isListed || isIP(host) !== 0) return;
    const found = await new Promise<readonly { address: string }[]>((done) => {
      const stop = later(mostLookupMs, () => done([]));
      resolve(host, (error, addresses) => {
        stop();
        done(error === null ? addresses : []);
      });
    });
    if (found.length > 0 && !found.some((each) => isPublicAddress(each.address)))
      throw new PortError('refused', `${host} has no public address`);
  };
}

/** What of the check needs no look-up: scheme, port and literal address. Throws PortError `refused` with the reason. */
export function checkOutbound(address: string, options: Pick<EgressOptions, 'allowed' | 'ports'> = {}): void {
  admitted(address, options);
}

/** Parses once; refuses what needs no look-up to be refused. */
function admitted(address: string, { allowed = [], ports = [443] }: EgressOptions): { url: URL; isListed: boolean } {
  const url = readUrl(address);
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
  const host = bareHost(url);
  const isListed = allowed.includes(`${host}:${port}`);
  if (!isListed) checkAddress(url, { host, port, ports });
  return { url, isListed };
}

function bareHost(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
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
function checkAddress(url: URL, { host, port, ports }: { host: string; port: number; ports: readonly number[] }): void {
  if (url.protocol !== 'https:') throw new PortError('refused', 'Only https is allowed');
  if (!ports.includes(port)) throw new PortError('refused', `Port ${port} is not allowed`);
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
  { connectTimeoutMs, totalTimeoutMs }: { connectTimeoutMs: number; totalTimeoutMs: number },
): Promise<OutboundAnswer> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      stopConnecting();
      stopWaiting();
      request.destroy();
    };
    const fail = (error: unknown): void => {
      end();
      reject(error instanceof PortError ? error : new PortError('unavailable', 'The address does not answer', error));
    };
    const stopConnecting = later(connectTimeoutMs, () =>
      fail(new PortError('timeout', `No connection within ${connectTimeoutMs} ms`)),
    );
    const stopWaiting = later(totalTimeoutMs, () =>
      fail(new PortError('timeout', `No answer within ${totalTimeoutMs} ms`)),
    );
    request.on('error', fail);
    request.on('socket', (socket) => {
      socket.once('encrypted' in socket ? 'secureConnect' : 'connect', stopConnecting);
    });
    request.on('response', (response) => {
      readAnswer(response).then((answer) => {
        end();
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
