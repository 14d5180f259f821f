import type { ReactNode } from 'react';
import type { ContractStates } from '../contracts/catalogue.ts';
import {
  type Document,
  isMoneySchema,
  labelOf,
  policyOf,
  properties,
  resolve,
  type Schema,
  typeOf,
} from '../contracts/schema.ts';
import { type Description, DescriptionList } from '../data/description-list.tsx';
import { Empty } from '../data/empty.tsx';
import { type Column, Table } from '../data/table.tsx';
import { labelFor } from '../form/check.ts';
import { isMoney } from '../format/money.ts';
import { DateText, InstantText, MoneyText } from '../format/parts.tsx';
import { humanize } from '../words/humanize.ts';
import { words } from '../words/words.ts';
import { StateBadge } from './state.tsx';

export interface ResultViewProps {
  value: unknown;
  schema: Schema | undefined;
  document: Document;
  /** Says what a list of nothing means. */
  emptyText?: string;
  /** Offered beside the result: what can be done with it next. */
  actions?: ReactNode;
}

const mostColumns = 5;
const titleNames = ['number', 'name', 'title', 'subject'];

/** Any answer, drawn by its schema: one thing with title and state, or a table of things. */
export function ResultView({ value, schema, document, emptyText, actions }: ResultViewProps) {
  if (value === undefined || value === null) return <p className="p-16">Done.</p>;
  const list = listOf(value, schema, document);
  if (list) {
    if (list.items.length === 0)
      return <Empty title="Nothing here yet" text={emptyText ?? 'As soon as there is something, it stands here.'} />;
    return <ItemTable items={list.items} schema={list.schema} document={document} />;
  }
  if (typeof value !== 'object')
    return <p className="p-16">{typeof value === 'string' ? value : JSON.stringify(value)}</p>;
  const shape = schema ?? {};
  const states = policyOf(shape)['states'] as ContractStates | undefined;
  const stateName = states?.property ?? ('state' in value ? 'state' : undefined);
  const { title, name } = titleOf(value as Record<string, unknown>);
  return (
    <div className="p-16">
      <header className="mb-16 flex flex-wrap items-center gap-12">
        <h2 className="text-20 font-semibold">
          {title ?? (typeof shape['title'] === 'string' ? shape['title'] : 'Result')}
        </h2>
        {stateName !== undefined && (
          <Value
            value={(value as Record<string, unknown>)[stateName]}
            schema={memberOf(shape, stateName, document)}
            document={document}
            isState
          />
        )}
        {actions}
      </header>
      <DescriptionList entries={describe(value as Record<string, unknown>, shape, document, [stateName, name])} />
    </div>
  );
}

function ItemTable({
  items,
  schema,
  document,
}: {
  items: readonly Record<string, unknown>[];
  schema: Schema;
  document: Document;
}) {
  const stateName = (policyOf(schema)['states'] as ContractStates | undefined)?.property ?? 'state';
  const names = visibleNames(items[0] ?? {}, schema)
    .filter((name) => isShort(memberOf(schema, name, document), items[0]?.[name]))
    .toSorted((left, right) => rank(left, items[0]?.[left], stateName) - rank(right, items[0]?.[right], stateName));
  const columns: Column<{ item: Record<string, unknown>; place: number }>[] = names
    .slice(0, mostColumns)
    .map((name, index) => {
      const member = memberOf(schema, name, document);
      return {
        id: name,
        title: labelFor(member, name),
        numeric: isMoneySchema(member) || ['integer', 'number'].includes(typeOf(member)),
        wideOnly: index > 2,
        renderCell: ({ item }) => (
          <Value value={item[name]} schema={member} document={document} isState={name === stateName} />
        ),
      };
    });
  return (
    <Table
      caption={typeof schema['title'] === 'string' ? schema['title'] : 'Results'}
      columns={columns}
      rows={items.map((item, place) => ({ item, place }))}
      keyOf={({ item, place }) => (typeof item['id'] === 'string' ? item['id'] : String(place))}
    />
  );
}

