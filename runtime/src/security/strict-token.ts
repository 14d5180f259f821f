// The shape of a token before anything of it is believed. Libraries are lenient here (padding, spaces, unused bits,
// duplicate claims); each leniency is a way to make two readers see two tokens. Source: RFC 7515, 7519, 8725, 9068.

const shape = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;
const mostBytes = 8192;
const refusedHeaders = ['jku', 'x5u', 'x5c', 'jwk', 'crit', 'b64', 'cty', 'zip', 'enc'] as const;

export interface TokenHead {
  alg: string;
  typ: string | undefined;
  kid: string | undefined;
}

export type Claims = Readonly<Record<string, unknown>>;

/** Header and (unverified) claims, or why the token is not even looked at. The reason is for logs, not for callers. */
export function readToken(token: string): { head: TokenHead; claims: Claims } | { refused: string } {
  if (token.length > mostBytes) return { refused: 'longer than 8 KiB' };
  if (!shape.test(token)) return { refused: 'not three base64url parts' };
  const parts = token.split('.') as [string, string, string];
  if (!parts.every(isCanonical)) return { refused: 'base64url is not canonical' };
  const head = readObject(parts[0]);
  const claims = readObject(parts[1]);
  if (head === undefined || claims === undefined) return { refused: 'header or claims are not one JSON object' };
  const named = refusedHeaders.find((name) => head[name] !== undefined);
  if (named !== undefined) return { refused: `header member ${named}` };
  const { alg, typ, kid } = head;
  if (typeof alg !== 'string' || /^none$/i.test(alg)) return { refused: 'no algorithm' };
  if (typ !== undefined && typeof typ !== 'string') return { refused: 'typ is not a string' };
  if (kid !== undefined && typeof kid !== 'string') return { refused: 'kid is not a string' };
  return { head: { alg, typ, kid }, claims };
}

/** Unused bits are zero and there is no second spelling of the same bytes. */
function isCanonical(part: string): boolean {
  return Buffer.from(part, 'base64url').toString('base64url') === part;
}

function readObject(part: string): Record<string, unknown> | undefined {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(part, 'base64url'));
    const value: unknown = JSON.parse(text, keepIntegers);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    return hasDuplicateMember(text) ? undefined : (value as Record<string, unknown>);
  } catch {
    // Whatever is wrong with it, the caller refuses the token.
    return undefined;
  }
}

const times = new Set(['exp', 'nbf', 'iat', 'auth_time']);

/** Times are written as integers: `1.8e9` and `1800000000.0` become NaN, which is no time. */
function keepIntegers(name: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number' || !times.has(name)) return value;
  return context?.source !== undefined && /^\d+$/.test(context.source) ? value : Number.NaN;
}

const colon = /[ \t\n\r]*:/y;

function isFollowedByColon(text: string, index: number): boolean {
  colon.lastIndex = index;
  return colon.test(text);
}

/** True when any object of valid JSON `text` names a member twice, in any escaping. */
export function hasDuplicateMember(text: string): boolean {
  const open: (Set<string> | undefined)[] = [];
  for (let index = 0; index < text.length; index++) {
    const letter = text[index];
    if (letter === '{') open.push(new Set());
    else if (letter === '[') open.push(undefined);
    else if (letter === '}' || letter === ']') open.pop();
    else if (letter === '"') {
      const start = index;
      for (index++; text[index] !== '"'; index++) if (text[index] === '\\') index++;
      const names = open.at(-1);
      if (names === undefined || !isFollowedByColon(text, index + 1)) continue;
      const name = JSON.parse(text.slice(start, index + 1)) as string;
      if (names.has(name)) return true;
      names.add(name);
    }
  }
  return false;
}
