// Brings what a contract refers to in other files into its own components, so every `$ref` is local afterwards.
// Cycles stay references; nothing is expanded. What is a reference, and to what kind of object, the standard's table says:
// a `$ref` inside an example, a default or an extension is somebody's data.

import type { JsonObject, JsonValue } from '../model/contract.ts';
import { componentName } from './component-name.ts';
import { Library, type Source, split, type Target } from './library.ts';
import { escapeKey, follow, isObject, segmentsOf, textOf, valueAt } from './pointer.ts';
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
const swaggerSections: Readonly<Record<string, string>> = {
  schemas: 'definitions',
  parameters: 'parameters',
  responses: 'responses',
};
const swaggerHomes: ReadonlySet<string> = new Set(Object.values(swaggerSections));

/** The document a contract begins with. */
export interface Entry {
  entry: string;
  document: JsonObject;
  dialect: Dialect;
}

interface Pending extends Reference {
  /** File the reference stands in. */
  home: string;
}

/** One entry document and everything it pulled in. */
export class Bundle {
  readonly #entry: string;
  readonly #document: JsonObject;
  readonly #dialect: Dialect;
  readonly #named: boolean;
  readonly #source: Source;
  readonly #library: Library;
  readonly #placed = new Map<JsonValue, string>();
  readonly #seen = new WeakSet<object>();
  readonly #companions = new Set<string>();
  readonly #identified: JsonObject[] = [];
  readonly #queue: Pending[] = [];
  /** Places whose value became a component. */
  readonly #moved: { parent: JsonObject | JsonValue[]; key: string; reference: string }[] = [];
  /** Objects whose `$ref` leads nowhere. */
  readonly unresolved = new Set<object>();

  constructor({ entry, document, dialect }: Entry, source: Source, { named = false }: { named?: boolean } = {}) {
    this.#entry = entry;
    this.#document = document;
    this.#dialect = dialect;
    this.#named = named;
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
    // Only now: until then pointers lead through these places.
    for (const { parent, key, reference } of this.#moved.splice(0)) (parent as JsonObject)[key] = { $ref: reference };
    if (this.#named) this.#inlinePathItems();
    // All references are the document's own now; a name of its own would make them the schema's again.
    for (const schema of this.#identified.splice(0)) delete schema['$id'];
  }

  /** A discriminator maps to the name of a schema, or refers to one. */
  #isMapped(reference: string, { home }: Pending): boolean {
    const isName = /^[a-zA-Z0-9._-]+$/.test(reference) && !/\.(?:ya?ml|json)$/.test(reference);
    return !isName && !(home === this.#entry && reference.startsWith('#/'));
  }

  #point({ node, key, kind, home }: Pending, target: Target): void {
    const { file, value } = target;
    const isOwn = file === this.#entry;
    const pointer = target.pointer ?? (isOwn ? pointerTo(this.#document, value) : '');
    if (isOwn && !this.#mustMove(pointer)) {
      if (isObject(value)) this.#examine(value, kind, home, tables[this.#dialect]);
      node[key] = `#${pointer}`;
      return;
    }
    const place = this.#place({ value, file, pointer }, kind);
    if (isOwn) this.#move(pointer, place.reference);
    // `Money: { $ref: '../shapes.yaml#/…/Money' }` names the very place the target was given.
    if (place.self !== node) node[key] = place.reference;
  }

  /** Swagger's paths have another form after upgrading; and a bundle refers to components only. */
  #mustMove(pointer: string): boolean {
    if (!this.#named && this.#dialect !== '2.0') return false;
    const [home = ''] = segmentsOf(pointer);
    return !(this.#dialect === '2.0' ? swaggerHomes.has(home) : home === 'components');
  }

  /** Before 3.1 there are no components for path items: they stand where they are used. */
  #inlinePathItems(): void {
    const components = this.#document['components'];
    if (this.#dialect >= '3.1' || !isObject(components)) return;
    const { paths } = this.#document;
    for (const [path, item] of Object.entries(isObject(paths) ? paths : {})) {
      const target = isObject(item) && '$ref' in item ? follow(this.#document, item) : item;
      if (isObject(paths) && target !== undefined) paths[path] = target;
    }
    delete components['pathItems'];
    if (Object.keys(components).length === 0) delete this.#document['components'];
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

  #move(pointer: string, reference: string): void {
    const keys = segmentsOf(pointer);
    const key = keys.pop();
    const parent = valueAt(this.#document, keys.map((each) => `/${escapeKey(each)}`).join(''));
    if (key !== undefined && typeof parent === 'object' && parent !== null)
      this.#moved.push({ parent, key, reference });
  }

  /** Gives a value its place in our components; the same value always has the same place. */
  #place({ value, pointer, file }: Required<Target>, kind: string): { reference: string; self?: JsonValue } {
    const known = this.#placed.get(value);
    if (known !== undefined) return { reference: known };
    const keys = this.#home(kind, pointer);
    const members = keys.reduce(objectIn, this.#document);
    const wanted = componentName(pointer, file, this.#document);
    const alias = members[wanted];
    const isAlias = isObject(alias) && Object.keys(alias).length === 1 && this.#leadsTo(alias, value);
    const name = isAlias ? wanted : freeName(wanted, members);
    members[name] = value;
    const reference = `#/${[...keys, name].map(escapeKey).join('/')}`;
    this.#placed.set(value, reference);
    if (isObject(value)) this.#examine(value, kind, file, tables[this.#dialect]);
    return isAlias ? { reference, self: alias } : { reference };
  }

  /** `Money: { $ref: ./Money.yaml }` among our components is the place for what it names. */
  #leadsTo({ $ref }: JsonObject, value: JsonValue): boolean {
    return (
      typeof $ref === 'string' &&
      this.#library.find($ref, this.#library.base(this.#entry), this.#entry)?.value === value
    );
  }

  #home(kind: string, pointer: string): string[] {
    const segments = segmentsOf(pointer);
    const written = segments[0] === 'components' && segments.length === 3 ? segments[1] : undefined;
    const section = sections[kind] ?? written ?? 'schemas';
    const swagger = this.#dialect === '2.0' ? swaggerSections[section] : undefined;
    return swagger === undefined ? ['components', section] : [swagger];
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
