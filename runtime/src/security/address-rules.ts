// From where a key may be used: addresses and networks in CIDR form.

import { BlockList, isIP } from 'node:net';

/** True for an IP address or a network like `192.0.2.0/24`, `2001:db8::/32`. */
export function isAddressRule(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const kind = isIP(address);
  if (kind === 0 || address.includes('%') || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (kind === 4 ? 32 : 128));
}

/** Rules ready to be asked; undefined when there are none: then it is allowed from everywhere. */
export function compileAddressRules(rules: readonly string[] = []): BlockList | undefined {
  if (rules.length === 0) return undefined;
  const list = new BlockList();
  for (const rule of rules) {
    const [address = '', bits] = rule.split('/');
    const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
}

/** Addresses of IPv4 callers on an IPv6 socket (`::ffff:192.0.2.1`) meet IPv4 rules. An unknown address meets none. */
export function isAllowedFrom(rules: BlockList, address: string | undefined): boolean {
  const bare = address?.startsWith('::ffff:') === true && address.includes('.') ? address.slice(7) : (address ?? '');
  const kind = isIP(bare);
  return kind !== 0 && rules.check(bare, kind === 4 ? 'ipv4' : 'ipv6');
}
