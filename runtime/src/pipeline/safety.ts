// What every answer says to browsers, whatever it is.

/** A year. Other hosts of the same domain are not ours to promise for. */
const strictTransport = 'max-age=31536000';

/**
 * Fields of every answer, alternating names and values: types are not guessed (Fetch standard, "nosniff"), addresses are not
 * told to other sites, and where `baseUrl` is https no browser asks without TLS again (RFC 6797).
 */
export function safetyHeaders(baseUrl: string): readonly string[] {
  const always = ['X-Content-Type-Options', 'nosniff', 'Referrer-Policy', 'no-referrer'];
  return baseUrl.startsWith('https:') ? [...always, 'Strict-Transport-Security', strictTransport] : always;
}
