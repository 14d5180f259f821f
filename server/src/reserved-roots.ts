// Paths of the platform itself, which stand before all contracts.

const roots =
  /^\/(?:(?:livez|readyz|live|mcp)$|(?:session|oidc|jobs|problems|visits|confirmations|\.well-known|__plinth)(?:\/|$)|$)|\/openapi\.json$/;

/** Whether a path would be answered by the platform, and never by an operation of a contract. */
export function isReserved(path: string): boolean {
  return roots.test(path);
}
