// Nodes and functions of one document, kept with it: one engine per document, direction and strictness. A schema is
// interpreted at first; once it is used often its function is emitted, and shared by all schemas that refer to it.

import { isObject } from '../load/pointer.ts';
import type { Schema } from '../model/contract.ts';
import { Builder, type BuildOptions } from './build.ts';
import { memberCount } from './checks.ts';
import { emit } from './emit.ts';
import { formatOf } from './formats/formats.ts';
import { isValid } from './interpret.ts';
import type { Node } from './ir.ts';
import { linearTest } from './pattern.ts';
import { isAtLeast, isAtMost, isEqual, isUnique, multipleOf } from './values.ts';

type Verdict = (value: unknown) => boolean;

const engines = new WeakMap<object, Map<string, Engine>>();

export function engineFor(options: BuildOptions): Engine {
  // What other schemas an address names is the caller's; it is not remembered for others.
  if (options.resolve || options.base !== undefined) return new Engine(options);
  const key = `${options.formats} ${options.direction ?? ''} ${options.closed ?? false}`;
  let ofDocument = engines.get(options.document);
  if (!ofDocument) engines.set(options.document, (ofDocument = new Map()));
  let engine = ofDocument.get(key);
  if (!engine) ofDocument.set(key, (engine = new Engine(options)));
  return engine;
}

/** What emitted code may call. */
export const library = {
  formatOf,
  isAtLeast,
  isAtMost,
  isEqual,
  isUnique,
  isValid,
  linearTest,
  memberCount,
  multipleOf,
};

export class Engine {
  readonly #options: BuildOptions;
  #nodes = new WeakMap<object, Node>();
  readonly #emitted = new WeakMap<Node, Verdict>();
  #builder: Builder;

  constructor(options: BuildOptions) {
    this.#options = options;
    this.#builder = new Builder(options);
  }

  /** The node of a schema; built once. Throws `SchemaError`. */
  node(schema: Schema): Node {
    if (!isObject(schema)) return this.#build(schema);
    let node = this.#nodes.get(schema);
    if (!node) {
      node = this.#build(schema);
      this.#nodes.set(schema, node);
    }
    return node;
  }

  #build(schema: Schema): Node {
    try {
      const node = this.#builder.build(schema);
      if (!this.#builder.missedDynamic) return node;
      this.#startAnew(true);
      return this.#builder.build(schema);
    } catch (error) {
      // Half of its nodes are blank, and a blank node accepts everything.
      this.#startAnew(false);
      throw error;
    }
  }

  #startAnew(isDynamic: boolean): void {
    this.#builder = new Builder(this.#options, isDynamic);
    this.#nodes = new WeakMap();
  }

  /** The emitted function of a node; the interpreter where code cannot be generated. */
  function(node: Node): Verdict {
    const known = this.#emitted.get(node);
    if (known) return known;
    try {
      return this.#emit(node);
    } catch (error) {
      // A page whose policy forbids code generation, or a schema too large or too long a chain to be written.
      if (error instanceof EvalError || error instanceof RangeError) return (value) => isValid(node, value);
      throw error;
    }
  }

  #emit(node: Node): Verdict {
    const { source, nodes, mentioned } = emit(node, this.#emitted);
    const nodeOf = (id: number): Node => mentioned.get(id) as Node;
    const helpers = { ...library, node: nodeOf, emitted: (id: number) => this.#emitted.get(nodeOf(id)) };
    // eslint-disable-next-line typescript/no-implied-eval -- Contract text enters it through `literal` alone.
    const functions = new Function('h', source)(helpers) as Verdict[];
    for (const [index, verdict] of functions.entries()) this.#emitted.set(nodes[index] as Node, verdict);
    return this.#emitted.get(node) as Verdict;
  }
}
