// Domain names in all scripts: IDNA 2008 (RFC 5890 to 5893) with Punycode (RFC 3492). Character classes come from the
// engine's Unicode tables; where JavaScript has no property (joining types, bidirectional classes) the blocks of the
// scripts concerned stand for it.

const separators = /[.\u3002\uFF0E\uFF61]/u;
const mostHostname = 253;
const mostLabel = 63;

/** A name in Unicode or in its ASCII form. */
export function isIdnHostname(text: string): boolean {
  if (text.length === 0 || text.length > mostHostname * 4) return false;
  const labels = text.split(separators);
  const decoded: string[] = [];
  let bytes = labels.length - 1;
  for (const label of labels) {
    const unicode = unicodeOf(label);
    if (unicode === undefined) return false;
    decoded.push(unicode);
    bytes += asciiOf(unicode).length;
  }
  return bytes <= mostHostname && isWellDirected(decoded);
}

/** One `xn--` label: it must decode to a valid label, and encode to itself again. */
export function isInternationalLabel(label: string): boolean {
  const unicode = unicodeOf(label);
  return unicode !== undefined && isWellDirected([unicode]);
}

/** The Unicode form of a valid label. */
function unicodeOf(label: string): string | undefined {
  if (isAscii(label) && !/^xn--/i.test(label)) {
    const isPlain = label.length <= mostLabel && /^(?!-)[a-z0-9-]+(?<!-)$/i.test(label) && label.slice(2, 4) !== '--';
    return isPlain ? label.toLowerCase() : undefined;
  }
  if (!/^xn--/i.test(label)) return isUnicodeLabel(label) && asciiOf(label).length <= mostLabel ? label : undefined;
  if (label.length > mostLabel) return undefined;
  const unicode = decode(label.slice(4).toLowerCase());
  if (unicode === undefined || !isUnicodeLabel(unicode)) return undefined;
  return asciiOf(unicode) === label.toLowerCase() ? unicode : undefined;
}

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 127) return false;
  return true;
}

function asciiOf(label: string): string {
  return isAscii(label) ? label : `xn--${encode(label)}`;
}

const allowedExceptions = /^[\u00DF\u03C2\u06FD\u06FE\u0F0B\u3007]$/u;
const refusedExceptions = new Set('\u0640 \u07FA \u302E \u302F \u3031 \u3032 \u3033 \u3034 \u3035 \u303B'.split(' '));
const oldHangul = /^[\u1100-\u11FF\uA960-\uA97F\uD7B0-\uD7FF]$/u;
const lettersAndDigits = /^[\p{Ll}\p{Lo}\p{Lm}\p{Mn}\p{Mc}\p{Nd}]$/u;
const ignorable = /^[\p{Default_Ignorable_Code_Point}\p{White_Space}\p{Noncharacter_Code_Point}]$/u;

function isUnicodeLabel(label: string): boolean {
  if (label === '' || label.startsWith('-') || label.endsWith('-') || label.slice(2, 4) === '--') return false;
  if (label.normalize('NFC') !== label || /^\p{M}/u.test(label)) return false;
  const letters = Array.from(label);
  return letters.every(
    (letter, index) =>
      isAllowed(letter) || contexts[letter]?.(letters, index) === true || isDigitInContext(letter, label),
  );
}

function isAllowed(letter: string): boolean {
  if (/^[a-z0-9-]$/.test(letter) || allowedExceptions.test(letter)) return true;
  if (refusedExceptions.has(letter) || letter in contexts || arabicDigits.test(letter)) return false;
  if (oldHangul.test(letter) || ignorable.test(letter) || !lettersAndDigits.test(letter)) return false;
  const folded = letter.normalize('NFKC').toLowerCase().normalize('NFKC');
  return folded === letter;
}

const arabicDigits = /[\u0660-\u0669\u06F0-\u06F9]/u;

