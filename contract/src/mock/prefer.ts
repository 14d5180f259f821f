// The header `Prefer` (RFC 7240) as a mock reads it.

export interface Preferences {
  /** Status to answer with. */
  code?: number;
  /** Name of the example to answer with. */
  example?: string;
  /** Generated values even where the contract shows an example. */
  dynamic: boolean;
}

/** Unknown preferences are ignored, as the RFC asks. Only the first 500 letters are read. */
export function readPreferences(header: string | undefined): Preferences {
  const preferences: Preferences = { dynamic: false };
  for (const part of (header ?? '').slice(0, 500).split(/[,;]/)) {
    const [name = '', value = ''] = part.split('=', 2).map((word) => word.trim().replaceAll('"', ''));
    if (name === 'code' && /^[1-5][0-9]{2}$/.test(value)) preferences.code = Number(value);
    if (name === 'example' && value !== '') preferences.example = value;
    if (name === 'dynamic') preferences.dynamic = value !== 'false';
  }
  return preferences;
}
