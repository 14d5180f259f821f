// The header `Prefer` (RFC 7240) as a mock reads it. A preference that was followed is named in `Preference-Applied`.

/** What happens to an answer on its way: the connection breaks, nothing comes, half of it comes, no JSON comes. */
export type Fault = 'reset' | 'timeout' | 'truncate' | 'malformed';

export interface Preferences {
  /** Status to answer with; nothing is kept or changed then. */
  code?: number;
  /** Name of the example to answer with. */
  example?: string;
  /** Generated values even where the contract shows an example or something is kept. */
  dynamic?: boolean;
  /** Seed of generated values for this one answer. */
  seed?: number;
  /** `off`: as if nothing were kept; nothing is changed. */
  state?: 'off';
  /** Milliseconds before the answer. */
  delayMs?: number;
  fault?: Fault;
  /** 202 with a job where the contract allows it. */
  respondAsync?: boolean;
}

/** Longest wait a caller may ask for. */
export const mostDelayMs = 60_000;
const faults: readonly string[] = ['reset', 'timeout', 'truncate', 'malformed'];

/** Unknown preferences and values are ignored, as the RFC asks. Only the first 500 letters are read. */
export function readPreferences(header: string | undefined): Preferences {
  const preferences: Preferences = {};
  if (header === undefined) return preferences;
  for (const part of header.slice(0, 500).split(/[,;]/)) {
    const [name = '', value = ''] = part.split('=', 2).map((word) => word.trim().replaceAll('"', ''));
    readOne(preferences, name.toLowerCase(), value);
  }
  return preferences;
}

function readOne(preferences: Preferences, name: string, value: string): void {
  const isNumber = /^\d{1,9}$/.test(value);
  if (name === 'code' && /^[1-5]\d\d$/.test(value)) preferences.code = Number(value);
  else if (name === 'example' && value !== '') preferences.example = value;
  else if (name === 'dynamic') preferences.dynamic = value !== 'false';
  else if (name === 'seed' && isNumber) preferences.seed = Number(value);
  else if (name === 'state' && value === 'off') preferences.state = 'off';
  else if (name === 'delay' && isNumber) preferences.delayMs = Math.min(mostDelayMs, Number(value));
  else if (name === 'fault' && faults.includes(value)) preferences.fault = value as Fault;
  else if (name === 'respond-async') preferences.respondAsync = true;
}

/** True when the body is asked for as such, whatever is kept. */
export function isStateless({ code, example, dynamic, seed, state }: Preferences): boolean {
  return code !== undefined || example !== undefined || dynamic === true || seed !== undefined || state === 'off';
}
