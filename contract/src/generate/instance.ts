// The one generator: schema → a believable valid value. It proposes, the validator judges; up to 60 proposals, from
// generous to bare, with other branches each time.

import { follow, isObject } from '../load/pointer.ts';
import type { JsonObject, JsonValue, Schema } from '../model/contract.ts';
import { compileSchema, type Validator } from '../schema/compile.ts';
import { Draw, hashText } from './draw.ts';
import { textFor } from './words.ts';

export interface GeneratorOptions {
  document: JsonObject;
  seed: number;
  now: Temporal.Instant;
}

export interface Wish {
  /** Name of the property or thing; steers words. */
  name?: string;
  direction?: 'request' | 'response';
  /** What makes this value another one than its neighbours. */
  key?: string;
}

const proposals = 60;
const mostDepth = 24;

export class Generator {
  readonly #options: GeneratorOptions;
  readonly #validators = new WeakMap<object, Map<string, Validator>>();

  constructor(options: GeneratorOptions) {
    this.#options = options;
  }

  /** A value valid against `schema`; `valid` is false when none was found (the last proposal is given then). */
  instance(schema: Schema, wish: Wish = {}): { value: JsonValue; valid: boolean } {
    const validator = this.validator(schema, wish.direction);
    let value: JsonValue = null;
    for (let attempt = 0; attempt < proposals; attempt++) {
      const draw = new Draw(hashText(`${this.#options.seed}/${wish.key ?? ''}/${wish.name ?? ''}/${attempt}`));
      // Early proposals are rich; later ones leave out what is optional and stop at shallow depth.
      const proposal = new Proposal(this.#options, draw, {
        bare: attempt > 4,
        depth: attempt > 30 ? 4 : mostDepth,
        direction: wish.direction,
      });
      value = proposal.value(schema, wish.name ?? '', 0) ?? null;
      if (validator.check(value)) return { value, valid: true };
    }
    return { value, valid: false };
  }

  validator(schema: Schema, direction: Wish['direction']): Validator {
    const { document } = this.#options;
    const options = { document, ...(direction ? { direction } : {}) };
    if (typeof schema === 'boolean') return compileSchema(schema, options);
    let byDirection = this.#validators.get(schema);
    if (!byDirection) this.#validators.set(schema, (byDirection = new Map()));
    let known = byDirection.get(direction ?? '');
    if (!known) byDirection.set(direction ?? '', (known = compileSchema(schema, options)));
    return known;
  }
}

interface Manner {
  bare: boolean;
  depth: number;
  direction: Wish['direction'];
}

class Proposal {
  readonly #options: GeneratorOptions;
  readonly #draw: Draw;
  readonly #manner: Manner;

  constructor(options: GeneratorOptions, draw: Draw, manner: Manner) {
    this.#options = options;
    this.#draw = draw;
    this.#manner = manner;
  }

  value(schema: Schema | undefined, name: string, depth: number): JsonValue | undefined {
    if (schema === false) return undefined;
    if (schema === true || schema === undefined) return this.#draw.letters(6);
    const node = this.#flatten(schema, depth);
    if ('const' in node) return node['const'];
    if (Array.isArray(node['enum'])) return this.#draw.pick(node['enum']);
    const example = this.#example(node);
    if (example !== undefined) return example;
    switch (this.#type(node)) {
      case 'object':
        return this.#object(node, depth);
      case 'array':
        return this.#array(node, name, depth);
      case 'integer':
        return this.#number(node, name, true);
      case 'number':
        return this.#number(node, name, false);
      case 'boolean':
        return this.#draw.chance(0.7);
      case 'null':
        return null;
      default:
        return this.#text(node, name);
    }
  }