/** The two kinds of Arabic digits are not mixed. */
function isDigitInContext(letter: string, label: string): boolean {
  if (!arabicDigits.test(letter)) return false;
  return letter < '\u06F0' ? !/[\u06F0-\u06F9]/u.test(label) : !/[\u0660-\u0669]/u.test(label);
}

type Context = (letters: readonly string[], index: number) => boolean;

const hebrew: Context = (letters, index) => /\p{Script=Hebrew}/u.test(letters[index - 1] ?? '');

/** Letters that are allowed in company only. */
const contexts: Readonly<Record<string, Context>> = {
  '\u00B7': (letters, index) => letters[index - 1] === 'l' && letters[index + 1] === 'l',
  '\u0375': (letters, index) => /\p{Script=Greek}/u.test(letters[index + 1] ?? ''),
  '\u05F3': hebrew,
  '\u05F4': hebrew,
  '\u30FB': (letters) => /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u.test(letters.join('')),
  '\u200D': (letters, index) => virama.test(letters[index - 1] ?? ''),
  '\u200C': (letters, index) => virama.test(letters[index - 1] ?? '') || isBetweenJoining(letters, index),
};

const virama = new RegExp(
  `^[${[
    '\\u094D\\u09CD\\u0A4D\\u0ACD\\u0B4D\\u0BCD\\u0C4D\\u0CCD\\u0D3B\\u0D3C\\u0D4D\\u0DCA\\u0E3A\\u0EBA\\u0F84',
    '\\u1039\\u103A\\u1714\\u1715\\u1734\\u17D2\\u1A60\\u1B44\\u1BAA\\u1BAB\\u1BF2\\u1BF3\\u2D7F\\uA806\\uA82C',
    '\\uA8C4\\uA953\\uA9C0\\uAAF6\\uABED\\u{10A3F}\\u{11046}\\u{11070}\\u{1107F}\\u{110B9}\\u{11133}\\u{11134}',
    '\\u{111C0}\\u{11235}\\u{112EA}\\u{1134D}\\u{11442}\\u{114C2}\\u{115BF}\\u{1163F}\\u{116B6}\\u{1172B}\\u{11839}',
    '\\u{1193D}\\u{1193E}\\u{119E0}\\u{11A34}\\u{11A47}\\u{11A99}\\u{11C3F}\\u{11D44}\\u{11D45}\\u{11D97}',
  ].join('')}]$`,
  'u',
);
const cursive =
  /^[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Nko}\p{Script=Mandaic}\p{Script=Mongolian}\p{Script=Phags_Pa}]$/u;
/** Cursive letters that join on their right only. */
const rightJoining =
  /^[\u0622-\u0625\u0627\u0629\u062F-\u0632\u0648\u0671-\u0673\u0675-\u0677\u0688-\u0699\u06C0\u06C3-\u06CB\u06CD\u06CF\u06D2\u06D3\u06D5\u06EE\u06EF]$/u;

function isBetweenJoining(letters: readonly string[], index: number): boolean {
  const mark = /^\p{M}$/u;
  let before = index - 1;
  while (mark.test(letters[before] ?? '')) before -= 1;
  let after = index + 1;
  while (mark.test(letters[after] ?? '')) after += 1;
  const left = letters[before] ?? '';
  return cursive.test(left) && !rightJoining.test(left) && cursive.test(letters[after] ?? '');
}

const rightToLeft =
  /[\u0590-\u065F\u066A-\u06EF\u06FA-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFF\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]/u;
const arabicNumber = /[\u0660-\u0669\u066B\u066C]/u;
const europeanNumber = /[0-9\u06F0-\u06F9]/u;

function isRight(letter: string): boolean {
  return rightToLeft.test(letter) && !/^\p{Mn}$/u.test(letter);
}

function isLeft(letter: string): boolean {
  return /^[\p{L}\p{Mc}]$/u.test(letter) && !isRight(letter) && !europeanNumber.test(letter);
}

