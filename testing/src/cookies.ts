// A browser without pages: keeps cookies and follows redirects by hand, so that tests see each step.

export class Browser {
  readonly #cookies = new Map<string, string>();

  /** One request, redirects not followed. */
  async fetch(target: string | URL, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.#cookies.size > 0) headers.set('cookie', this.cookies());
    const response = await fetch(target, { ...init, headers, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) this.#keep(line);
    return response;
  }

  /** Follows redirects until an answer that is none, or one that leads to `until`; at most 12. */
  async visit(target: string | URL, init: RequestInit = {}, until?: (target: URL) => boolean): Promise<Visited> {
    let url = new URL(target);
    let response = await this.fetch(url, init);
    for (let hops = 0; hops < 12; hops++) {
      const location = response.headers.get('location');
      if (response.status < 300 || response.status > 399 || location === null) return { url, response };
      url = new URL(location, url);
      if (until?.(url)) return { url, response };
      await response.body?.cancel();
      response = await this.fetch(url);
    }
    throw new Error(`more than 12 redirects, last to ${url.href}`);
  }

  /** Value of the `cookie` header. */
  cookies(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  #keep(line: string): void {
    const [pair = '', ...attributes] = line.split(';');
    const at = pair.indexOf('=');
    const name = pair.slice(0, at).trim();
    const value = pair.slice(at + 1).trim();
    const isOver = attributes.some(
      (each) => /^\s*max-age=(0|-\d+)\s*$/i.test(each) || /^\s*expires=.*\b19[67]\d\b/i.test(each),
    );
    if (isOver || value === '') this.#cookies.delete(name);
    else this.#cookies.set(name, value);
  }
}

export interface Visited {
  url: URL;
  response: Response;
}
