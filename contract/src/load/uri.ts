// What a reference is relative to: a file by its path, or a document or schema by the URI it gives itself.

const scheme = /^[a-z][a-z0-9+.-]+:/i;

export function isUri(text: string): boolean {
  return scheme.test(text);
}

/** `/a/b/contract.yaml` + `../shapes.yaml` → `/a/shapes.yaml`; URIs by RFC 3986. */
export function joinPath(base: string, relative: string): string {
  if (relative === '') return base;
  if (isUri(relative)) return relative;
  if (isUri(base)) return URL.parse(relative, base)?.href ?? relative;
  if (relative.startsWith('/')) return relative;
  return normalPath([...base.split('/').slice(0, -1), relative].join('/'));
}

/** Without `.` and, where something stands before it, `..`: one file has one name. */
export function normalPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    const before = parts.at(-1);
    if (part === '..' && before !== undefined && before !== '' && before !== '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}
