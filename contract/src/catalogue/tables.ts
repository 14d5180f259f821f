// Tables of a report as plain text, as Markdown or as one page of HTML.

import { html, type Markup } from '../emit/docs/html.ts';

export interface Table {
  title: string;
  lead: string;
  head: readonly string[];
  rows: readonly (readonly string[])[];
  /** Never cut: there are only so many. */
  whole?: true;
}

type Print = (heading: string, tables: readonly Table[], rows: number) => string;

/** `rows` of each table at most, unless it is whole; what is left out is counted. */
export const printers: Readonly<Record<'text' | 'markdown' | 'html', Print>> = {
  text: (heading, tables, rows) =>
    `${heading}\n\n${tables.map((table) => textTable(table, most(table, rows))).join('\n')}`,
  markdown: (heading, tables, rows) =>
    `# Catalogue\n\n${heading}.\n\n${tables.map((table) => markdownTable(table, most(table, rows))).join('\n')}`,
  html: htmlPage,
};

function most({ whole, rows }: Table, asked: number): number {
  return whole ? rows.length : asked;
}

function more({ rows }: Table, most: number): string {
  return rows.length > most ? `${rows.length - most} more in catalogue.json` : '';
}

/** Characters of a column, unless it is the last. */
const widest = 72;

/** Columns of equal width; the last one is as wide as it is. */
function textTable(table: Table, most: number): string {
  const { title, head } = table;
  const shown = table.rows.slice(0, most).map((row) => row.map(oneLine));
  const widths = head.map((name, index) =>
    Math.min(widest, Math.max(name.length, ...shown.map((row) => row[index]?.length ?? 0))),
  );
  const lines = [head, ...shown].map((row) =>
    row
      .map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd(widths[index] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
  const rest = more(table, most);
  return `${title}\n${lines.map((line) => `  ${line}\n`).join('')}${rest === '' ? '' : `  … ${rest}\n`}`;
}

function markdownTable(table: Table, most: number): string {
  const rows = [table.head, table.head.map(() => '---'), ...table.rows.slice(0, most).map((row) => row.map(cellText))];
  const rest = more(table, most);
  return [
    `## ${table.title}\n`,
    ...(table.lead === '' ? [] : [`${table.lead}\n`]),
    ...rows.map((row) => `| ${row.join(' | ')} |`),
    ...(rest === '' ? [] : [`\n${rest}.`]),
    '',
  ].join('\n');
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

/** Text that can neither end the cell nor become markup of the page. */
function cellText(text: string): string {
  return oneLine(text)
    .replaceAll('|', String.raw`\|`)
    .replaceAll('<', '&lt;')
    .replaceAll(/[*_`[\]]/g, String.raw`\$&`);
}

const style = `:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
body { margin: 2rem auto; max-width: 80rem; padding: 0 1rem }
.table { overflow-x: auto }
table { border-collapse: collapse }
th, td { border-bottom: 1px solid #8886; padding: .3rem .8rem .3rem 0; text-align: start; vertical-align: top; overflow-wrap: anywhere }`;

/** One file: no script, nothing fetched. */
function htmlPage(heading: string, tables: readonly Table[], rows: number): string {
  const policy = "default-src 'none'; style-src 'unsafe-inline'";
  const page = html`<html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta http-equiv="Content-Security-Policy" content="${policy}" />
      <meta name="viewport" content="width=device-width" />
      <title>Catalogue</title>
      <style>
        ${{ markup: style }}
      </style>
    </head>
    <body>
      <h1>Catalogue</h1>
      <p>${heading}.</p>
      ${tables.map((table) => htmlTable(table, most(table, rows)))}
    </body>
  </html>`;
  return `<!doctype html>\n${page.markup}\n`;
}

function htmlTable(table: Table, count: number): Markup {
  const rest = more(table, count);
  return html`<h2>${table.title}</h2>
    ${table.lead === '' ? undefined : html`<p>${table.lead}</p>`}
    <div class="table" tabindex="0" role="region" aria-label="${table.title}">
      <table>
        <thead>
          <tr>
            ${table.head.map((name) => html`<th scope="col">${name}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${table.rows.slice(0, count).map(
            (row) =>
              html`<tr>
                ${row.map((cell) => html`<td>${cell}</td>`)}
              </tr> `,
          )}
        </tbody>
      </table>
    </div>
    ${rest === '' ? undefined : html`<p>${rest}.</p>`}`;
}
