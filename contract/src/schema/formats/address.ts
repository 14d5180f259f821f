// URIs and IRIs (RFC 3986, 3987) and URI templates (RFC 6570), each read once from left to right.

import { isIpv6 } from './network.ts';

// What may stand where, one bit each, for ASCII.
const path = 1;
const query = 2;
const user = 4;
const name = 8;
const allowed = new Uint8Array(128);
const unreservedAndDelimiters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=";
for (const letter of unreservedAndDelimiters) allowed[letter.charCodeAt(0)] = path | query | user | name;
allowed[58] = path | query | user;
allowed[64] = path | query;
allowed[47] = path | query;
allowed[63] = query;

interface Span {
  text: string;
  international: boolean;
}

export function isUri(text: string): boolean {
  return isAddress({ text, international: false }, true);
}
export function isUriReference(text: string): boolean {
  return isAddress({ text, international: false }, false);
}
export function isIri(text: string): boolean {
  return isAddress({ text, international: true }, true);
}
export function isIriReference(text: string): boolean {
  return isAddress({ text, international: true }, false);
}

function isAddress(span: Span, absolute: boolean): boolean {
  const { text } = span;
  let at = schemeEnd(text);
  if (at < 0 || (absolute && at === 0)) return false;
  let end = text.indexOf('#', at);
  if (end >= 0) {
    if (!consists(span, end + 1, text.length, query)) return false;
  } else end = text.length;
  const mark = text.indexOf('?', at);
  if (mark >= 0 && mark < end) {
    if (!consists(span, mark + 1, end, query)) return false;
    end = mark;
  }
  if (text.charCodeAt(at) === 47 && text.charCodeAt(at + 1) === 47) {
    const slash = text.indexOf('/', at + 2);
    const authorityEnd = slash < 0 || slash > end ? end : slash;
    if (!isAuthority(span, at + 2, authorityEnd)) return false;
    at = authorityEnd;
  }
  return consists(span, at, end, path);
}

/** Place after `scheme:`; 0 without a scheme; -1 where a colon stands that ends none. */
function schemeEnd(text: string): number {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 58) return at === 0 ? -1 : at + 1;
    if (code === 47 || code === 63 || code === 35) return 0;
    const lower = code | 32;
    const isLetter = lower >= 97 && lower <= 122 && code < 128;
    const isLater = (code >= 48 && code <= 57) || code === 43 || code === 45 || code === 46;
    if (!isLetter && !(at > 0 && isLater)) {
      // No scheme: then no colon may stand in the first segment.
      const colon = text.indexOf(':', at);
      const segmentEnd = /[/?#]/.exec(text)?.index ?? text.length;
      return colon >= 0 && colon < segmentEnd ? -1 : 0;
    }
  }
  return 0;
}

function isAuthority(span: Span, start: number, end: number): boolean {
  const { text } = span;
  const sign = text.indexOf('@', start);
  let at = start;
  if (sign >= 0 && sign < end) {
    if (!consists(span, start, sign, user)) return false;
    at = sign + 1;
  }
  let hostEnd: number;
  if (text.charCodeAt(at) === 91) {
    const close = text.indexOf(']', at);
    if (close < 0 || close >= end) return false;
    const literal = text.slice(at + 1, close);
    if (!isIpv6(literal) && !/^v[0-9a-f]+\.[-\w.~!$&'()*+,;=:]+$/i.test(literal)) return false;
    hostEnd = close + 1;
  } else {
    const colon = text.indexOf(':', at);
    hostEnd = colon < 0 || colon > end ? end : colon;
    if (!consists(span, at, hostEnd, name)) return false;
  }
  if (hostEnd === end) return true;
  if (text.charCodeAt(hostEnd) !== 58) return false;
  for (let digit = hostEnd + 1; digit < end; digit++) {
    const code = text.charCodeAt(digit);
    if (code < 48 || code > 57) return false;
  }
  return true;
}

function consists({ text, international }: Span, start: number, end: number, where: number): boolean {
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code === 37) {
      if (at + 2 >= end || !isHex(text.charCodeAt(at + 1)) || !isHex(text.charCodeAt(at + 2))) return false;
      at += 2;
    } else if (code < 128) {
      if (((allowed[code] ?? 0) & where) === 0) return false;
    } else if (!international || !isInternational(code, where)) return false;
  }
  return true;
}

/** UTF-16 units of `ucschar`; in queries also of `iprivate`. */
function isInternational(code: number, where: number): boolean {
  if (code < 0xa0 || (code >= 0xfdd0 && code <= 0xfdef) || code > 0xffef) return false;
  return code < 0xe000 || code > 0xf8ff || where === query;
}

function isHex(code: number): boolean {
  const lower = code | 32;
  return (code >= 48 && code <= 57) || (lower >= 97 && lower <= 102);
}

const variable = String.raw`(?:\w|%[0-9a-fA-F]{2})+(?:\.(?:\w|%[0-9a-fA-F]{2})+)*(?:\*|:[1-9]\d{0,3})?`;
const expression = new RegExp(`^[+#./;?&]?${variable}(?:,${variable})*$`);
/** Signs that a literal part may not hold, beside controls and the space. */
const notLiteral = new Set(Array.from('"<>\\^`{|}', (sign) => sign.charCodeAt(0)));

export function isUriTemplate(text: string): boolean {
  let at = 0;
  for (;;) {
    const open = text.indexOf('{', at);
    if (!isLiteral(text, at, open < 0 ? text.length : open)) return false;
    if (open < 0) return true;
    const close = text.indexOf('}', open);
    if (close < 0 || !expression.test(text.slice(open + 1, close))) return false;
    at = close + 1;
  }
}

function isLiteral(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code === 37) {
      if (at + 2 >= end || !isHex(text.charCodeAt(at + 1)) || !isHex(text.charCodeAt(at + 2))) return false;
      at += 2;
    } else if (code <= 32 || (code >= 127 && code < 160) || notLiteral.has(code)) return false;
  }
  return true;
}
