// No key of `x-plinth` silently does nothing: whatever the vocabulary does not mark as planned is read by a part that does
// something about it. Reading the contract, judging and comparing it (load, lint, diff) is no such part.

import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '..');
const schema = JSON.parse(readFileSync(path.join(root, 'contract/src/extension/x-plinth.schema.json'), 'utf8')) as {
  $defs: Record<'operation' | 'schema', { properties: Record<string, { planned?: boolean }> }>;
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
