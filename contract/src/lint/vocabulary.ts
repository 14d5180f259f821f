// The `x-plinth` vocabulary as its schema tells it: which keys there are, and which nobody honours yet.

import xPlinthSchema from '../extension/x-plinth.schema.json' with { type: 'json' };
import { isObject } from '../load/pointer.ts';
import type { JsonObject } from '../model/contract.ts';
import { propertiesOf } from './nodes.ts';

const base = xPlinthSchema as unknown as JsonObject;
const definitions = base['$defs'] as Record<'operation' | 'schema', JsonObject>;
const planned = new Set(
  [definitions.operation, definitions.schema].flatMap((part) =>
    propertiesOf(part).flatMap(([name, schema]) => (schema['planned'] === true ? [name] : [])),
  ),
);

/** True for a key that stands in the vocabulary and that no part of Plinth honours yet. */
export function isPlanned(key: string): boolean {
  return planned.has(key);
}

/** Markdown of `docs/reference/x-plinth.md`, made from the schema. */
export function emitVocabularyReference(): string {
  const parts = [
    ['On a document or an operation', definitions.operation],
    ['On a schema, a property or a parameter', definitions.schema],
  ] as const;
  const chapters = parts.map(([title, part]) => {
    const rows = propertiesOf(part).map(
      ([name, schema]) => `| \`${name}\` | ${cell(shapeOf(schema, name))} | ${cell(said(schema))} |`,
    );
    return `## ${title}\n\n| Key | Value | Meaning |\n| --- | --- | --- |\n${rows.join('\n')}\n`;
  });
  return `<!-- Made from contract/src/extension/x-plinth.schema.json: npm run generate -->\n# The x-plinth vocabulary\n\nWhat OpenAPI cannot say about a business operation. Whole keys of an operation replace those of the document; \`null\` takes\nan inherited one away. The vocabulary is closed: a key that is not here is an error, and so is a *planned* one, so no key\nsilently does nothing.\n\n${chapters.join('\n')}`;
}

function said(schema: JsonObject): string {
  const text = typeof schema['description'] === 'string' ? schema['description'] : '';
  const later = propertiesOf(schema).flatMap(([name, part]) => (part['planned'] === true ? [`\`${name}\``] : []));
  const note = later.length > 0 ? ` *Planned:* ${later.join(', ')}.` : '';
  return `${schema['planned'] === true ? '*Planned.* ' : ''}${text}${note}`;
}

function shapeOf(schema: JsonObject, name: string): string {
  const target = typeof schema['$ref'] === 'string' ? schema['$ref'].split('/').at(-1) : undefined;
  if (target === 'duration') return 'ISO 8601 duration';
  const whole = target === undefined ? schema : (base['$defs'] as JsonObject)[target];
  if (!isObject(whole)) return name;
  if (Array.isArray(whole['enum']))
    return whole['enum'].map((value) => `\`${JSON.stringify(value).replaceAll('"', '')}\``).join(', ');
  if (whole['const'] !== undefined) return `\`${JSON.stringify(whole['const']).replaceAll('"', '')}\``;
  if (Array.isArray(whole['oneOf'])) {
    const branches = whole['oneOf'].filter(isObject).map((branch) => shapeOf(branch, name));
    return [...new Set(branches)].join(' or ');
  }
  if (whole['type'] === 'array')
    return `list of ${isObject(whole['items']) ? shapeOf(whole['items'], 'value') : 'values'}`;
  const members = propertiesOf(whole).map(([key]) => key);
  if (members.length > 0) return `\`{ ${members.join(', ')} }\``;
  return whole['type'] === 'object' ? 'map' : typeof whole['type'] === 'string' ? whole['type'] : name;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
