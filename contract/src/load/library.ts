// The documents of one load by path and by the names they give themselves (`$self`, `$id`, `$anchor`).

import type { Finding, JsonObject, JsonValue } from '../model/contract.ts';
import type { Origins } from './origin.ts';
import { loadLimits, parseText, SyntaxFailure } from './parse.ts';
import { isObject, valueAt } from './pointer.ts';
import { isUri, joinPath } from './uri.ts';

export interface Source {
  read: (path: string) => Promise<string>;
  origins: Origins;
  findings: Finding[];
}

/** Where a reference leads. */
export interface Target {
  value: JsonValue;
  /** File it stands in. */
  file: string;
  /** JSON Pointer from the file's root; undefined when it was found by its name. */
  pointer?: string;
}

interface Resource {
  root: JsonValue;
  file: string;
}

/** What stands below these keys is data and names nothing. */
const dataKeys = new Set(['example', 'examples', 'default', 'enum', 'const']);

export class Library {
  readonly #source: Source;
  /** By path, `$self` and `$id`; undefined: tried and not readable. */
  readonly #resources = new Map<string, Resource | undefined>();
  /** `<resource>#<anchor>` */
  readonly #anchors = new Map<string, JsonValue>();
  /** Documents that say where they are published, by their path: neighbours of one are neighbours of the other. */
  readonly #published = new Map<string, string>();
  readonly #scanned = new Set<JsonValue>();
  #files = 0;

  constructor(source: Source) {
    this.#source = source;
  }

  add(file: string, root: JsonValue): void {
    this.#files += 1;
    const resource = { root, file };
    this.#resources.set(file, resource);
    const base = baseOf(root, file);
    if (base === file) return;
    this.#resources.set(base, resource);
    this.#published.set(file, base);
  }

  /** What the references of a file are relative to. */
  base(file: string): string {
    return this.#published.get(file) ?? file;
  }

  /** Finds what is known already; undefined when a file must be read first, or nothing is there. */
  find(reference: string, base: string, home: string): Target | undefined {
    const [path, fragment] = split(reference);
    const name = joinPath(base, path);
    let resource = this.#resources.get(name);
    if (!resource && (path === '' || isUri(name))) {
      this.#scan(home);
      resource = this.#resources.get(name);
    }
    resource ??= this.#resources.get(this.#fileOf(path, base, home));
    if (!resource) return undefined;
    return this.#inside(resource, name, fragment) ?? (path === '' ? this.#ofFile(home, fragment) : undefined);
  }

  /** Reads the file that a reference needs, unless that was tried before. False: it cannot be read, and why was reported. */
  async fetch(reference: string, base: string, home: string, node: JsonObject): Promise<boolean> {
    const [path] = split(reference);
    const file = this.#fileOf(path, base, home);
    if (this.#resources.has(file)) return this.#resources.get(file) !== undefined;
    this.#resources.set(file, undefined);
    const root = await this.#read(file, node);
    if (root === undefined) return false;
    this.add(file, root);
    return true;
  }

  #inside({ root, file }: Resource, name: string, fragment: string): Target | undefined {
    if (fragment === '' || fragment.startsWith('/')) {
      const value = fragment === '' ? root : valueAt(root, fragment);
      if (value === undefined) return undefined;
      const isFile = this.#resources.get(file)?.root === root;
      return { value, file, ...(isFile ? { pointer: fragment } : {}) };
    }
    this.#scan(file);
    const value = this.#anchors.get(`${name}#${fragment}`) ?? this.#anchors.get(`${this.base(file)}#${fragment}`);
    return value === undefined ? undefined : { value, file };
  }

  /** Authors write `#/components/…` inside a schema with an `$id` and mean the document. */
  #ofFile(file: string, fragment: string): Target | undefined {
    const resource = this.#resources.get(file);
    return resource && this.#inside(resource, this.base(file), fragment);
  }

  /** The path a reference names: beside the file it stands in, or beside the place where that one is published. */
  #fileOf(path: string, base: string, home: string): string {
    if (!isUri(path) && base === this.base(home)) return joinPath(home, path);
    const uri = joinPath(base, path);
    for (const [file, own] of this.#published) {
      const folder = own.slice(0, own.lastIndexOf('/') + 1);
      if (uri.startsWith(folder)) return joinPath(file, uri.slice(folder.length));
    }
    return isUri(path) ? path : joinPath(home, path);
  }

  /** Names that schemas of a file give themselves; looked for only when a reference needs one. */
  #scan(file: string): void {
    const root = this.#resources.get(file)?.root;
    if (root === undefined || this.#scanned.has(root)) return;
    this.#scanned.add(root);
    const visit = (value: JsonValue, name: string): void => {
      if (typeof value !== 'object' || value === null) return;
      if (Array.isArray(value)) {
        for (const item of value) visit(item, name);
        return;
      }
      const { $id, $anchor, $dynamicAnchor } = value;
      const own = typeof $id === 'string' ? joinPath(name, $id.replace(/#$/, '')) : name;
      if (own !== name && !this.#resources.has(own)) this.#resources.set(own, { root: value, file });
      for (const anchor of [$anchor, $dynamicAnchor])
        if (typeof anchor === 'string') this.#anchors.set(`${own}#${anchor}`, value);
      for (const key of Object.keys(value))
        if (!dataKeys.has(key) && !key.startsWith('x-')) visit(value[key] as JsonValue, own);
    };
    visit(root, this.base(file));
  }

  async #read(file: string, node: JsonObject): Promise<JsonValue | undefined> {
    const { read, origins, findings } = this.#source;
    const report = (rule: string, message: string, fix: string): undefined => {
      findings.push({ ...origins.at(node), rule, severity: 'error', message, fix });
    };
    if (this.#files >= loadLimits.files)
      return report('load-limit', 'More than 2,000 files are referred to.', 'Split the contract.');
    try {
      return parseText(await read(file), file, origins);
    } catch (error) {
      if (error instanceof SyntaxFailure) findings.push(error.finding);
      else {
        const why = `${file} cannot be read (${(error as Error).message}).`;
        report('ref-unresolved', why, 'Correct the reference, or add the file.');
      }
      return undefined;
    }
  }
}

/** `$self`, else the `$id` of a schema in a file of its own, else the path. */
function baseOf(root: JsonValue, file: string): string {
  const own = isObject(root) ? (root['$self'] ?? root['$id']) : undefined;
  return typeof own === 'string' && isUri(own) ? own.replace(/#.*$/, '') : file;
}

/** Path and fragment; of several `#` the first divides. */
export function split(reference: string): [path: string, fragment: string] {
  const at = reference.indexOf('#');
  return at < 0 ? [reference, ''] : [reference.slice(0, at), reference.slice(at + 1)];
}
