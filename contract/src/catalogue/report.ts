// A catalogue in words: what an architect reads first.

import type { Position } from '../model/contract.ts';
import type { Catalogue } from './catalogue.ts';
import type { Entry } from './entries.ts';
import { printers, type Table } from './tables.ts';

/** A file that is not in the catalogue, or only in part. */
export interface Unread {
  file: string;
  line: number;
  column: number;
  /** True when nothing of it could be used. */
  whole: boolean;
  message: string;
}

export interface ReportOptions {
  format: 'text' | 'markdown' | 'html';
  /** Rows of each table; what is left out is counted. Default 10. */
  rows?: number;
  unread?: readonly Unread[];
}

/** The report. It tells findings by how much they matter, so the first rows of each table are the ones to read. */
export function catalogueReport(catalogue: Catalogue, { format, rows = 10, unread = [] }: ReportOptions): string {
  const { score, capabilities, operations, schemas, resources, events } = catalogue;
  const versions = capabilities.reduce((sum, one) => sum + one.versions.length, 0);
  const heading = `${counted(capabilities.length, 'capability', 'capabilities')} in ${counted(versions, 'contract')}: ${counted(operations.length, 'operation')}, ${counted(resources.length, 'resource')}, ${counted(schemas.length, 'schema')}, ${counted(events.length, 'event')}`;
  const tables = [
    {
      title: `Score ${score.total} of 100`,
      lead: '',
      head: ['part', 'score', 'weight', 'because'],
      rows: scoreRows(catalogue),
    },
    unreadTable(unread),
    capabilityTable(catalogue),
    consistencyTable(catalogue),
    differingTable(catalogue),
    oddTable(catalogue),
    homesTable(catalogue),
    copiesTable(catalogue),
    similarTable(catalogue),
    operationsTable(catalogue),
    dependencyTable(catalogue),
  ].filter((table) => table.rows.length > 0);
  return printers[format](heading, tables, rows);
}

function scoreRows({ score }: Catalogue): string[][] {
  return score.parts.map(({ part, score: own, weight, because }) => [part, String(own), `${weight * 100} %`, because]);
}

function unreadTable(unread: readonly Unread[]): Table {
  return {
    title: 'Not read',
    lead: 'The rest of the catalogue does without them.',
    head: ['place', 'what', 'why'],
    rows: unread.map(({ file, line, column, whole, message }) => [
      `${file}:${line}:${column}`,
      whole ? 'the file' : 'a part',
      message,
    ]),
  };
}

function capabilityTable({ capabilities }: Catalogue): Table {
  return {
    title: 'Capabilities',
    lead: 'Versions of one API are one capability; what follows looks at the newest.',
    head: ['capability', 'versions', 'operations', 'schemas', 'events', 'owner', 'audience'],
    rows: capabilities.map(({ id, versions, operations, schemas, events, owner, audience }) => [
      id,
      versions.map(({ version }) => version).join(', '),
      String(operations),
      String(schemas),
      String(events),
      owner ?? 'nobody named',
      audience.join(', ') || 'not said',
    ]),
    whole: true,
  };
}

function consistencyTable({ consistency }: Catalogue): Table {
  return {
    title: 'Consistency',
    lead: 'The usual style of each matter, and what else there is.',
    head: ['matter', 'usual', 'share', 'also'],
    rows: consistency.map(({ matter, usual, share, styles }) => {
      const others = styles.filter(({ style }) => style !== usual);
      return [
        matter,
        usual ?? 'none',
        percent(share),
        few(
          others.map((one) => `${one.style} ${percent(one.share)}`),
          4,
        ),
      ];
    }),
    whole: true,
  };
}

function differingTable({ consistency }: Catalogue): Table {
  return {
    title: 'Capabilities of another style',
    lead: 'Where a capability as a whole does it unlike most.',
    head: ['matter', 'usual', 'otherwise'],
    rows: consistency.flatMap(({ matter, usual, capabilities }) => {
      const others = capabilities.filter(({ style }) => style !== usual);
      if (others.length === 0) return [];
      return [[matter, usual ?? 'none', others.map(({ capability, style }) => `${capability}: ${style}`).join('; ')]];
    }),
    whole: true,
  };
}

