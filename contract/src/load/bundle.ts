// Brings what a contract refers to in other files into its own components, so every `$ref` is local afterwards.
// Cycles stay references; nothing is expanded. What is a reference, and to what kind of object, the standard's table says:
// a `$ref` inside an example, a default or an extension is somebody's data.

import type { JsonObject, JsonValue } from '../model/contract.ts';
import { Library, type Source, split, type Target } from './library.ts';
import { escapeKey, isObject, segmentsOf, textOf, valueAt } from './pointer.ts';
import { type Dialect, tables } from './structure/document.ts';
import { type Examined, examine, type Reference } from './structure/examine.ts';
import type { Table } from './structure/shape.ts';
import { joinPath } from './uri.ts';

export type { Source } from './library.ts';

/** Where each kind of object stands among the components. */
const sections: Readonly<Record<string, string>> = {
  Schema: 'schemas',
  Parameter: 'parameters',
  Response: 'responses',
  RequestBody: 'requestBodies',
  Header: 'headers',
  Example: 'examples',
  Link: 'links',
  Callback: 'callbacks',
  SecurityScheme: 'securitySchemes',
  PathItem: 'pathItems',
  MediaType: 'mediaTypes',
};
const swaggerSections: Readonly<Record<string, string>> = { schemas: 'definitions', parameters: '', responses: '' };

interface Pending extends Reference {
  /** File the reference stands in. */
  home: string;
}

/** One entry document and everything it pulled in. */
export class Bundle {
  readonly #entry: string;
  readonly #document: JsonObject;
  readonly #dialect: Dialect;
  readonly #source: Source;
  readonly #library: Library;
  readonly #placed = new Map<JsonValue, string>();
  readonly #seen = new WeakSet<object>();
  readonly #companions = new Set<string>();
  readonly #identified: JsonObject[] = [];
  readonly #queue: Pending[] = [];
  /** Objects whose `$ref` leads nowhere. */
  readonly unresolved = new Set<object>();

  constructor(entry: string, document: JsonObject, dialect: Dialect, source: Source) {
    this.#entry = entry;
    this.#document = document;
    this.#dialect = dialect;
    this.#source = source;
    this.#library = new Library(source);
    this.#library.add(entry, document);
  }

  /** Judges the document's structure and makes all its references local. */
  async localize(): Promise<void> {
    this.#examine(this.#document, 'Document', this.#entry, tables[this.#dialect]);
    await this.#work();
  }

  /** Schemas of a file beside the contract; what it does not hold itself, `#/…` names in the contract. */
  async localizeCompanion(tree: JsonValue, file: string, schemas: readonly JsonValue[]): Promise<void> {
    this.#library.add(file, tree);
    this.#companions.add(file);
    for (const schema of schemas) if (isObject(schema)) this.#examine(schema, 'Schema', file, tables['3.1']);
    await this.#work();
  }

  #examine(value: JsonValue, kind: string, home: string, table: Table): void {
    const { origins, findings } = this.#source;
    const to: Examined = {
      origins,
      findings,
      seen: this.#seen,
      base: this.#library.base(home),
      refer: (reference) => this.#queue.push({ ...reference, home }),
      dialect: (node) => this.#judgeDialect(node),
      identified: (node, base) => {
        this.#identified.push(node);
        return joinPath(base, textOf(node['$id']).replace(/#$/, ''));
      },
    };
    examine(value, kind, table, to);
  }

  /** Every reference, also those of what was placed meanwhile. */
  async #work(): Promise<void> {
    // Grows while it is worked through.
    for (const next of this.#queue) {
      const reference = next.node[next.key];
      if (typeof reference !== 'string') continue;
      if (next.key !== '$ref' && !this.#isMapped(reference, next)) continue;
      const { base, home, node } = next;
      let target = this.#library.find(reference, base, home);
      let readable = true;
      if (!target && split(reference)[0] !== '') {
        readable = await this.#library.fetch(reference, base, home, node);
        target = this.#library.find(reference, base, home);
      }
      if (target) this.#point(next, target);
      else this.#missing(next, reference, readable);
    }
    this.#queue.length = 0;
    // All references are the document's own now; a name of its own would make them the schema's again.
    for (const schema of this.#identified.splice(0)) delete schema['$id'];
  }

  /** A discriminator maps to the name of a schema, or refers to one. */
  #isMapped(reference: string, { home }: Pending): boolean {
    const isName = /^[a-zA-Z0-9._-]+$/.test(reference) && !/\.(?:ya?ml|json)$/.test(reference);
    return !isName && !(home === this.#entry && reference.startsWith('#/'));
  }

  #point({ node, key, kind, home }: Pending, target: Target): void {
    const { file, pointer, value } = target;
    if (file === this.#entry && !this.#mustMove(pointer)) {
      if (isObject(value)) this.#examine(value, kind, home, tables[this.#dialect]);
      node[key] = `#${pointer ?? pointerTo(this.#document, value)}`;
      return;
    }
    const place = this.#place(target, kind);
    // `Money: { $ref: '../shapes.yaml#/…/Money' }` names the very place the target was given.
    if (place.self !== node) node[key] = place.reference;
  }

  /** Swagger's paths have another form after upgrading: what stands inside them must be a component. */
  #mustMove(pointer: string | undefined): boolean {
    return this.#dialect === '2.0' && segmentsOf(pointer ?? '')[0] === 'paths';
  }

