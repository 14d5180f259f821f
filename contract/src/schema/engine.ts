// Nodes of one document, kept with it: one engine per document, direction and strictness.

import type { Schema } from '../model/contract.ts';
import { Builder, type BuildOptions } from './build.ts';
import type { Node } from './ir.ts';

export interface Engine {
  /** The node of a schema; built once. Throws `SchemaError`. */
  node(schema: Schema): Node;
}

const engines = new WeakMap<object, Map<string, Engine>>();

export function engineFor(options: BuildOptions): Engine {
  // What other schemas an address names is the caller's; it is not remembered for others.
  if (options.resolve || options.base !== undefined) return createEngine(options);
  const key = `${options.formats} ${options.direction ?? ''} ${options.closed ?? false}`;
  let ofDocument = engines.get(options.document);
  if (!ofDocument) engines.set(options.document, (ofDocument = new Map()));
  let engine = ofDocument.get(key);
  if (!engine) ofDocument.set(key, (engine = createEngine(options)));
  return engine;
}

function createEngine(options: BuildOptions): Engine {
  let builder = new Builder(options);
  const nodes = new Map<Schema, Node>();
  const build = (schema: Schema): Node => {
    const node = builder.build(schema);
    if (!builder.missedDynamic) return node;
    builder = new Builder(options, true);
    return builder.build(schema);
  };
  return {
    node(schema) {
      let node = nodes.get(schema);
      if (!node) nodes.set(schema, (node = build(schema)));
      return node;
    },
  };
}
