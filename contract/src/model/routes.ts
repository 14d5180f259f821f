// Method and path → operation, split before percent-decoding. The literal beginning of a path is one look-up; behind it
// stands a trie over segments. Literals win over variables.

import type { Contract, Operation, RouteMatch } from './contract.ts';

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
  /** What a variable that is a whole segment leads to, where nothing else may stand and a path may end. */
  last: Node | undefined;
}

/** Literal texts around the variables of a segment: one more than there are variables. */
interface Variable {
  texts: readonly string[];
  form: string;
  node: Node;
}

const none: RouteMatch = { kind: 'none' };

function lastOf({ literals, variables: [only, ...others] }: Node): Node | undefined {
  const isAlone = only !== undefined && others.length === 0 && literals.size === 0;
  return isAlone && only.form === '{}' && only.node.methods.size > 0 ? only.node : undefined;
}

/** All operations: paths without variables by their whole text, others by their literal text before the first variable. */
interface Table {
  whole: Map<string, Node>;
  /** True at the lengths of whole paths: most paths with an id need not be looked up there. */
  lengths: boolean[];
  /** By length: to compare a few texts costs less than to hash a new one. */
  heads: Head[][];
}

/** The literal beginning of paths, up to the slash before the first variable. */
interface Head {
  text: string;
  node: Node;
}

/** Compiles the routes of contracts; a base path of each stands before its operations. HEAD is answered by GET. */
export function compileRoutes(contracts: readonly Contract[]): (method: string, path: string) => RouteMatch {
  const table: Table = { whole: new Map(), lengths: [], heads: [] };
  for (const contract of contracts) {
    for (const operation of contract.operations) insert(table, contract, operation);
  }
  for (const { node } of table.heads.flat()) node.last = lastOf(node);
  return (method, path) => {
    const values: string[] = [];
    const whole = table.lengths[path.length] === true ? table.whole.get(path) : undefined;
    const node = whole ?? findBehind(table.heads, path, values);
    if (!node) return none;
    const leaf = node.methods.get(method) ?? (method === 'HEAD' ? node.methods.get('GET') : undefined);
    if (!leaf) return { kind: 'method', allow: allowOf(node) };
    const raw: Record<string, string> = {};
    let isEncoded = false;
    for (let index = 0; index < leaf.names.length; index++) {
      const value = values[index] ?? '';
      isEncoded ||= value.includes('%');
      raw[leaf.names[index] as string] = value;
    }
    const params = isEncoded ? decoded(raw) : raw;
    return params ? { kind: 'match', operation: leaf.operation, contract: leaf.contract, params, raw } : none;
  };
}

function newNode(): Node {
  return { literals: new Map(), variables: [], methods: new Map(), last: undefined };
}

function insert(table: Table, contract: Contract, operation: Operation): void {
  const path = `${contract.basePath}${operation.path}`;
  const leaf: Leaf = {
    operation,
    contract,
    names: [...path.matchAll(/\{([^}]*)\}/g)].map(([, name = '']) => name),
  };
  const brace = path.indexOf('{');
  const head = brace < 0 ? path : path.slice(0, path.lastIndexOf('/', brace) + 1);
  let node = brace < 0 ? wholeNode(table, path) : headNode(table, head);
  if (brace >= 0) for (const segment of path.slice(head.length).split('/')) node = below(node, segment);
  node.methods.set(operation.method.toUpperCase(), leaf);
}

function wholeNode({ whole, lengths }: Table, path: string): Node {
  while (lengths.length <= path.length) lengths.push(false);
  lengths[path.length] = true;
  let node = whole.get(path);
  if (!node) whole.set(path, (node = newNode()));
  return node;
}

function headNode({ heads }: Table, text: string): Node {
  while (heads.length <= text.length) heads.push([]);
  const known = heads[text.length] as Head[];
  let head = known.find((each) => each.text === text);
  if (!head) known.push((head = { text, node: newNode() }));
  return head.node;
}

/** The node of one more segment, made when it is new. */
function below(node: Node, segment: string): Node {
  if (!segment.includes('{')) {
    let next = node.literals.get(segment);
    if (!next) node.literals.set(segment, (next = newNode()));
    return next;
  }
  const texts = segment.split(/\{[^}]*\}/);
  const form = texts.join('{}');
  let variable = node.variables.find((entry) => entry.form === form);
  if (!variable) {
    variable = { texts, form, node: newNode() };
    node.variables.push(variable);
    node.variables.sort((a, b) => b.form.length - a.form.length);
  }
  return variable.node;
}

/** Longest literal text first: what is written out wins over a variable in the same place. */
function findBehind(heads: readonly (readonly Head[])[], path: string, values: string[]): Node | undefined {
  for (let slash = path.lastIndexOf('/'); slash >= 0; slash = slash === 0 ? -1 : path.lastIndexOf('/', slash - 1)) {
    if (slash + 1 >= heads.length) continue;
    for (const { text, node } of heads[slash + 1] as readonly Head[]) {
      if (!path.startsWith(text)) continue;
      const found = findLast(node, path, slash + 1, values) ?? find(node, path, slash + 1, values);
      if (found && found.methods.size > 0) return found;
      values.length = 0;
    }
  }
  return undefined;
}

/** Most paths end with an id: `/orders/{orderId}`. undefined = this one does not, or something else may stand there, too. */
function findLast(node: Node, path: string, start: number, values: string[]): Node | undefined {
  if (node.last === undefined || start >= path.length || path.includes('/', start)) return undefined;
  values.push(path.slice(start));
  return node.last;
}

/** Depth is bounded by the path's length, which the listener bounds. */
function find(node: Node, path: string, start: number, values: string[]): Node | undefined {
  if (start > path.length) return node;
  const slash = path.indexOf('/', start);
  const end = slash < 0 ? path.length : slash;
  const segment = path.slice(start, end);
  const literal = node.literals.size === 0 ? undefined : node.literals.get(segment);
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
  if (texts.length === 2 && texts[0] === '' && texts[1] === '') {
    if (segment !== '') values.push(segment);
    return segment !== '';
  }
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
  const allow = [...node.methods.keys()];
  if (node.methods.has('GET') && !node.methods.has('HEAD')) allow.push('HEAD');
  return allow.toSorted();
}

function decoded(raw: Readonly<Record<string, string>>): Record<string, string> | undefined {
  const params: Record<string, string> = {};
  for (const [name, segment] of Object.entries(raw)) {
    const value = decodeSegment(segment);
    if (value === undefined) return undefined;
    params[name] = value;
  }
  return params;
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
