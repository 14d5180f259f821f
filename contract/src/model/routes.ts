// Method and path → operation. A trie over path segments, split before percent-decoding; literals win over variables.

import type { Contract, Method, Operation, RouteMatch } from './contract.ts';

interface Leaf {
  operation: Operation;
  contract: Contract;
  /** Names of the path variables, in order. */
  names: string[];
}

interface Node {
  literals: Map<string, Node>;
  /** `{id}` and forms around it: `{id}:cancel`, `{name}.{ext}`. The forms with more literal text come first. */
  variables: Variable[];
  methods: Map<string, Leaf>;
}

/** Literal texts around the variables of a segment: one more than there are variables. */
interface Variable {
  texts: readonly string[];
  form: string;
  node: Node;
}

const none: RouteMatch = { kind: 'none' };

/** Compiles the routes of contracts; a base path of each stands before its operations. HEAD is answered by GET. */
export function compileRoutes(contracts: readonly Contract[]): (method: string, path: string) => RouteMatch {
  const root = newNode();
  for (const contract of contracts) {
    for (const operation of contract.operations) insert(root, contract, operation);
  }
  return (method, path) => {
    if (path.charCodeAt(0) !== 47) return none;
    const values: string[] = [];
    const node = find(root, path, 1, values);
    if (!node || node.methods.size === 0) return none;
    const wanted = method.toLowerCase();
    const leaf = node.methods.get(wanted) ?? (wanted === 'head' ? node.methods.get('get') : undefined);
    if (!leaf) return { kind: 'method', allow: allowOf(node) };
    const params: Record<string, string> = {};
    for (let index = 0; index < leaf.names.length; index++) {
      const value = decodeSegment(values[index] ?? '');
      if (value === undefined) return none;
      params[leaf.names[index] as string] = value;
    }
    return { kind: 'match', operation: leaf.operation, contract: leaf.contract, params };
  };
}

function newNode(): Node {
  return { literals: new Map(), variables: [], methods: new Map() };
}

function insert(root: Node, contract: Contract, operation: Operation): void {
  const names: string[] = [];
  let node = root;
  for (const segment of `${contract.basePath}${operation.path}`.split('/').slice(1)) {
    if (!segment.includes('{')) {
      let next = node.literals.get(segment);
      if (!next) node.literals.set(segment, (next = newNode()));
      node = next;
      continue;
    }
    const texts = segment.split(/\{[^}]*\}/);
    for (const [, name = ''] of segment.matchAll(/\{([^}]*)\}/g)) names.push(name);
    const form = texts.join('{}');
    let variable = node.variables.find((entry) => entry.form === form);
    if (!variable) {
      variable = { texts, form, node: newNode() };
      node.variables.push(variable);
      node.variables.sort((a, b) => b.form.length - a.form.length);
    }
    node = variable.node;
  }
  node.methods.set(operation.method satisfies Method, { operation, contract, names });
}

/** Depth is bounded by the path's length, which the listener bounds. */
function find(node: Node, path: string, start: number, values: string[]): Node | undefined {
  if (start > path.length) return node;
  const slash = path.indexOf('/', start);
  const end = slash < 0 ? path.length : slash;
  const segment = path.slice(start, end);
  const literal = node.literals.get(segment);
  if (literal) {
    const found = find(literal, path, end + 1, values);
    if (found && found.methods.size > 0) return found;
  }
  for (const variable of node.variables) {
    const depth = values.length;
    if (!take(segment, variable.texts, values)) continue;
    const found = find(variable.node, path, end + 1, values);
    if (found && found.methods.size > 0) return found;
    values.length = depth;
  }
  return undefined;
}

/** Adds the values of a segment's variables; false, and nothing added, when it has another form. None may be empty. */
function take(segment: string, texts: readonly string[], values: string[]): boolean {
  const before = texts[0] as string;
  const after = texts[texts.length - 1] as string;
  const end = segment.length - after.length;
  if (end <= before.length || !segment.startsWith(before) || !segment.endsWith(after)) return false;
  const depth = values.length;
  const start = before.length;
  // With several variables the last delimiter counts: `report.final.pdf` is `report.final` and `pdf`.
  let stop = end;
  for (let index = texts.length - 2; index > 0; index--) {
    const text = texts[index] as string;
    const at = segment.lastIndexOf(text, stop - text.length - 1);
    if (text === '' || at <= start) {
      values.length = depth;
      return false;
    }
    values.splice(depth, 0, segment.slice(at + text.length, stop));
    stop = at;
  }
  values.splice(depth, 0, segment.slice(start, stop));
  return true;
}

function allowOf(node: Node): string[] {
  const allow = [...node.methods.keys()].map((method) => method.toUpperCase());
  if (node.methods.has('get') && !node.methods.has('head')) allow.push('HEAD');
  return allow.toSorted();
}

/** undefined for broken percent-encoding and for a NUL byte. */
function decodeSegment(segment: string): string | undefined {
  if (!segment.includes('%')) return segment;
  try {
    const text = decodeURIComponent(segment);
    return text.includes('\u0000') ? undefined : text;
  } catch {
    return undefined;
  }
}
