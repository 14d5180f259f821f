// Stage `route`: raw target → operation and decoded path parameters. The target is split before it is decoded, so an
// encoded slash stays data. No redirects: another spelling of a path is another path.

import type { CompiledOperation } from './operation.ts';

const mostTargetBytes = 8192;

export type Found =
  | { kind: 'match'; operation: CompiledOperation; path: Record<string, string>; query: string }
  | { kind: 'method'; allow: string; operation: CompiledOperation }
  | { kind: 'none' }
  | { kind: 'refused'; code: 'malformed-request' | 'target-too-long'; reason: string };

interface Variable {
  before: string;
  after: string;
  node: Node;
}

interface Node {
  fixed: Map<string, Node>;
  /** Most literal text first, so `{id}:cancel` wins over `{id}`. */
  variables: Variable[];
  byMethod: Map<string, { operation: CompiledOperation; names: string[] }> | undefined;
}

const none = { kind: 'none' } as const;

/** A table of all operations. Later installs make a new one. */
export class Routes {
  readonly #root: Node = newNode();

  constructor(operations: readonly CompiledOperation[]) {
    for (const operation of operations) this.#add(operation);
  }

  find(method: string, target: string): Found {
    if (target.length > mostTargetBytes) return { kind: 'refused', code: 'target-too-long', reason: '' };
    const mark = target.indexOf('?');
    const path = mark < 0 ? target : target.slice(0, mark);
    const query = mark < 0 ? '' : target.slice(mark + 1);
    const values: string[] = [];
    const segments = path.split('/');
    if (segments[0] !== '') return none;
    const node = walk(this.#root, segments, 1, values);
    if (node?.byMethod === undefined) return none;
    const entry = node.byMethod.get(method) ?? (method === 'HEAD' ? node.byMethod.get('GET') : undefined);
    if (entry === undefined) return wrongMethod(node.byMethod);
    const named: Record<string, string> = {};
    for (let index = 0; index < values.length; index++) {
      const decoded = decode(values[index] as string);
      if (decoded === undefined)
        return { kind: 'refused', code: 'malformed-request', reason: 'the path is not well encoded' };
      named[entry.names[index] as string] = decoded;
    }
    return { kind: 'match', operation: entry.operation, path: named, query };
  }

  #add(operation: CompiledOperation): void {
    const names: string[] = [];
    let node = this.#root;
    const template = operation.contract.basePath + operation.operation.path;
    for (const segment of template.split('/').slice(1)) node = descend(node, segment, names);
    node.byMethod ??= new Map();
    node.byMethod.set(operation.operation.method.toUpperCase(), { operation, names });
  }
}

function newNode(): Node {
  return { fixed: new Map(), variables: [], byMethod: undefined };
}

function descend(node: Node, segment: string, names: string[]): Node {
  const open = segment.indexOf('{');
  const close = segment.indexOf('}', open);
  if (open < 0 || close < 0) {
    const known = node.fixed.get(segment) ?? newNode();
    node.fixed.set(segment, known);
    return known;
  }
  names.push(segment.slice(open + 1, close));
  const [before, after] = [segment.slice(0, open), segment.slice(close + 1)];
  const known = node.variables.find((each) => each.before === before && each.after === after);
  if (known !== undefined) return known.node;
  const made = { before, after, node: newNode() };
  node.variables.push(made);
  node.variables.sort(
    (left, right) => right.before.length + right.after.length - left.before.length - left.after.length,
  );
  return made.node;
}

/** Literal before variable; goes back when a literal leads nowhere. Depth is that of the longest path template. */
function walk(node: Node, segments: readonly string[], at: number, values: string[]): Node | undefined {
  if (at === segments.length) return node.byMethod === undefined ? undefined : node;
  const segment = segments[at] as string;
  const fixed = node.fixed.get(segment);
  const found = fixed === undefined ? undefined : walk(fixed, segments, at + 1, values);
  if (found !== undefined) return found;
  const length = values.length;
  for (const { before, after, node: next } of node.variables) {
    if (segment.length <= before.length + after.length || !segment.startsWith(before) || !segment.endsWith(after))
      continue;
    values.length = length;
    values.push(segment.slice(before.length, segment.length - after.length));
    const deeper = walk(next, segments, at + 1, values);
    if (deeper !== undefined) return deeper;
  }
  values.length = length;
  return undefined;
}

/** undefined for bad escapes, a NUL, and dot segments hidden in escapes. */
function decode(raw: string): string | undefined {
  if (!raw.includes('%')) return raw === '.' || raw === '..' ? undefined : raw;
  try {
    const text = decodeURIComponent(raw);
    return text.includes('\0') || text === '.' || text === '..' ? undefined : text;
  } catch {
    // Bad escapes or bytes that are not UTF-8.
    return undefined;
  }
}

function wrongMethod(byMethod: Map<string, { operation: CompiledOperation }>): Found {
  const methods = new Set(byMethod.keys());
  if (methods.has('GET')) methods.add('HEAD');
  methods.add('OPTIONS');
  const first = byMethod.values().next().value as { operation: CompiledOperation };
  return { kind: 'method', allow: [...methods].toSorted().join(', '), operation: first.operation };
}
