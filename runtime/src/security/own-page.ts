// Where a browser says that a request comes from. What a cookie alone may change is asked by our own pages, or not at all:
// a request that says nothing of itself, or that the person typed, is no page's.

/** Methods that change nothing. */
const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

export interface FromBrowser {
  readonly method: string;
  /** `Sec-Fetch-Site` */
  readonly site: string | undefined;
  /** `Origin` */
  readonly origin: string | undefined;
}

/** True for a safe method, and for another one that says it comes from our own origin or from one of `origins`. */
export function mayUseCookie({ method, site, origin }: FromBrowser, origins: readonly string[]): boolean {
  if (safeMethods.has(method) || site === 'same-origin') return true;
  return origin !== undefined && origins.includes(origin);
}
