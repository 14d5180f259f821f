// Reads the head of a plain request: one that came whole and says nothing unusual of itself or its connection. It takes less
// than Node's parser does, and never anything else: whatever is not plain is left to that parser, byte by byte as it came.
// RFC 9112 (syntax, framing), RFC 9110 5 (fields).

/** One field line: as it was sent, with its end, and what it says. */
interface Line {
  readonly text: string;
  /** Its name, the colon, and the space behind it. */
  readonly start: string;
  /** In lower case. */
  readonly name: string;
  readonly value: string;
}

export interface PlainHead {
  readonly method: string;
  /** As sent: path and query, not decoded. */
  readonly target: string;
  readonly lines: readonly Line[];
  /** Bytes before the body. */
  readonly bytes: number;
  /** Of the body; 0 = there is none. */
  readonly bodyBytes: number;
}

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
const end = Buffer.from('\r\n\r\n');
const version = ' HTTP/1.1';
/** Beyond these a head is left to Node, whose limits are greater. */
const mostHeadBytes = 8 * 1024;
const mostLines = 48;
/** What is remembered of a longer head would be more than a connection may cost. */
const mostKeptBytes = 4 * 1024;

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Visible ASCII, spaces and tabs, neither first nor last. */
const plainValue = /^(?:[!-~](?:[\t -~]*[!-~])?)?$/;
/** An origin-form target without a fragment. */
const plainTarget = /^\/[!"$-~]*$/;
const wholeNumber = /^(?:0|[1-9]\d{0,7})$/;

/**
 * They say how a message is framed or what becomes of the connection, or Node gives them another form than the text that was
 * sent.
 */
const unusual = new Set([
  'expect',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'set-cookie',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Names in lower case, one text for each: equal texts that are the same are compared at once. */
const names = new Map<string, string>();
const mostNames = 1_000;

function nameOf(sent: string): string {
  const known = names.get(sent);
  if (known !== undefined) return known;
  // As the key of an object a text becomes the same as that of the code that asks for it.
  const [lower = ''] = Object.keys({ [sent.toLowerCase()]: true });
  if (names.size < mostNames) names.set(sent, lower);
  return lower;
}

const noLines: readonly Line[] = [];

/** The heads of one connection. Callers send the same lines again and again: one that is known is not read anew. */
export class HeadReader {
  /** Of the request before: each name once, a host among them. */
  #lines = noLines;
  /** Text of the first of them, which have not changed yet, and how many these are. */
  #same = '';
  #sameLines = 0;
  #bodyBytes = 0;

  /** undefined: it is not plain. Nothing of it has been taken then. */
  read(chunk: Buffer): PlainHead | undefined {
    const length = chunk.indexOf(end) + end.length;
    if (length < end.length || length > mostHeadBytes) return undefined;
    const text = chunk.toString('latin1', 0, length);
    const lineEnd = text.indexOf('\r\n');
    const space = text.indexOf(' ');
    const targetEnd = lineEnd - version.length;
    if (space < 0 || !text.startsWith(version, targetEnd)) return undefined;
    const method = text.slice(0, space);
    const target = text.slice(space + 1, targetEnd);
    if (!methods.has(method) || !plainTarget.test(target)) return undefined;
    const lines = this.#readLines(text, lineEnd + 2);
    if (lines === undefined) return undefined;
    this.#keep(length > mostKeptBytes ? noLines : lines);
    return { method, target, lines, bytes: length, bodyBytes: this.#bodyBytes };
  }

  #keep(lines: readonly Line[]): void {
    const isFirst = this.#lines.length === 0;
    this.#lines = lines;
    if (isFirst || lines.length < this.#sameLines) this.#know(lines.length);
  }

  /** Only so many lines are the same as before. */
  #know(lines: number): void {
    this.#sameLines = lines;
    this.#same = this.#lines
      .slice(0, lines)
      .map(({ text }) => text)
      .join('');
  }

  /** What was known stays as it is: an earlier request of this connection may still be looked at. */
  #readLines(text: string, start: number): readonly Line[] | undefined {
    const known = this.#lines;
    const last = text.length - 2;
    let lines: Line[] | undefined;
    let hasNewName = false;
    let count = 0;
    let at = start;
    // A slice costs nothing, and is compared by the word; `startsWith` goes letter by letter.
    if (text.slice(at, at + this.#same.length) === this.#same) {
      count = this.#sameLines;
      at += this.#same.length;
    }
    for (; at < last; count++) {
      const before = known[count];
      let line = before;
      if (before === undefined || text.slice(at, at + before.text.length) !== before.text) {
        line = readValue(text, at, before) ?? readLine(text, at);
        if (line === undefined) return undefined;
        if (lines === undefined) {
          lines = known.slice(0, count);
          if (count < this.#sameLines) this.#know(count);
        }
        hasNewName ||= line.name !== before?.name;
      }
      lines?.push(line as Line);
      at += (line as Line).text.length;
    }
    if (count === 0) return undefined;
    if (lines === undefined && count === known.length) return known;
    lines ??= known.slice(0, count);
    return this.#isFramed(lines, hasNewName || count !== known.length) ? lines : undefined;
  }

  /** Whether it is known for whom the request is and where it ends, and everybody would say the same of it. */
  #isFramed(lines: readonly Line[], hasNewName: boolean): boolean {
    if (hasNewName) {
      if (lines.length > mostLines) return false;
      if (new Set(lines.map(({ name }) => name)).size < lines.length) return false;
      if (!lines.some(({ name }) => name === 'host')) return false;
    }
    const length = valueOf(lines, 'content-length') ?? '0';
    this.#bodyBytes = Number(length);
    return wholeNumber.test(length);
  }
}

/** What a field says; undefined = it is not there. */
export function valueOf(lines: readonly Line[], name: string): string | undefined {
  // Counted: an iterator for each of a dozen questions would cost more than the answers.
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index];
    if (line?.name === name) return line.value;
  }
  return undefined;
}

/** A line that begins as the one of before; undefined = it does not, or is not plain. */
function readValue(text: string, at: number, before: Line | undefined): Line | undefined {
  if (before === undefined || before.name === 'connection') return undefined;
  const { start, name } = before;
  const valueAt = at + start.length;
  if (text.slice(at, valueAt) !== start) return undefined;
  const lineEnd = text.indexOf('\r\n', valueAt);
  const value = text.slice(valueAt, lineEnd);
  return plainValue.test(value) ? { text: text.slice(at, lineEnd + 2), start, name, value } : undefined;
}

function readLine(text: string, at: number): Line | undefined {
  const lineEnd = text.indexOf('\r\n', at);
  const colon = text.indexOf(':', at);
  // A line without a colon has its end in its name, which is no token then.
  const sent = text.slice(at, colon);
  const valueAt = text[colon + 1] === ' ' ? colon + 2 : colon + 1;
  const value = text.slice(valueAt, lineEnd);
  if (!token.test(sent) || !plainValue.test(value)) return undefined;
  const name = nameOf(sent);
  if (unusual.has(name) || name in Object.prototype) return undefined;
  if (name === 'connection' && value.toLowerCase() !== 'keep-alive') return undefined;
  return { text: text.slice(at, lineEnd + 2), start: text.slice(at, valueAt), name, value };
}
