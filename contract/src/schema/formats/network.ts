// Addresses of hosts and mailboxes: RFC 1123, 2673, 4291, 5321.

import { isInternationalLabel } from './international.ts';

export function isIpv4(text: string): boolean {
  if (text.length > 15) return false;
  let dots = 0;
  let value = -1;
  for (let at = 0; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 48;
    if (digit === -2) {
      if (value < 0) return false;
      dots += 1;
      value = -1;
    } else {
      // A leading zero would be octal to some readers.
      if (digit < 0 || digit > 9 || value === 0) return false;
      value = value < 0 ? digit : value * 10 + digit;
      if (value > 255) return false;
    }
  }
  return dots === 3 && value >= 0;
}

export function isIpv6(text: string): boolean {
  if (text.length < 2 || text.length > 45) return false;
  const gap = text.indexOf('::');
  if (gap < 0) return groupsOf(text, true) === 8;
  if (text.includes('::', gap + 1)) return false;
  const before = gap === 0 ? 0 : groupsOf(text.slice(0, gap), false);
  const after = gap + 2 === text.length ? 0 : groupsOf(text.slice(gap + 2), true);
  return before >= 0 && after >= 0 && before + after <= 7;
}

/** How many groups of 16 bits stand there; -1 when something else does. An IPv4 address may stand last: two groups. */
function groupsOf(text: string, last: boolean): number {
  const parts = text.split(':');
  let groups = 0;
  for (const [index, part] of parts.entries()) {
    if (last && index === parts.length - 1 && part.includes('.')) {
      if (!isIpv4(part)) return -1;
      groups += 2;
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups += 1;
    else return -1;
  }
  return groups;
}

const mostHostname = 253;
const mostLabel = 63;

/** Labels of letters, digits and inner hyphens; one that begins with `xn--` must name an international label. */
export function isHostname(text: string): boolean {
  if (text.length === 0 || text.length > mostHostname) return false;
  let start = 0;
  for (let at = 0; at <= text.length; at++) {
    const code = at < text.length ? text.charCodeAt(at) : 46;
    if (code === 46) {
      if (!isLabel(text, start, at)) return false;
      start = at + 1;
    } else if (!isLetterOrDigit(code) && code !== 45) return false;
  }
  return true;
}

function isLabel(text: string, start: number, end: number): boolean {
  const size = end - start;
  if (size < 1 || size > mostLabel || text.charCodeAt(start) === 45 || text.charCodeAt(end - 1) === 45) return false;
  const isEncoded = size >= 4 && text.charCodeAt(start + 2) === 45 && text.charCodeAt(start + 3) === 45;
  if (!isEncoded || !/^xn--/i.test(text.slice(start, start + 4))) return true;
  return isInternationalLabel(text.slice(start, end));
}

function isLetterOrDigit(code: number): boolean {
  const lower = code | 32;
  return (code >= 48 && code <= 57) || (lower >= 97 && lower <= 122 && code < 128);
}

const atomSigns = new Set(Array.from("!#$%&'*+-/=?^_`{|}~", (sign) => sign.charCodeAt(0)));
const mostLocal = 64;

export function isEmail(text: string): boolean {
  return isMailbox(text, isHostname, false);
}

/** Letters of all scripts on both sides. */
export function isIdnEmail(text: string): boolean {
  return isMailbox(text, isLooseHostname, true);
}

function isMailbox(text: string, isDomain: (text: string) => boolean, international: boolean): boolean {
  const at = text.lastIndexOf('@');
  if (at < 1 || at > mostLocal) return false;
  const isLocal = text.charCodeAt(0) === 34 ? isQuoted(text, at) : isDotAtom(text, at, international);
  if (!isLocal) return false;
  const domain = text.slice(at + 1);
  return domain.startsWith('[') ? isAddressLiteral(domain) : isDomain(domain);
}

function isDotAtom(text: string, end: number, international: boolean): boolean {
  let previous = 46;
  for (let at = 0; at < end; at++) {
    const code = text.charCodeAt(at);
    if (
      code === 46 ? previous === 46 : !(isLetterOrDigit(code) || atomSigns.has(code) || (international && code > 127))
    )
      return false;
    previous = code;
  }
  return previous !== 46;
}

/** `"…"` up to a place: a backslash makes the next sign plain. */
function isQuoted(text: string, end: number): boolean {
  if (end < 3 || text.charCodeAt(end - 1) !== 34) return false;
  for (let at = 1; at < end - 1; at++) {
    const code = text.charCodeAt(at);
    if (code < 32 || code === 34 || code === 127) return false;
    if (code === 92 && ++at === end - 1) return false;
  }
  return true;
}

function isAddressLiteral(text: string): boolean {
  if (!text.endsWith(']')) return false;
  const address = text.slice(1, -1);
  return /^ipv6:/i.test(address) ? isIpv6(address.slice(5)) : isIpv4(address);
}

/** Non-empty labels of letters, digits, hyphens and whatever is not ASCII, but for the wide `@`. */
function isLooseHostname(text: string): boolean {
  return text.length <= mostHostname && text.split('.').every(isLooseLabel);
}

function isLooseLabel(label: string): boolean {
  for (let at = 0; at < label.length; at++) {
    const code = label.charCodeAt(at);
    if (code < 128 ? !isLetterOrDigit(code) && code !== 45 : code === 0xff20) return false;
  }
  return label !== '';
}
