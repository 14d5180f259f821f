// No key of `x-plinth` silently does nothing: whatever the vocabulary does not mark as planned is read by a part that does
// something about it. Reading the contract, judging and comparing it (load, lint, diff) is no such part.

import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

interface Part {
  planned?: boolean;
  $ref?: string;
  enum?: readonly unknown[];
  properties?: Record<string, Part>;
  items?: Part;
  oneOf?: readonly Part[];
  additionalProperties?: Part | boolean;
}

const root = path.resolve(import.meta.dirname, '..');
const schema = JSON.parse(readFileSync(path.join(root, 'contract/src/extension/x-plinth.schema.json'), 'utf8')) as {
  $defs: Record<'operation' | 'schema', Part & { properties: Record<string, Part> }> & Record<string, Part>;
};
const folders = '{contract,runtime,server,decisions,conversation,capabilities,client,channels,adapters}';
const sources = globSync(`${folders}/**/*.{ts,tsx}`, {
  cwd: root,
  exclude: (name) => /node_modules|(^|\/)dist(\/|$)/.test(name),
})
  .filter((file) => !/\.test\.tsx?$|generated|^contract\/src\/(load|lint|diff|extension|model)\//.test(file))
  .map((file) => ({ file, text: withoutComments(readFileSync(path.join(root, file), 'utf8')) }));

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, '');
}

function readers(key: string): string[] {
  const ways = [
    String.raw`policy\??\.${key}\b`,
    String.raw`\{[^{}]*\b${key}\b[^{}]*\}[^=;]* = [^;]*policy\b`,
    String.raw`(?:x-plinth'\]|(?:plinth|policy)Of\([^)]*\)|plinth|extension|policy|own|said)\??\.?\[?'?\.?${key}\b'?\]?`,
  ];
  const pattern = new RegExp(ways.join('|'));
  return sources.filter(({ text }) => pattern.test(text)).map(({ file }) => file);
}

it.each(
  (['operation', 'schema'] as const).flatMap((part) =>
    Object.entries(schema.$defs[part].properties).flatMap(([key, { planned }]) => (planned ? [] : [[part, key]])),
  ),
)('on %s, %s is honoured', (_, key = '') => {
  expect(readers(key)).not.toEqual([]);
});

/** `[path, parent]` of the keys inside keys. A key with one value only says what holds anyway. */
function nested(part: Part, at: readonly string[] = []): [key: string, parent: string, top: string][] {
  const node = part.$ref === undefined ? part : (schema.$defs[part.$ref.split('/').at(-1) ?? ''] ?? {});
  const { properties = {}, items, oneOf = [], additionalProperties } = node;
  const own = Object.entries(properties).flatMap(([key, child]): [string, string, string][] => {
    if (child.planned === true) return [];
    const isSaid = at.length === 0 || child.enum?.length === 1;
    const inside = nested(child, [...at, key]);
    return isSaid ? inside : [[[...at, key].join('.'), at.at(-1) ?? '', at[0] ?? ''], ...inside];
  });
  const more = typeof additionalProperties === 'object' ? [additionalProperties] : [];
  return [...own, ...[...oneOf, ...more, ...(items ? [items] : [])].flatMap((child) => nested(child, at))];
}

const inside = new Map(
  [schema.$defs.operation, schema.$defs.schema].flatMap((part) => nested(part).map((row) => [row[0], row])),
);

it.each([...inside.values()])('inside a key, %s is honoured', (key, parent, top) => {
  // A duration is read as seconds; a part that reads the key also names the one around it.
  const reading = new RegExp(String.raw`(?:\.|\['|[{,(]\s*)${key.split('.').at(-1)}(?:S|Ms)?\b`);
  const around = new RegExp(String.raw`\b(?:${parent}|${top})\b`, 'i');
  expect(sources.filter(({ text }) => around.test(text) && reading.test(text)).length).toBeGreaterThan(0);
});
