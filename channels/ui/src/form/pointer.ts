// JSON Pointers (RFC 6901) into the values of a form.

export function join(pointer: string, key: string | number): string {
  return `${pointer}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

function keysOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}

export function valueAt(values: unknown, pointer: string): unknown {
  return keysOf(pointer).reduce<unknown>(
    (node, key) => (typeof node === 'object' && node !== null ? (node as Record<string, unknown>)[key] : undefined),
    values,
  );
}

/** A copy with one value replaced; lists stay lists. */
export function withValue(values: unknown, pointer: string, value: unknown): unknown {
  return replace(values, keysOf(pointer), value);
}

function replace(node: unknown, keys: readonly string[], value: unknown): unknown {
  const [key, ...rest] = keys;
  if (key === undefined) return value;
  if (Array.isArray(node))
    return node.map((member, index) => (String(index) === key ? replace(member, rest, value) : member));
  const holder = typeof node === 'object' && node !== null ? (node as Record<string, unknown>) : {};
  return { ...holder, [key]: replace(holder[key], rest, value) };
}
