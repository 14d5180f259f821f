// Which addresses may be reached from inside: public ones. Everything else is refused by range, whatever spells it.

import { BlockList, isIP } from 'node:net';

const ipv4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const;

/** Unspecified, loopback, v4-mapped, NAT64, 6to4, Teredo, ULA, link-local, site-local, multicast, documentation. */
const ipv6 = [
  ['::', 96],
  ['::ffff:0:0', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 32],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
] as const;

const refused = new BlockList();
for (const [net, bits] of ipv4) refused.addSubnet(net, bits, 'ipv4');
for (const [net, bits] of ipv6) refused.addSubnet(net, bits, 'ipv6');

/** True for a public unicast address; false for everything private, special or unreadable. */
export function isPublicAddress(address: string): boolean {
  const bare = address.split('%')[0] as string;
  const kind = isIP(bare);
  if (kind === 0) return false;
  return !refused.check(bare, kind === 4 ? 'ipv4' : 'ipv6');
}

/**
 * True when the address is one of the list or lies in one of its networks (`203.0.113.7`, `198.51.100.0/24`). What cannot
 * be read matches nothing. An IPv4 address in IPv6 clothes (`::ffff:…`) is itself.
 */
export function isListed(address: string, list: readonly string[]): boolean {
  const bare = address.replace(/^::ffff:(?=\d+\.)/i, '');
  const kind = isIP(bare);
  if (kind === 0) return false;
  const networks = new BlockList();
  for (const each of list) {
    const [net = '', bits] = each.split('/', 2);
    const netKind = isIP(net);
    if (netKind === 0) continue;
    const most = netKind === 4 ? 32 : 128;
    const width = bits === undefined ? most : Number(bits);
    if (Number.isInteger(width) && width >= 0 && width <= most)
      networks.addSubnet(net, width, netKind === 4 ? 'ipv4' : 'ipv6');
  }
  return networks.check(bare, kind === 4 ? 'ipv4' : 'ipv6');
}
