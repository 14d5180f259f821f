// Overlays (Overlay Specification 1.0 and 1.1): changes to a contract that stand in a file of their own. They apply to the
// document as it was written, before references are followed; what they add keeps its place in the overlay's file.

import type { Finding, JsonObject, JsonValue } from '../model/contract.ts';
import { compilePath, type Location, normalizedPath, PathFailure } from './jsonpath.ts';
import type { Origins } from './origin.ts';
import { isObject, textOf } from './pointer.ts';

interface Report {
  origins: Origins;
  findings: Finding[];
  /** An action that meets nothing is an error. */
  strict: boolean;
}

/** Applies the actions of an overlay, in order, to `document`, in place. An action that cannot be applied is a finding. */
export function applyOverlay(document: JsonObject, overlay: JsonObject, report: Report): void {
  for (const action of Array.isArray(overlay['actions']) ? overlay['actions'] : [])
    if (isObject(action)) new Action(action, report).apply(document);
}

class Action {
  readonly #node: JsonObject;
  readonly #report: Report;

  constructor(node: JsonObject, report: Report) {
    this.#node = node;
    this.#report = report;
  }

  apply(document: JsonObject): void {
    const targets = this.#find(document, 'target');
    if (!targets || targets.length === 0) return;
    if (this.#node['remove'] === true) return this.#remove(targets);
    const update = this.#update(document);
    if (update === undefined) return;
    for (const target of targets) this.#merge(target, update);
  }

  /** The places a path leads to, each once; undefined and a finding when it is none. */
  #find(document: JsonObject, key: 'target' | 'copy'): Location[] | undefined {
    const path = textOf(this.#node[key]);
    try {
      const found = compilePath(path)(document);
      if (found.length === 0) this.#noMatch(`Nothing stands at the ${key} ${path}.`);
      return [...new Map(found.map((place) => [normalizedPath(place), place])).values()];
    } catch (error) {
      if (!(error instanceof PathFailure)) throw error;
      this.#wrong(`The ${key} ${path} cannot be used: ${error.message}`);
      return undefined;
    }
  }

  /** The value to merge; a copy is taken as it stands before this action. */
  #update(document: JsonObject): JsonValue | undefined {
    if ('update' in this.#node || !('copy' in this.#node)) return this.#node['update'];
    const found = this.#find(document, 'copy') ?? [];
    if (found.length > 1) this.#wrong(`\`copy\` leads to ${found.length} places; it must be one.`);
    const [source] = found;
    return source && found.length === 1 ? this.#clone(source.value) : undefined;
  }

  #remove(targets: readonly Location[]): void {
    // Entries of lists from behind: what stands in front keeps its place.
    for (const { key, up } of targets.toSorted((a, b) => Number(b.key) - Number(a.key) || 0)) {
      if (!up) this.#wrong('The whole document cannot be removed.');
      else if (Array.isArray(up.value)) up.value.splice(Number(key), 1);
      else if (isObject(up.value)) delete up.value[key];
    }
  }

  #merge({ value, key, up }: Location, update: JsonValue): void {
    if (isObject(value)) {
      if (isObject(update)) this.#mergeInto(value, update);
      else this.#wrong('An object is updated by an object.');
    } else if (Array.isArray(value)) {
      for (const item of Array.isArray(update) ? update : [update]) value.push(this.#clone(item));
    } else if (typeof update === 'object' && update !== null) {
      this.#wrong('A single value is updated by a single value.');
    } else if (up) {
      (up.value as Record<string | number, JsonValue>)[key] = update;
    }
  }

  /** Objects merge, lists grow, everything else is replaced. */
  #mergeInto(target: JsonObject, update: JsonObject): void {
    for (const [key, value] of Object.entries(update)) {
      const known = Object.hasOwn(target, key) ? target[key] : undefined;
      if (isObject(known) && isObject(value)) this.#mergeInto(known, value);
      else if (Array.isArray(known) && Array.isArray(value)) known.push(...value.map((item) => this.#clone(item)));
      else Object.defineProperty(target, key, { value: this.#clone(value), ...plain });
    }
  }

  /** A value of its own for every place: later steps change it there. */
  #clone(value: JsonValue): JsonValue {
    if (typeof value !== 'object' || value === null) return value;
    const copy: JsonValue = Array.isArray(value) ? value.map((item) => this.#clone(item)) : {};
    if (isObject(value) && isObject(copy))
      for (const [key, item] of Object.entries(value))
        Object.defineProperty(copy, key, { value: this.#clone(item), ...plain });
    this.#report.origins.copy(value, copy);
    return copy;
  }

  #noMatch(message: string): void {
    const { origins, findings, strict } = this.#report;
    findings.push({
      ...origins.at(this.#node),
      rule: 'overlay-no-match',
      severity: strict ? 'error' : 'warn',
      message,
      fix: 'Correct the path, or remove the action.',
    });
  }

  #wrong(message: string): void {
    const { origins, findings } = this.#report;
    findings.push({ ...origins.at(this.#node), rule: 'spec-structure', severity: 'error', message });
  }
}

/** `__proto__` is a key like any other. */
const plain = { enumerable: true, configurable: true, writable: true } as const;