function oddTable({ consistency }: Catalogue): Table {
  const odd = consistency.flatMap(({ matter, odd: list }) => list.map((one) => ({ ...one, matter })));
  return {
    title: 'Odd ones out',
    lead: 'Against the usual style of their own capability, rarest first. More places are in catalogue.json.',
    head: ['matter', 'capability', 'usual', 'instead', 'count', 'for example', 'place'],
    rows: odd
      .toSorted((a, b) => a.share - b.share)
      .flatMap(({ matter, capability, usual, style, count, places: [first] }) =>
        first === undefined ? [] : [[matter, capability, usual, style, String(count), first.what, placeOf(first.at)]],
      ),
  };
}

function homesTable({ resources }: Catalogue): Table {
  return {
    title: 'Resources with several homes',
    lead: 'The same thing, or two things with one name? Either is worth deciding.',
    head: ['resource', 'capabilities'],
    rows: resources
      .filter(({ homes }) => homes.length > 1)
      .map(({ name, homes }) => [name, homes.map(({ capability }) => capability).join(', ')]),
  };
}

function copiesTable({ duplicates }: Catalogue): Table {
  return {
    title: 'Schemas that are the same',
    lead: 'They accept exactly the same; only words for people differ.',
    head: ['schema', 'the same as', 'size'],
    rows: duplicates.copies.map(({ schemas: [first, ...more], size }) => [
      first ? nameOf(first) : '',
      few(more.map(nameOf), 3),
      String(size),
    ]),
  };
}

function similarTable({ duplicates }: Catalogue): Table {
  return {
    title: 'Schemas that are nearly the same',
    lead: 'Candidates, likeliest first. − only the first has it, + only the second, ≠ both have it in different forms.',
    head: ['schema', 'like', 'similarity', 'difference'],
    rows: duplicates.similar.flatMap(({ centre, members }) =>
      members
        .slice(0, 1)
        .map((one) => [
          nameOf(centre),
          nameOf(one) + (members.length > 1 ? ` and ${members.length - 1} more` : ''),
          percent(one.similarity),
          differenceOf(one),
        ]),
    ),
  };
}

function differenceOf({
  missing,
  extra,
  differing,
}: {
  missing: string[];
  extra: string[];
  differing: string[];
}): string {
  const parts = [
    ...missing.map((name) => `−${name}`),
    ...extra.map((name) => `+${name}`),
    ...differing.map((name) => `≠${name}`),
  ];
  return parts.length === 0 ? 'the same properties under other rules' : few(parts, 5);
}

function operationsTable({ duplicates }: Catalogue): Table {
  return {
    title: 'Operations that are nearly the same',
    lead: 'By the words of their paths and the shapes of input and output. Candidates, likeliest first.',
    head: ['operation', 'like', 'similarity'],
    rows: duplicates.operations.flatMap(({ centre, members }) =>
      members
        .slice(0, 1)
        .map((one) => [
          `${centre.capability} ${centre.key}`,
          `${one.capability} ${one.key}${members.length > 1 ? ` and ${members.length - 1} more` : ''}`,
          percent(one.similarity),
        ]),
    ),
  };
}

function dependencyTable({ dependencies }: Catalogue): Table {
  return {
    title: 'Dependencies',
    lead: "As far as contracts tell: ids of others' resources (by name, so candidates), shared files, calls back.",
    head: ['capability', 'on', 'by', 'place'],
    rows: dependencies.map(({ from, to, by, what, at }) => [
      from,
      to.join(', ') || 'who is called back',
      `${by} ${what}`,
      placeOf(at),
    ]),
  };
}

function nameOf({ capability, name }: Entry): string {
  return `${capability}.${name}`;
}

function placeOf({ file, line, column }: Position): string {
  return `${file}:${line}:${column}`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function counted(count: number, word: string, words = `${word}s`): string {
  return `${count} ${count === 1 ? word : words}`;
}

function few(names: readonly string[], most: number): string {
  return names.slice(0, most).join(', ') + (names.length > most ? `, ${names.length - most} more` : '');
}