  /** References followed, compositions merged, one branch of each choice taken. */
  #flatten(schema: Schema, depth: number): JsonObject {
    const followed = follow(this.#options.document, schema as JsonValue);
    if (!isObject(followed)) return {};
    const siblings =
      isObject(schema) && '$ref' in schema
        ? Object.fromEntries(Object.entries(schema).filter(([key]) => key !== '$ref'))
        : {};
    let node: JsonObject = { ...followed, ...siblings };
    if (depth > mostDepth) return node;
    for (const branch of list(node['allOf'])) node = mergeSchemas(node, this.#flatten(branch as Schema, depth + 1));
    for (const key of ['oneOf', 'anyOf'] as const) {
      const branches = list(node[key]).filter((branch) => !(isObject(branch) && branch['type'] === 'null'));
      if (branches.length > 0) {
        const { [key]: _choice, ...rest } = node;
        node = mergeSchemas(rest, this.#flatten(this.#draw.pick(branches) as Schema, depth + 1));
      }
    }
    if (node['then'] !== undefined && isObject(node['if']) && this.#draw.chance(0.5))
      node = mergeSchemas(
        mergeSchemas(node, this.#flatten(node['if'], depth + 1)),
        this.#flatten(node['then'] as Schema, depth + 1),
      );
    return node;
  }

  #example(node: JsonObject): JsonValue | undefined {
    const examples = list(node['examples']);
    const scalars = examples.filter((value) => typeof value !== 'object' || value === null);
    if (scalars.length > 0 && !this.#manner.bare) return this.#draw.pick(scalars);
    return node['default'] !== undefined && typeof node['default'] !== 'object' && this.#draw.chance(0.5)
      ? node['default']
      : undefined;
  }

  #type(node: JsonObject): string {
    const { type } = node;
    if (typeof type === 'string') return type;
    if (Array.isArray(type)) return String(type.find((entry) => entry !== 'null') ?? 'null');
    if (
      isObject(node['properties']) ||
      node['required'] !== undefined ||
      isObject(node['additionalProperties']) ||
      node['minProperties'] !== undefined
    )
      return 'object';
    if (node['items'] !== undefined || node['prefixItems'] !== undefined) return 'array';
    if (node['minimum'] !== undefined || node['maximum'] !== undefined || node['multipleOf'] !== undefined)
      return 'number';
    return 'string';
  }

  #object(node: JsonObject, depth: number): JsonObject {
    const properties = isObject(node['properties']) ? node['properties'] : {};
    const required = new Set(list(node['required']).map(String));
    const result: JsonObject = {};
    for (const [name, property] of Object.entries(properties)) {
      const isOptional = !required.has(name);
      if (isOptional && (this.#manner.bare || depth >= Math.min(6, this.#manner.depth) || !this.#draw.chance(0.75)))
        continue;
      if (this.#hidden(property as Schema)) continue;
      if (isOptional && depth >= this.#manner.depth) continue;
      const value = depth > mostDepth ? undefined : this.value(property as Schema, name, depth + 1);
      if (value !== undefined) result[name] = value;
    }
    const extra = node['additionalProperties'];
    const least = Number(node['minProperties'] ?? 0);
    for (const name of required) {
      if (name in result || name in properties) continue;
      const value = this.value(isObject(extra) ? extra : true, name, depth + 1);
      if (value !== undefined) result[name] = value;
    }
    for (let count = 0; Object.keys(result).length < least && count < 50; count++) {
      const name = Object.keys(properties).find((key) => !(key in result)) ?? `${this.#draw.letters(5)}`;
      const value = this.value((properties[name] ?? (isObject(extra) ? extra : true)) as Schema, name, depth + 1);
      if (value !== undefined) result[name] = value;
    }
    for (const [name, needs] of Object.entries(isObject(node['dependentRequired']) ? node['dependentRequired'] : {})) {
      if (!(name in result)) continue;
      for (const other of list(needs).map(String))
        result[other] ??= this.value((properties[other] ?? true) as Schema, other, depth + 1) ?? null;
    }
    return result;
  }

  #hidden(property: Schema): boolean {
    const node = follow(this.#options.document, property as JsonValue);
    if (!isObject(node)) return false;
    return (
      (this.#manner.direction === 'request' && node['readOnly'] === true) ||
      (this.#manner.direction === 'response' && node['writeOnly'] === true)
    );
  }

  #array(node: JsonObject, name: string, depth: number): JsonValue[] {
    const prefix = list(node['prefixItems']);
    const least = Number(node['minItems'] ?? 0);
    const most = Number(node['maxItems'] ?? Math.max(least, 3));
    const wanted = depth > 4 || this.#manner.bare ? least : Math.max(least, Math.min(most, this.#draw.int(1, 3)));
    const items: JsonValue[] = [];
    for (let index = 0; index < Math.min(wanted, 50) || index < Math.min(prefix.length, most); index++) {
      const schema = (prefix[index] ?? node['items'] ?? true) as Schema;
      const value = this.value(schema, name.replace(/s$/, ''), depth + 1);
      if (value === undefined) break;
      if (node['uniqueItems'] === true && items.some((item) => JSON.stringify(item) === JSON.stringify(value))) {
        // A small enumeration may have no further value; give it a few draws.
        const again = this.value(schema, name, depth + 1);
        if (again !== undefined && !items.some((item) => JSON.stringify(item) === JSON.stringify(again)))
          items.push(again);
        continue;
      }
      items.push(value);
    }
    if (isObject(node['contains']) && items.length < most) {
      const value = this.value(node['contains'], name, depth + 1);
      if (value !== undefined) items.push(value);
    }
    return items;
  }

  #number(node: JsonObject, name: string, isWhole: boolean): number {
    const step = typeof node['multipleOf'] === 'number' ? node['multipleOf'] : isWhole ? 1 : 0.01;
    let low = Number(
      node['minimum'] ?? (typeof node['exclusiveMinimum'] === 'number' ? node['exclusiveMinimum'] + step : Number.NaN),
    );
    let high = Number(
      node['maximum'] ?? (typeof node['exclusiveMaximum'] === 'number' ? node['exclusiveMaximum'] - step : Number.NaN),
    );
    const usual: [number, number] = /amount|price|total|balance|minor/i.test(name)
      ? [100, 50_000]
      : /year/i.test(name)
        ? [2020, 2026]
        : [1, 100];
    if (Number.isNaN(low)) low = Number.isNaN(high) ? usual[0] : Math.min(usual[0], high);
    if (Number.isNaN(high)) high = Math.max(low, usual[1]);
    high = Math.min(high, low + 1_000_000);
    const first = Math.ceil(low / step);
    const last = Math.max(first, Math.floor(high / step));
    const value = this.#draw.int(first, last) * step;
    return isWhole ? Math.round(value) : Number(value.toFixed(6));
  }

  #text(node: JsonObject, name: string): string {
    return textFor(
      {
        name,
        format: typeof node['format'] === 'string' ? node['format'] : undefined,
        pattern: typeof node['pattern'] === 'string' ? node['pattern'] : undefined,
        minLength: Number(node['minLength'] ?? 0),
        maxLength: Number(node['maxLength'] ?? 200),
        now: this.#options.now,
      },
      this.#draw,
    );
  }
}

function list(value: JsonValue | undefined): JsonValue[] {
  return Array.isArray(value) ? value : [];
}

/** Both at once, as far as that can be said by merging: properties and required together, bounds from the second. */
function mergeSchemas(left: JsonObject, right: JsonObject): JsonObject {
  const merged: JsonObject = { ...left, ...right };
  if (isObject(left['properties']) && isObject(right['properties'])) {
    const both: JsonObject = { ...left['properties'] };
    for (const [name, schema] of Object.entries(right['properties'])) {
      const known = both[name];
      both[name] =
        isObject(known) && isObject(schema) && JSON.stringify(known) !== JSON.stringify(schema)
          ? { allOf: [known, schema] }
          : schema;
    }
    merged['properties'] = both;
  }
  const required = [...list(left['required']), ...list(right['required'])];
  if (required.length > 0) merged['required'] = [...new Set(required)];
  delete merged['allOf'];
  return merged;
}
