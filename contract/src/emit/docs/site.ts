// Contracts as a static site: readable without script and without a server; with script one can search and call.

import { createGenerator } from '../../generate/instance.ts';
import { isObject } from '../../load/pointer.ts';
import type { Contract } from '../../model/contract.ts';
import { html, join, type Markup, nothing } from './html.ts';
import { type Page, pagesOf } from './pages.ts';
import { Places, relative } from './place.ts';
import { script } from './script.ts';
import { style } from './style.ts';

export interface DocsOptions {
  /** Heading of the site; default the contract's title, with several contracts `Reference`. */
  title?: string;
  /** Dates the examples. */
  now: Temporal.Instant;
}

/** Files by path. Same contracts and options, same bytes. Links are relative: the site works in any folder. */
export function emitDocs(contracts: readonly Contract[], options: DocsOptions): Record<string, string> {
  const title = options.title ?? (contracts.length === 1 ? (contracts[0]?.title ?? '') : 'Reference');
  const files: Record<string, string> = { 'style.css': style, 'docs.js': script };
  const taken = new Set<string>();
  const index: [title: string, path: string, words: string][] = [];
  const homes: Page[] = [];
  for (const contract of contracts) {
    const places = new Places(contract, taken);
    const generator = createGenerator({ document: contract.document, seed: 1, now: options.now });
    const frame = { title, policy: securityPolicy(contract) };
    for (const page of pagesOf({ contract, places, generator })) {
      files[page.path] = document(page, frame);
      index.push([page.title, page.path, page.words]);
      if (page.path === places.index) homes.push(page);
    }
  }
  const links = homes.map(({ path, title: name }) => html`<li><a href="${path}">${name}</a></li>`);
  const home: Page = {
    path: 'index.html',
    title,
    words: '',
    main: html`<h1>${title}</h1>
      <ul>
        ${links}
      </ul>`,
  };
  files['index.html'] = document(home, { title, policy: securityPolicy() });
  files['search.json'] = JSON.stringify(index);
  return files;
}

/**
 * Content Security Policy of a page: nothing but the site's own style and script; calls only to the site and to the
 * servers the contract names.
 */
function securityPolicy(contract?: Contract): string {
  const servers = contract && Array.isArray(contract.document['servers']) ? contract.document['servers'] : [];
  const origins = servers.flatMap((server) => {
    const url = isObject(server) ? server['url'] : undefined;
    if (typeof url !== 'string' || !URL.canParse(url)) return [];
    const { origin, protocol } = new URL(url);
    return protocol === 'https:' || protocol === 'http:' ? [origin] : [];
  });
  const connect = ["'self'", ...new Set(origins)].join(' ');
  return `default-src 'none'; style-src 'self'; script-src 'self'; connect-src ${connect}; base-uri 'none'; form-action 'none'`;
}

function document(page: Page, site: { title: string; policy: string }): string {
  const root = relative(page.path, '');
  const home = relative(page.path, 'index.html');
  const name: Markup = page.title === site.title ? nothing : html` – ${site.title}`;
  const { markup } = join([
    html`<!doctype html>
      <html lang="en" data-root="${root}">
        <head>
          <meta charset="utf-8" />
          <meta http-equiv="Content-Security-Policy" content="${site.policy}" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <title>${page.title}${name}</title>
          <link rel="stylesheet" href="${root}style.css" />
          <script src="${root}docs.js" defer></script>
        </head>
        <body>
          <a class="skip" href="#main">To the content</a>
          <header>
            <a class="name" href="${home}">${site.title}</a>
            <div class="search" role="search" hidden>
              <label>Find <input type="search" autocomplete="off" /></label>
              <ul hidden></ul>
              <span class="muted" role="status"></span>
            </div>
          </header>
          <main id="main">${page.main}</main>
          <footer>Made by <code>plinth docs</code>.</footer>
        </body>
      </html> `,
  ]);
  return markup;
}
