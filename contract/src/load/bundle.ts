// Brings what a contract refers to in other files into its own `components`, so every `$ref` is local afterwards.
// Cycles stay references; nothing is expanded.

import type { Finding, JsonObject, JsonValue } from '../model/contract.ts';
import type { Origins } from './origin.ts';
import { parseText, loadLimits, SyntaxFailure } from './parse.ts';
import { isObject, segmentsOf, valueAt } from './pointer.ts';

export interface Source {
  read: (path: string) => Promise<string>;
  origins: Origins;
  findings: Finding[];
}

/** One entry document and everything it pulled in. */
export class Bundle {
  readonly #source: Source;
  readonly #entry: string;
  readonly #document: JsonObject;
  readonly #files = new Map<string, Promise<JsonValue | undefined>>();
  readonly #placed = new Map<JsonValue, string>();
  readonly #seen = new WeakSet<object>();
  readonly #companions = new Set<string>();
  /** Objects whose `$ref` leads nowhere. */
  readonly unresolved = new Set<object>();

  constructor(entry: string, document: JsonObject, source: Source) {
    this.#entry = entry;
    this.#document = document;
    this.#source = source;
    this.#files.set(entry, Promise.resolve(document));
  }

  /** Makes all references below `node` (written in `file`) local to the entry document. */
  async localize(node: JsonValue, file: string): Promise<void> {
    const queue: [JsonValue, string][] = [[node, file]];
    for (let next = queue.pop(); next; next = queue.pop()) {
      const [value, home] = next;
      if (typeof value !== 'object' || value === null || this.#seen.has(value)) continue;
      this.#seen.add(value);
      if (isObject(value) && typeof value['$ref'] === 'string') await this.#reference(value, home, queue);
      const children = Array.isArray(value)
        ? value
        : Object.entries(value).flatMap(([key, child]) =>
            key === 'example' || key === 'examples' || key === 'default' || key === 'enum' || key === 'const'
              ? exampleChild(key, child)
              : [child],
          );
      for (const child of children) queue.push([child, home]);
    }
  }

  /** The same for a file beside the contract; what it does not hold itself, `#/…` names in the contract. */
  async localizeCompanion(tree: JsonValue, file: string): Promise<void> {
    this.#files.set(file, Promise.resolve(tree));
    this.#companions.add(file);
    await this.localize(tree, file);
  }

  async #reference(node: JsonObject, home: string, queue: [JsonValue, string][]): Promise<void> {
    const reference = node['$ref'] as string;
    const [path = '', fragment = ''] = reference.split('#', 2);
    const file = path === '' ? home : joinPath(home, path);
    const root = await this.#load(file, node);
    const target = root === undefined ? undefined : fragment === '' ? root : valueAt(root, fragment);
    if (target === undefined) {
      if (this.#companions.has(file) && valueAt(this.#document, fragment) !== undefined) return;
      this.unresolved.add(node);
      if (root !== undefined)
        this.#report(
          node,
          'ref-unresolved',
          `Nothing stands at ${reference}.`,
          'Correct the reference, or add what it names.',
        );
      return;
    }
    if (file === this.#entry) {
      node['$ref'] = `#${fragment}`;
      return;
    }
    const name = this.#place(target, file, fragment, queue);
    // `Money: { $ref: '../shapes.yaml#/…/Money' }` names the very place the target was given.
    if (name.self === node) return;
    node['$ref'] = `#/components/${name.section}/${name.name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  }

  /** Gives a foreign value its place in our components; the same value always has the same place. */
  #place(
    target: JsonValue,
    file: string,
    fragment: string,
    queue: [JsonValue, string][],
  ): { section: string; name: string; self?: JsonValue } {
    const segments = segmentsOf(fragment);
    const section = segments[0] === 'components' && segments[1] ? segments[1] : 'schemas';
    const known = this.#placed.get(target);
    if (known) return { section, name: known };
    const components = objectIn(this.#document, 'components');
    const members = objectIn(components, section);
    const wanted = segments.at(-1) ?? (file.split('/').at(-1) ?? 'Part').replace(/\.\w+$/, '');
    const alias = members[wanted];
    const isAlias =
      isObject(alias) &&
      typeof alias['$ref'] === 'string' &&
      alias['$ref'].endsWith(`#${fragment}`) &&
      Object.keys(alias).length === 1;
    const name = isAlias ? wanted : freeName(wanted, members);
    members[name] = target;
    this.#placed.set(target, name);
    queue.push([target, file]);
    return isAlias ? { section, name, self: alias } : { section, name };
  }

  async #load(file: string, node: JsonObject): Promise<JsonValue | undefined> {
    const known = this.#files.get(file);
    if (known) return known;
    if (this.#files.size >= loadLimits.files) {
      this.#report(node, 'load-limit', 'More than 2,000 files are referred to.', 'Split the contract.');
      return undefined;
    }
    const loading = this.#read(file, node);
    this.#files.set(file, loading);
    return loading;
  }

  async #read(file: string, node: JsonObject): Promise<JsonValue | undefined> {
    let text: string;
    try {
      text = await this.#source.read(file);
    } catch (error) {
      this.#report(
        node,
        'ref-unresolved',
        `${file} cannot be read (${(error as Error).message}).`,
        'Correct the reference, or add the file.',
      );
      return undefined;
    }
    try {
      return parseText(text, file, this.#source.origins);
    } catch (error) {
      if (!(error instanceof SyntaxFailure)) throw error;
      this.#source.findings.push(error.finding);
      return undefined;
    }
  }

  #report(node: object, rule: string, message: string, fix: string): void {
    this.#source.findings.push({ ...this.#source.origins.at(node), rule, severity: 'error', message, fix });
  }
}

function freeName(wanted: string, taken: JsonObject): string {
  let name = wanted;
  for (let count = 2; Object.hasOwn(taken, name); count++) name = `${wanted}_${count}`;
  return name;
}

/** Values of examples are data: a `$ref` inside them is not a reference, but `examples` of a media type may be. */
function exampleChild(key: string, child: JsonValue): JsonValue[] {
  if (key !== 'examples' || !isObject(child)) return [];
  return Object.values(child).filter((entry) => isObject(entry) && typeof entry['$ref'] === 'string');
}

function objectIn(parent: JsonObject, key: string): JsonObject {
  const known = parent[key];
  if (isObject(known)) return known;
  const made: JsonObject = {};
  parent[key] = made;
  return made;
}

/** `/a/b/contract.yaml` + `../shapes.yaml` → `/a/shapes.yaml`. URLs are left alone (and then not readable). */
export function joinPath(home: string, relative: string): string {
  if (/^[a-z]+:\/\//i.test(relative) || relative.startsWith('/')) return relative;
  return normalPath([...home.split('/').slice(0, -1), relative].join('/'));
}

/** Without `.` and, where something stands before it, `..`: one file has one name. */
export function normalPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    const before = parts.at(-1);
    if (part === '..' && before !== undefined && before !== '' && before !== '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}