  #missing({ node, key, home }: Pending, reference: string, readable: boolean): void {
    if (key !== '$ref') return;
    const [path, fragment] = split(reference);
    if (path === '' && this.#companions.has(home) && valueAt(this.#document, fragment) !== undefined) return;
    this.unresolved.add(node);
    if (!readable) return;
    this.#source.findings.push({
      ...this.#source.origins.at(node),
      rule: 'ref-unresolved',
      severity: 'error',
      message: `Nothing stands at ${reference}.`,
      fix: 'Correct the reference, or add what it names.',
    });
  }

  /** Gives a value its place in our components; the same value always has the same place. */
  #place(target: Target, kind: string): { reference: string; self?: JsonValue } {
    const { value, pointer = '', file } = target;
    const known = this.#placed.get(value);
    if (known !== undefined) return { reference: known };
    const keys = this.#home(kind, pointer);
    const members = keys.reduce(objectIn, this.#document);
    const wanted = (segmentsOf(pointer).at(-1) ?? nameOf(file)).replaceAll(/[^a-zA-Z0-9._-]+/g, '_');
    const alias = members[wanted];
    const isAlias = isObject(alias) && Object.keys(alias).length === 1 && textOf(alias['$ref']).endsWith(`#${pointer}`);
    const name = isAlias ? wanted : freeName(wanted, members);
    members[name] = value;
    const reference = `#/${[...keys, name].map(escapeKey).join('/')}`;
    this.#placed.set(value, reference);
    if (isObject(value)) this.#examine(value, kind, file, tables[this.#dialect]);
    return isAlias ? { reference, self: alias } : { reference };
  }

  #home(kind: string, pointer: string): string[] {
    const segments = segmentsOf(pointer);
    const written = segments[0] === 'components' && segments.length === 3 ? segments[1] : undefined;
    const section = sections[kind] ?? written ?? 'schemas';
    const swagger = this.#dialect === '2.0' ? swaggerSections[section] : undefined;
    return swagger === undefined ? ['components', section] : [swagger || section];
  }

  #judgeDialect(node: JsonObject): void {
    const name = textOf(node['$schema']);
    if (!/^https?:\/\/json-schema\.org\//.test(name) || name.includes('/2020-12/')) return;
    this.#source.findings.push({
      ...this.#source.origins.at(node),
      rule: 'dialect-unsupported',
      severity: 'error',
      message: `The schema is written in ${name}; JSON Schema 2020-12 is read here.`,
      fix: 'Rewrite it for 2020-12 and remove `$schema`.',
    });
  }
}

function nameOf(file: string): string {
  return (file.split('/').at(-1) ?? 'Part').replace(/\.\w+$/, '');
}

function freeName(wanted: string, taken: JsonObject): string {
  let name = wanted;
  for (let count = 2; Object.hasOwn(taken, name); count++) name = `${wanted}_${count}`;
  return name;
}

function objectIn(parent: JsonObject, key: string): JsonObject {
  const known = parent[key];
  if (isObject(known)) return known;
  const made: JsonObject = {};
  parent[key] = made;
  return made;
}

/** Where `target` stands below `root`; '' when nowhere. Only for what was found by its name, which is rare. */
function pointerTo(root: JsonValue, target: JsonValue): string {
  const seen = new Set<JsonValue>();
  const visit = (value: JsonValue): string | undefined => {
    if (value === target) return '';
    if (typeof value !== 'object' || value === null || seen.has(value)) return undefined;
    seen.add(value);
    for (const [key, child] of Object.entries(value)) {
      const rest = visit(child);
      if (rest !== undefined) return `/${escapeKey(key)}${rest}`;
    }
    return undefined;
  };
  return visit(root) ?? '';
}
