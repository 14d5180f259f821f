// Whose request a proxy passes on. Forwarding headers are written by whoever likes to, so they are read only from proxies
// that configuration names, and from right to left: each proxy appends, and what a stranger wrote stands leftmost.

import { BlockList, isIP } from 'node:net';

/** Hops looked at; a longer chain is nobody's honest one. */
const mostHops = 20;

/** A list of addresses and networks (`10.0.0.0/8`, `::1`) whose word on forwarding is believed. */
export class TrustedProxies {
  readonly #list = new BlockList();
  #last = { address: '', isTrusted: false };

  /** Throws RangeError with the entry that is no address and no network. */
  constructor(entries: readonly string[]) {
    for (const entry of entries) {
      const [address = '', bits] = entry.split('/');
      const kind = isIP(address);
      const most = kind === 4 ? 32 : 128;
      if (kind === 0 || (bits !== undefined && !(/^\d{1,3}$/.test(bits) && Number(bits) <= most))) {
        throw new RangeError(entry);
      }
      this.#list.addSubnet(address, bits === undefined ? most : Number(bits), kind === 4 ? 'ipv4' : 'ipv6');
    }
  }

  trusts(address: string): boolean {
    // Whoever asks is asked about with each request.
    if (address !== this.#last.address) {
      const kind = isIP(address);
      const isTrusted = kind !== 0 && this.#list.check(address, kind === 4 ? 'ipv4' : 'ipv6');
      this.#last = { address, isTrusted };
    }
    return this.#last.isTrusted;
  }

  /**
   * Address of the caller behind `peer`. A chain that cannot be read counts up to the last trusted proxy; so do
   * `X-Forwarded-For` and `Forwarded` that disagree, since the proxy writes only one of them (RFC 7239 7.4, 8.1).
   */
  callerOf(peer: string, header: (name: string) => string | undefined): string {
    const near = plainAddress(peer) ?? peer;
    if (!this.trusts(near)) return near;
    const plain = header('x-forwarded-for');
    const standard = header('forwarded');
    if (plain === undefined && standard === undefined) return near;
    const byPlain = plain === undefined ? undefined : this.#walk(near, plain.split(','));
    const byStandard =
      standard === undefined
        ? undefined
        : this.#walk(
            near,
            standard.split(',').map((hop) => partOf(hop, 'for')),
          );
    if (byPlain !== undefined && byStandard !== undefined && byPlain !== byStandard) return near;
    return byPlain ?? byStandard ?? near;
  }

  /**
   * How the caller asked the proxy that we see. `X-Forwarded-Proto` and `Forwarded` that disagree, or say neither
   * `http` nor `https`, count for nothing; so does a peer that is no trusted proxy.
   */
  schemeOf(peer: string, header: (name: string) => string | undefined): 'http' | 'https' | undefined {
    if (!this.trusts(plainAddress(peer) ?? peer)) return undefined;
    const plain = header('x-forwarded-proto')?.split(',');
    const standard = header('forwarded')
      ?.split(',')
      .map((hop) => partOf(hop, 'proto'));
    const told = new Set([plain, standard].flatMap((hops) => hops?.at(-1)?.trim().toLowerCase() ?? []));
    const [scheme] = told;
    return told.size === 1 && (scheme === 'http' || scheme === 'https') ? scheme : undefined;
  }

  #walk(near: string, hops: readonly (string | undefined)[]): string {
    let caller = near;
    for (const hop of hops.slice(-mostHops).toReversed()) {
      const address = hop === undefined ? undefined : plainAddress(hop);
      if (address === undefined) return caller;
      caller = address;
      if (!this.trusts(address)) return caller;
    }
    return caller;
  }
}

/** One address without brackets, port and IPv4 mapping; undefined for names, `unknown` and hidden ones. */
export function plainAddress(text: string): string | undefined {
  const trimmed = text.trim().replace(/^"(.*)"$/, '$1');
  const inner = /^\[([^\]]+)\](?::\d{1,5})?$/.exec(trimmed)?.[1] ?? /^([\d.]+):\d{1,5}$/.exec(trimmed)?.[1] ?? trimmed;
  const bare = (inner.split('%')[0] as string).toLowerCase().replace(/^::ffff:(?=[\d.]+$)/, '');
  return isIP(bare) === 0 ? undefined : bare;
}

/**
 * What of an address one customer holds: an IPv6 household has a network of 64 bits. A listener for both kinds of addresses
 * gives those of IPv4 as IPv6, all in one network: each is itself.
 */
export function networkOf(given: string): string {
  const address = given.startsWith('::ffff:') ? (plainAddress(given) ?? given) : given;
  if (isIP(address) !== 6) return address;
  const [head = '', tail] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const filled =
    tail === undefined ? left : [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right];
  return filled.slice(0, 4).join(':');
}

/** True for an address of this machine. */
export function isOwnAddress(address: string): boolean {
  return address === '::1' || address.startsWith('127.') || address.startsWith('::ffff:127.');
}

function partOf(element: string, name: string): string | undefined {
  for (const pair of element.split(';', 8)) {
    const at = pair.indexOf('=');
    if (at > 0 && pair.slice(0, at).trim().toLowerCase() === name) return pair.slice(at + 1).replace(/^"(.*)"$/, '$1');
  }
  return undefined;
}
