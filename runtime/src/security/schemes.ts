// Which security schemes of a contract are met by API keys.

/** Bearer and apiKey schemes that are no tokens; everything else is met by tokens and sessions. */
export function isOfKeys(scheme: Readonly<Record<string, unknown>> | undefined): boolean {
  const isBearer = scheme?.['type'] === 'http' && scheme['scheme'] === 'bearer';
  return scheme?.['type'] === 'apiKey' || (isBearer && scheme['bearerFormat'] !== 'JWT');
}
