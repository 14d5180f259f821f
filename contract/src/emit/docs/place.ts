// Where each page stands. All links are relative, so that a site works in any folder and from a disk.

import type { Contract } from '../../model/contract.ts';

export type Kind = 'operations' | 'schemas' | 'events' | 'problems';

/** File names of one contract's pages; names that differ only in case get different files. */
export class Places {
  readonly folder: string;
  readonly #files = new Map<string, string>();

  /** Path of the contract's index from the site's root. */
  readonly index: string;

  /** `alone`: the only contract of its site, whose index is the site's. */
  constructor(contract: Contract, { taken, alone }: { taken: Set<string>; alone: boolean }) {
    this.folder = free(slug(contract.id), taken);
    this.index = alone ? 'index.html' : `${this.folder}/index.html`;
    const used = new Set<string>();
    const add = (kind: Kind, name: string): void => {
      this.#files.set(`${kind}/${name}`, free(`${this.folder}/${kind}/${slug(name)}`, used));
    };
    for (const { id } of [...contract.operations, ...contract.webhooks]) add('operations', id);
    for (const name of contract.schemas.keys()) add('schemas', name);
    for (const { type } of contract.events) add('events', type);
    for (const { code } of contract.problems) add('problems', code);
  }

  /** Path from the site's root; undefined when there is no such page. */
  file(kind: Kind, name: string): string | undefined {
    const found = this.#files.get(`${kind}/${name}`);
    return found === undefined ? undefined : `${found}.html`;
  }
}

/** The way from one file of the site to another. */
export function relative(from: string, to: string): string {
  return `${'../'.repeat(from.split('/').length - 1)}${to}`;
}

function slug(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9._-]/g, '_').replace(/^\.+/, '_') || '_';
}

function free(wanted: string, taken: Set<string>): string {
  let name = wanted;
  for (let count = 2; taken.has(name.toLowerCase()); count++) name = `${wanted}-${count}`;
  taken.add(name.toLowerCase());
  return name;
}
