// `WWW-Authenticate` of bearer tokens (RFC 6750 3), with where tokens come from (RFC 9728 5.1).

/** Makes the value of the field; parameters in the order given, those that are undefined left out. */
export type Challenge = (parameters: Readonly<Record<string, string | undefined>>) => string;

/** `metadata`: address of the protected resource's metadata, where there is one. Values hold neither quotes nor backslashes. */
export function challengeOf(metadata?: string): Challenge {
  return (parameters) => {
    const all = Object.entries({ realm: 'plinth', ...parameters, resource_metadata: metadata });
    const told = all.filter(([, value]) => value !== undefined && value !== '');
    return `Bearer ${told.map(([name, value]) => `${name}="${value}"`).join(', ')}`;
  };
}