/** One value, as its schema says it is to be read. */
export function Value({
  value,
  schema,
  document,
  isState = false,
}: {
  value: unknown;
  schema: Schema;
  document: Document;
  isState?: boolean;
}): ReactNode {
  if (value === undefined || value === null || value === '') return <span className="text-muted">{words.none}</span>;
  if (isMoney(value)) return <MoneyText money={value} />;
  if (typeof value === 'boolean') return value ? words.yes : words.no;
  if (typeof value === 'number') return <span className="tabular">{new Intl.NumberFormat('en').format(value)}</span>;
  if (typeof value === 'string') return textOf(value, schema, isState);
  if (Array.isArray(value)) {
    if (value.length === 0) return <span className="text-muted">{words.none}</span>;
    const items = resolve(schema['items'], document);
    if (typeof value[0] === 'object' && value[0] !== null)
      return (
        <div className="-mx-16">
          <ItemTable items={value as Record<string, unknown>[]} schema={items} document={document} />
        </div>
      );
    return value.map(String).join(', ');
  }
  return <DescriptionList entries={describe(value as Record<string, unknown>, schema, document, [])} />;
}

function textOf(value: string, schema: Schema, isState: boolean): ReactNode {
  const isEnum = Array.isArray(schema['enum']);
  if (isState) return <StateBadge state={value} label={labelOf(schema, value)} />;
  if (isEnum) return labelOf(schema, value) ?? humanize(value);
  if (schema['format'] === 'date-time') return <InstantText instant={value} />;
  if (schema['format'] === 'date') return <DateText date={value} />;
  if (isWireId(value)) return <code className="font-mono text-14">{value}</code>;
  return value;
}

function describe(
  value: Record<string, unknown>,
  schema: Schema,
  document: Document,
  left: readonly (string | undefined)[],
): Description[] {
  return visibleNames(value, schema)
    .filter((name) => !left.includes(name))
    .map((name) => {
      const member = memberOf(schema, name, document);
      return { term: labelFor(member, name), value: <Value value={value[name]} schema={member} document={document} /> };
    });
}

/** Members worth reading, in the contract's order. Ids and versions are for machines. */
function visibleNames(value: Record<string, unknown>, schema: Schema): string[] {
  const known = Object.keys(properties(schema));
  const names = [...known, ...Object.keys(value).filter((name) => !known.includes(name))];
  return names.filter((name) => value[name] !== undefined && !/^(id|version)$|Id$/.test(name));
}

/** What it is, its state, when, then figures: the order in which people look for a thing in a table. */
function rank(name: string, value: unknown, stateName: string): number {
  if (titleNames.includes(name)) return 0;
  if (name === stateName) return 1;
  if (typeof value === 'string') return /^\d{4}-\d{2}-\d{2}/.test(value) ? 3 : 2;
  return isMoney(value) ? 4 : 5;
}

function isShort(schema: Schema, value: unknown): boolean {
  if (isMoneySchema(schema) || isMoney(value)) return true;
  return typeof value !== 'object' && !['object', 'array'].includes(typeOf(schema));
}

function memberOf(schema: Schema, name: string, document: Document): Schema {
  return resolve(properties(schema)[name], document);
}

function listOf(
  value: unknown,
  schema: Schema | undefined,
  document: Document,
): { items: Record<string, unknown>[]; schema: Schema } | undefined {
  if (Array.isArray(value))
    return { items: value as Record<string, unknown>[], schema: resolve(schema?.['items'], document) };
  if (typeof value !== 'object' || value === null) return undefined;
  const items = (value as Record<string, unknown>)['items'];
  if (!Array.isArray(items) || !('next' in value)) return undefined;
  const list = memberOf(schema ?? {}, 'items', document);
  return { items: items as Record<string, unknown>[], schema: resolve(list['items'], document) };
}

function titleOf(value: Record<string, unknown>): { title: string | undefined; name: string | undefined } {
  const name = titleNames.find((candidate) => typeof value[candidate] === 'string');
  return { title: name === undefined ? undefined : String(value[name]), name };
}

function isWireId(value: string): boolean {
  return /^[a-z]{2,4}_[0-9a-z]{26}$/.test(value);
}
