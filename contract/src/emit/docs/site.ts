// Contracts as a static site: readable without script and without a server; with script one can search and call.

import { createGenerator } from '../../generate/instance.ts';
import type { Contract } from '../../model/contract.ts';
import { originsOf } from '../samples.ts';
import { contentsOf, groupsOf } from './groups.ts';
import { html, join, type Markup, nothing } from './html.ts';
import type { Page } from './page.ts';
import { pagesOf } from './pages.ts';
import { Places, relative } from './place.ts';
import { script } from './script.ts';
import { icon, style } from './style.ts';

export interface DocsOptions {
  /** Heading of the site; default the contract's title, with several contracts `Reference`. */
  title?: string;
  /** Dates the examples. */
  now: Temporal.Instant;
}

/** Files by path. Same contracts and options, same bytes. Links are relative: the site works in any folder. */
export function emitDocs(contracts: readonly Contract[], options: DocsOptions): Record<string, string> {
  const title = options.title ?? (contracts.length === 1 ? (contracts[0]?.title ?? '') : 'Reference');
  const files: Record<string, string> = { 'style.css': style, 'docs.js': script, 'icon.svg': icon };
  const taken = new Set<string>();
  const index: [title: string, path: string, words: string][] = [];
  const homes: Page[] = [];
  for (const contract of contracts) {
    const places = new Places(contract, { taken, alone: contracts.length === 1 });
    const generator = createGenerator({ document: contract.document, seed: 1, now: options.now });
    const contents = contentsOf(groupsOf(contract), places);
    for (const page of pagesOf({ contract, places, generator })) {
      const nav = contents(page.path);
      files[page.path] = document(page, { title, policy: securityPolicy(contract), nav });
      index.push([page.title, page.path, page.words]);
      if (page.path === places.index) homes.push(page);
    }
  }
  if (contracts.length !== 1) {
    const links = homes.map(({ path, title: name }) => html`<li><a href="${path}">${name}</a></li>`);
    const main = html`<h1>${title}</h1>
      <ul class="rows">
        ${links}
      </ul>`;
    files['index.html'] = document({ path: 'index.html', title, words: '', main }, { title, policy: securityPolicy() });
  }
  files['search.js'] = `globalThis.pages = ${JSON.stringify(index)};\n`;
  return files;
}

/**
 * Content Security Policy of a page: nothing but the site's own style and script; calls only to the site and to the
 * servers the contract names.
 */
function securityPolicy(contract?: Contract): string {
  const connect = ["'self'", ...(contract ? originsOf(contract) : [])].join(' ');
  return `default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src ${connect}; base-uri 'none'; form-action 'none'`;
}

interface Frame {
  title: string;
  policy: string;
  /** Contents beside the page. */
  nav?: Markup;
}

function document(page: Page, { title, policy, nav }: Frame): string {
  const root = relative(page.path, '');
  const home = relative(page.path, 'index.html');
  const name: Markup = page.title === title ? nothing : html` – ${title}`;
  const { markup } = join([
    html`<!doctype html>
      <html lang="en" data-root="${root}">
        <head>
          <meta charset="utf-8" />
          <meta http-equiv="Content-Security-Policy" content="${policy}" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <title>${page.title}${name}</title>
          <link rel="icon" href="${root}icon.svg" />
          <link rel="stylesheet" href="${root}style.css" />
          <script src="${root}docs.js" defer></script>
        </head>
        <body>
          <a class="skip" href="#main">To the content</a>
          <header>
            <a class="name" href="${home}">${title}</a>
            ${nav ? html`<a class="to-contents" href="#contents">Contents</a>` : nothing}
            <div class="search" role="search" hidden>
              <label>Search <kbd>/</kbd> <input type="search" autocomplete="off" /></label>
              <ul hidden></ul>
              <span class="unseen" role="status"></span>
            </div>
          </header>
          <div class="frame">
            <main id="main">
              <article>${page.main}</article>
              ${page.beside ? html`<aside aria-label="Example">${page.beside}</aside>` : nothing}
            </main>
            ${nav ? html`<nav id="contents" aria-label="Contents">${nav}</nav>` : nothing}
          </div>
          <footer>Made by <code>plinth docs</code>.</footer>
        </body>
      </html> `,
  ]);
  return markup;
}
