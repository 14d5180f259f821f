// What a contract's pages are, in the order of its index and of the contents beside every page.

import type { Contract } from '../../model/contract.ts';
import { html, type Markup, nothing } from './html.ts';
import { type Kind, type Places, relative } from './place.ts';

export interface Entry {
  name: string;
  /** What a reader looks for: a summary, else the name. */
  label: string;
  words: string;
  /** Of an operation. */
  request?: { method: string; path: string };
}

export interface Group {
  /** Anchor on the index. */
  id: string;
  title: string;
  kind: Kind;
  entries: Entry[];
}

/** Operations by their first tag, then webhooks, events, problems, schemas. Groups without entries are left out. */
export function groupsOf(contract: Contract): Group[] {
  const byTag = Map.groupBy(contract.operations, ({ tags }) => tags[0] ?? 'Operations');
  const operations = [...byTag].map(([tag, members], index): Group => {
    const entries = members.map(({ id, summary, method, path }) => ({
      name: id,
      label: summary || id,
      words: summary === '' ? '' : id,
      request: { method: method.toUpperCase(), path: `${contract.basePath}${path}` },
    }));
    return { id: `tag-${index + 1}`, title: tag, kind: 'operations', entries };
  });
  const webhooks = contract.webhooks.map(({ id, summary }) => entry(id, summary));
  const events = contract.events.map(({ type, when }) => entry(type, when));
  const problems = contract.problems.map(({ code, title }) => entry(code, title));
  const schemas = [...contract.schemas.keys()].map((name) => entry(name));
  const groups: Group[] = [
    ...operations,
    { id: 'webhooks', title: 'Webhooks', kind: 'operations', entries: webhooks },
    { id: 'events', title: 'Events', kind: 'events', entries: events },
    { id: 'problems', title: 'Problems', kind: 'problems', entries: problems },
    { id: 'schemas', title: 'Schemas', kind: 'schemas', entries: schemas },
  ];
  return groups.filter(({ entries }) => entries.length > 0);
}

function entry(name: string, words = ''): Entry {
  return { name, label: name, words };
}

/** Entries beside a page: more would make every page as long as the index. */
const mostBeside = 40;

/** The contents beside each page: the group it belongs to with its entries, the others as links to the index. */
export function contentsOf(groups: readonly Group[], places: Places): (from: string) => Markup {
  const isSmall = groups.reduce((sum, { entries }) => sum + entries.length, 0) <= mostBeside;
  const all = groups.map((group) => ({ group, files: group.entries.map(({ name }) => places.file(group.kind, name)) }));
  const home = new Map(all.flatMap(({ group, files }) => files.map((file) => [file, group] as const)));
  return (from) =>
    html`${all.map(({ group, files }) => {
      const isOpen = isSmall || (home.get(from) === group && files.length <= mostBeside);
      return html`<p>
          <a href="${relative(from, places.index)}#${group.id}">${group.title}</a>
          <span class="muted">${group.entries.length}</span>
        </p>
        ${isOpen ? rowsOf(group, files, from) : nothing}`;
    })}`;
}

function rowsOf({ entries }: Group, files: readonly (string | undefined)[], from: string): Markup {
  const rows = entries.map(({ label }, index) => {
    const file = files[index] ?? '';
    const current = file === from ? html` aria-current="page"` : nothing;
    return html`<li><a href="${relative(from, file)}" ${current}>${label}</a></li>`;
  });
  return html`<ul>
    ${rows}
  </ul>`;
}
