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

/**
 * Everything outside global unicast (2000::/3), which leaves out unspecified, loopback, v4-mapped, NAT64, ULA, link-local,
 * site-local and multicast; and in it protocol assignments with Teredo, 6to4, documentation.
 */
const ipv6 = [
  ['::', 3],
  ['4000::', 2],
  ['8000::', 1],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const;

/** A list for each kind: one list of both takes every IPv4 address for the one of IPv6 that it is mapped to. */
const refused4 = new BlockList();
for (const [net, bits] of ipv4) refused4.addSubnet(net, bits, 'ipv4');
const refused6 = new BlockList();
for (const [net, bits] of ipv6) refused6.addSubnet(net, bits, 'ipv6');

/** True for a public unicast address; false for everything private, special or unreadable. */
export function isPublicAddress(address: string): boolean {
  const kind = isIP(address);
  if (kind === 0) return false;
  return kind === 4 ? !refused4.check(address, 'ipv4') : !refused6.check(address, 'ipv6');
}