/** RFC 5893: once a label runs from right to left, each label keeps to one direction. */
function isWellDirected(labels: readonly string[]): boolean {
  const anyRight = labels.some((label) =>
    Array.from(label).some((letter) => isRight(letter) || arabicNumber.test(letter)),
  );
  if (!anyRight) return true;
  return labels.every((label) => {
    const letters = Array.from(label);
    const last = letters.findLast((letter) => !/^\p{Mn}$/u.test(letter)) ?? '';
    const [first = ''] = letters;
    if (isRight(first)) {
      if (letters.some(isLeft) || (arabicNumber.test(label) && europeanNumber.test(label))) return false;
      return isRight(last) || arabicNumber.test(last) || europeanNumber.test(last);
    }
    if (!isLeft(first) || letters.some((letter) => isRight(letter) || arabicNumber.test(letter))) return false;
    return isLeft(last) || europeanNumber.test(last);
  });
}

// Punycode's parameters, in the names of RFC 3492.
const base = 36;
const [tmin, tmax, skew, damp, initialBias, initialN] = [1, 26, 38, 700, 72, 128];

function adapt(delta: number, count: number, first: boolean): number {
  let rest = first ? Math.floor(delta / damp) : delta >> 1;
  rest += Math.floor(rest / count);
  let k = 0;
  for (; rest > ((base - tmin) * tmax) / 2; k += base) rest = Math.floor(rest / (base - tmin));
  return k + Math.floor(((base - tmin + 1) * rest) / (rest + skew));
}

function threshold(k: number, bias: number): number {
  return Math.min(tmax, Math.max(tmin, k - bias));
}

/** At most 63 letters come in, so the work is bounded. */
function decode(text: string): string | undefined {
  const split = text.lastIndexOf('-');
  const output = Array.from(split > 0 ? text.slice(0, split) : '', (letter) => letter.codePointAt(0) ?? 0);
  let [n, bias, i, at] = [initialN, initialBias, 0, split > 0 ? split + 1 : 0];
  if (at === text.length) return undefined;
  while (at < text.length) {
    const before = i;
    for (let weight = 1, k = base; ; k += base) {
      const digit = Number.parseInt(text[at++] ?? '!', base);
      // Punycode counts letters first, then digits.
      const value = Number.isNaN(digit) ? base : digit < 10 ? digit + 26 : digit - 10;
      if (value >= base) return undefined;
      i += value * weight;
      const t = threshold(k, bias);
      if (value < t) break;
      weight *= base - t;
      if (weight > 0x7fffffff) return undefined;
    }
    const size = output.length + 1;
    bias = adapt(i - before, size, before === 0);
    n += Math.floor(i / size);
    i %= size;
    if (n > 0x10ffff || (n >= 0xd800 && n <= 0xdfff)) return undefined;
    output.splice(i++, 0, n);
  }
  return String.fromCodePoint(...output);
}

function encode(text: string): string {
  const points = Array.from(text, (letter) => letter.codePointAt(0) ?? 0);
  const basic = points.filter((point) => point < 128);
  let output = String.fromCodePoint(...basic) + (basic.length > 0 ? '-' : '');
  let [n, delta, bias, handled] = [initialN, 0, initialBias, basic.length];
  while (handled < points.length) {
    const next = points.reduce((least, point) => (point >= n && point < least ? point : least), 0x7fffffff);
    delta += (next - n) * (handled + 1);
    n = next;
    for (const point of points) {
      if (point < n) delta += 1;
      if (point !== n) continue;
      let q = delta;
      for (let k = base; ; k += base) {
        const t = threshold(k, bias);
        if (q < t) break;
        output += digitOf(t + ((q - t) % (base - t)));
        q = Math.floor((q - t) / (base - t));
      }
      output += digitOf(q);
      bias = adapt(delta, handled + 1, handled === basic.length);
      delta = 0;
      handled += 1;
    }
    delta += 1;
    n += 1;
  }
  return output;
}

function digitOf(value: number): string {
  return String.fromCharCode(value < 26 ? value + 97 : value + 22);
}
