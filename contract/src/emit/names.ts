// Text of a contract on its way into source code: identifiers, quoted keys, string literals, comments.
// Everything that is not checked to be an identifier goes through JSON.stringify, so contract text never becomes code.

const identifier = /^[A-Za-z_$][A-Za-z0-9_$]*$/;

/** Words that cannot name a type, and global types the emitted code itself uses. */
const reserved = new Set(
  `break case catch class const continue debugger default delete do else enum export extends false finally for function if
  import in instanceof new null return super switch this throw true try typeof var void while with as implements interface
  let package private protected public static yield any boolean never number object string symbol unknown undefined bigint
  type namespace module declare abstract await async global keyof readonly infer is asserts unique Uint8Array Record`
    .split(/\s+/)
    .filter(Boolean),
);

/** A property key: bare when it is an identifier, else quoted. */
export function keyText(name: string): string {
  return identifier.test(name) && name !== '__proto__' ? name : literal(name);
}

/** A single-quoted string literal, a number, a boolean or null. */
export function literal(value: string | number | boolean | null): string {
  if (typeof value !== 'string') return typeof value === 'number' && !Number.isFinite(value) ? 'number' : String(value);
  const inner = JSON.stringify(value)
    .slice(1, -1)
    .replaceAll(String.raw`\"`, '"')
    .replaceAll("'", String.raw`\'`);
  return `'${inner.replaceAll('\u2028', String.raw`\u2028`).replaceAll('\u2029', String.raw`\u2029`)}'`;
}

/** A doc comment, or nothing; it cannot be closed from inside. Ends with a line break. */
export function comment(text: string | undefined, indent: string): string {
  const lines = (text ?? '')
    .replaceAll('*/', '*\\/')
    .split(/\r\n|[\n\r\u2028\u2029]/)
    .map((line) => line.trimEnd());
  while (lines.length > 0 && lines.at(-1) === '') lines.pop();
  if (lines.length === 0) return '';
  if (lines.length === 1) return `${indent}/** ${lines[0]?.trim()} */\n`;
  return `${indent}/**\n${lines.map((line) => `${indent} * ${line}`.trimEnd()).join('\n')}\n${indent} */\n`;
}

/** One line of plain text for a `//` comment. */
export function lineText(text: string): string {
  return text.replaceAll(/[\s\u2028\u2029]+/g, ' ').trim();
}

/** `order-lookups` → `OrderLookups`. */
export function pascal(name: string): string {
  const joined = name
    .split(/[^A-Za-z0-9]+/)
    .filter(Boolean)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
  return /^[A-Za-z]/.test(joined) ? joined : `T${joined}`;
}

/** `order-lookups` → `orderLookups`. */
export function camel(name: string): string {
  const big = pascal(name);
  return big.charAt(0).toLowerCase() + big.slice(1);
}

/** A free type name for a component: its own where possible, remembered in `taken`. */
export function typeName(wanted: string, taken: Set<string>): string {
  const base = identifier.test(wanted) && !reserved.has(wanted) ? wanted : pascal(wanted);
  let name = reserved.has(base) ? `${base}Schema` : base;
  for (let count = 2; taken.has(name); count++) name = `${base}${count}`;
  taken.add(name);
  return name;
}
