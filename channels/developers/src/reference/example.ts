// An example of a schema: what the contract gives, else made from the schema, always the same.

import { type Document, properties, resolve, type Schema } from '@plinth/channels-ui';

const mostDepth = 6;

/** A value the schema allows, as readers expect it; `undefined` for what says nothing. */
export function exampleOf(schema: Schema, document: Document, depth = 0): unknown {
  const given = givenBy(schema);
  if (given !== undefined) return given;
  if (depth > mostDepth) return undefined;
  const branch = schema['oneOf'] ?? schema['anyOf'];
  if (Array.isArray(branch) && branch.length > 0) return exampleOf(resolve(branch[0], document), document, depth + 1);
  switch (typeOf(schema)) {
    case 'object':
      return objectExample(schema, document, depth);
    case 'array': {
      const item = exampleOf(resolve(schema['items'], document), document, depth + 1);
      return item === undefined ? [] : [item];
    }
    case 'integer':
    case 'number':
      return Number(schema['minimum'] ?? 1);
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return textExample(schema);
  }
}

/** Of a request: needed members and those with an example; of an answer: all of them. */
function objectExample(schema: Schema, document: Document, depth: number): Record<string, unknown> {
  const entries = Object.entries(properties(schema)).flatMap(([name, raw]): [string, unknown][] => {
    const value = exampleOf(resolve(raw, document), document, depth + 1);
    return value === undefined ? [] : [[name, value]];
  });
  return Object.fromEntries(entries);
}

/** The same without what may be left out: the shortest request that works. */
export function requestExample(schema: Schema, document: Document): unknown {
  const whole = exampleOf(schema, document);
  if (givenBy(schema) !== undefined || typeof whole !== 'object' || whole === null || Array.isArray(whole))
    return whole;
  const needed = Array.isArray(schema['required']) ? schema['required'].map(String) : [];
  const members = properties(schema);
  return Object.fromEntries(
    Object.entries(whole)
      .filter(([name]) => needed.includes(name))
      .map(([name, value]) => {
        const member = resolve(members[name], document);
        return [name, typeOf(member) === 'object' ? requestExample(member, document) : value];
      }),
  );
}

function givenBy(schema: Schema): unknown {
  const examples = schema['examples'];
  if (Array.isArray(examples) && examples.length > 0) return examples[0];
  const choices = schema['enum'];
  return schema['example'] ?? schema['const'] ?? schema['default'] ?? (Array.isArray(choices) ? choices[0] : undefined);
}

function typeOf(schema: Schema): string {
  const { type } = schema;
  if (Array.isArray(type)) return String(type.find((each) => each !== 'null') ?? 'null');
  if (typeof type === 'string') return type;
  return schema['properties'] === undefined ? 'string' : 'object';
}

const byFormat: Readonly<Record<string, string>> = {
  'date-time': '2026-11-24T09:30:00Z',
  date: '2026-11-24',
  email: 'ada@example.com',
  uri: 'https://example.com/hooks',
  uuid: '0190b8a2-7c1e-7b44-9d2f-3a5c8e6f1b20',
};

function textExample(schema: Schema): string {
  const made = byFormat[String(schema['format'])];
  if (made !== undefined) return made;
  const least = Number(schema['minLength'] ?? 0);
  const most = Number(schema['maxLength'] ?? 40);
  return 'text'.repeat(Math.ceil(Math.max(least, 4) / 4)).slice(0, Math.max(least, Math.min(most, 4)));
}
