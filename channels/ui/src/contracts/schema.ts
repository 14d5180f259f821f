// Reading JSON Schema 2020-12 as OpenAPI 3.1 carries it: references, nullable types, merged `allOf`.

export type Schema = { readonly [keyword: string]: unknown };

/** A document to follow references in. */
export type Document = { readonly [member: string]: unknown };

const deepestReference = 16;

/** Follows `$ref` and lays `allOf` over one another; siblings of a reference win. Unknown references become `{}`. */
export function resolve(schema: unknown, document: Document, depth = 0): Schema {
  if (typeof schema !== 'object' || schema === null || depth > deepestReference) return {};
  const { $ref, ...rest } = schema as { $ref?: unknown } & Record<string, unknown>;
  let found: Record<string, unknown> = rest;
  if (typeof $ref === 'string') found = { ...resolve(at(document, $ref), document, depth + 1), ...rest };
  if (!Array.isArray(found['allOf'])) return found;
  const { allOf, ...own } = found as { allOf: unknown[] } & Record<string, unknown>;
  return [...allOf.map((part) => resolve(part, document, depth + 1)), own].reduce<Record<string, unknown>>(
    (merged, part) => ({
      ...merged,
      ...part,
      properties: { ...properties(merged), ...properties(part) },
      required: [...required(merged), ...required(part)],
    }),
    {},
  );
}

/** The type without `null`; guessed from the keywords when it is not said. */
export function typeOf(schema: Schema): string {
  const declared = schema['type'];
  if (typeof declared === 'string') return declared;
  if (Array.isArray(declared)) return String(declared.find((type) => type !== 'null') ?? 'null');
  if (schema['properties'] !== undefined) return 'object';
  if (schema['items'] !== undefined) return 'array';
  if (Array.isArray(schema['enum'])) return typeof schema['enum'][0];
  return 'string';
}

export function isNullable(schema: Schema): boolean {
  return Array.isArray(schema['type']) && schema['type'].includes('null');
}

export function properties(schema: Schema): Record<string, unknown> {
  const found = schema['properties'];
  return typeof found === 'object' && found !== null ? (found as Record<string, unknown>) : {};
}

export function required(schema: Schema): string[] {
  return Array.isArray(schema['required']) ? (schema['required'] as string[]) : [];
}

/** A part of a form that is a file. */
export function isFileSchema(schema: Schema): boolean {
  return typeOf(schema) === 'string' && schema['format'] === 'binary';
}

/** `{ amount, currency }` in minor units. */
export function isMoneySchema(schema: Schema): boolean {
  const names = Object.keys(properties(schema));
  return names.length === 2 && names.includes('amount') && names.includes('currency');
}

/** The policy beside a schema or operation. */
export function policyOf(schema: Schema): Record<string, unknown> {
  const policy = schema['x-plinth'];
  return typeof policy === 'object' && policy !== null ? (policy as Record<string, unknown>) : {};
}

/** Words of an enum's value: from `x-plinth.labels`. */
export function labelOf(schema: Schema, value: string, locale = 'en'): string | undefined {
  const labels = policyOf(schema)['labels'] as Record<string, Record<string, string>> | undefined;
  return labels?.[value]?.[locale] ?? labels?.[value]?.['en'];
}

function at(document: Document, reference: string): unknown {
  if (!reference.startsWith('#/')) return undefined;
  return reference
    .slice(2)
    .split('/')
    .reduce<unknown>(
      (node, part) =>
        typeof node === 'object' && node !== null
          ? (node as Record<string, unknown>)[part.replaceAll('~1', '/').replaceAll('~0', '~')]
          : undefined,
      document,
    );
}
