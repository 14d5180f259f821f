import { type Document, labelOf, properties, resolve, type Schema } from '@plinth/channels-ui';

const mostDepth = 4;

/** Members of a schema as readers look for them: name, type, whether needed, meaning; what stands inside opens. */
export function SchemaTable({ schema, document, depth = 0 }: { schema: Schema; document: Document; depth?: number }) {
  const needed = Array.isArray(schema['required']) ? schema['required'].map(String) : [];
  const entries = Object.entries(properties(schema));
  if (entries.length === 0) return <p className="text-muted">{typeWords(schema, document)}</p>;
  return (
    <dl className="divide-y divide-subtle">
      {entries.map(([name, raw]) => {
        const member = resolve(raw, document);
        const inner = innerOf(member, document);
        return (
          <div key={name} className="border-subtle py-8">
            <dt className="flex flex-wrap items-baseline gap-x-8">
              <code className="font-mono text-13 font-medium">{name}</code>
              <span className="text-13 text-muted">
                {typeWords(member, document)}
                {needed.includes(name) && <span className="font-medium text-strong"> · required</span>}
              </span>
            </dt>
            <dd className="measure">
              <Meaning schema={member} />
              {inner && depth < mostDepth && (
                <details className="mt-4 border-s-2 border-subtle ps-12">
                  <summary className="min-h-24 text-13 text-accent">What stands inside</summary>
                  <SchemaTable schema={inner} document={document} depth={depth + 1} />
                </details>
              )}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}

function Meaning({ schema }: { schema: Schema }) {
  const text = [schema['title'], schema['description']].filter((each) => typeof each === 'string').join('. ');
  const choices = Array.isArray(schema['enum']) ? schema['enum'].map(String) : [];
  return (
    <>
      {text}
      {choices.length > 0 && (
        <span className="flex flex-wrap gap-x-8 text-13 text-muted">
          {choices.map((choice) => (
            <span key={choice}>
              <code className="font-mono text-strong">{choice}</code>
              {labelOf(schema, choice) && ` ${labelOf(schema, choice)}`}
            </span>
          ))}
        </span>
      )}
    </>
  );
}

function innerOf(schema: Schema, document: Document): Schema | undefined {
  const target = schema['items'] === undefined ? schema : resolve(schema['items'], document);
  return Object.keys(properties(target)).length > 0 ? target : undefined;
}

/** `string, at most 40`, `array of Order line`. */
export function typeWords(schema: Schema, document: Document): string {
  const types = [schema['type']].flat().filter(Boolean).map(String);
  const name = typeof schema['title'] === 'string' && properties(schema) ? '' : '';
  if (schema['items'] !== undefined) {
    const items = resolve(schema['items'], document);
    const of = typeof items['title'] === 'string' ? items['title'] : typeWords(items, document) || 'values';
    return `array of ${of}${range(schema, 'minItems', 'maxItems')}`;
  }
  const format = typeof schema['format'] === 'string' ? ` (${schema['format']})` : '';
  const limits = range(schema, 'minLength', 'maxLength') || range(schema, 'minimum', 'maximum');
  return `${name}${types.join(' or ') || (schema['enum'] ? 'string' : 'value')}${format}${limits}`;
}

function range(schema: Schema, least: string, most: string): string {
  const [from, to] = [schema[least], schema[most]].map((each) => (typeof each === 'number' ? each : undefined));
  if (from !== undefined && to !== undefined && from > 0) return `, ${from} to ${to}`;
  if (to !== undefined) return `, at most ${to}`;
  return from !== undefined && from > 0 ? `, at least ${from}` : '';
}
