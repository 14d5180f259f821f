// What a page of the site is, and what all kinds of pages share.

import type { Generator } from '../../generate/instance.ts';
import type { Contract } from '../../model/contract.ts';
import { html, type Markup } from './html.ts';
import { type Kind, type Places, relative } from './place.ts';
import type { View } from './schema-view.ts';

export interface PageContext {
  contract: Contract;
  places: Places;
  generator: Generator;
}

/** What a page holds; the site puts its frame around it. */
export interface Page {
  path: string;
  title: string;
  /** More words to find it by. */
  words: string;
  main: Markup;
  /** Stands beside it where there is room, else below. */
  beside?: Markup;
}

/** A link to a page, or the plain name where there is none. */
export function linked(
  kind: Kind,
  name: string,
  { places, from }: Pick<View, 'places' | 'from'>,
  label = name,
): Markup {
  const file = places.file(kind, name);
  return file === undefined ? html`<code>${name}</code>` : html`<a href="${relative(from, file)}">${label}</a>`;
}

/** The way back to the contract. */
export function crumb(from: string, { contract, places }: PageContext): Markup {
  return html`<a href="${relative(from, places.index)}">${contract.title}</a>`;
}
