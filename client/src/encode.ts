// Values → text of paths, queries, headers and forms, in OpenAPI's styles. The same as the platform's own encoder writes
// (encode.test.ts compares the two), and without it: a page needs no contract engine.

import type { ParamDescriptor } from './descriptor.ts';

/** How one value is written. */
export type Writing = Omit<ParamDescriptor, 'in'>;

type Write = (part: unknown) => string;

/** A text of a value that is no list and no object of a style: JSON where it holds parts. */
export function plain(value: unknown): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
}

export const percent: Write = (value) => encodeURIComponent(plain(value));

/** `allowReserved` leaves what may stand in a query and delimits nothing there (RFC 3986, 3.4). */
const reserved: Write = (value) => percent(value).replaceAll(/%(?:3A|2F|3F|40|24|3B)/g, decodeURIComponent);

/** A part of a path: styles simple `a,b`, label `.a.b` and matrix `;name=a;name=b`. */
export function segment(param: Writing, value: unknown): string {
  const { style, explode } = param;
  const name = percent(param.name);
  if (style === 'label') return `.${listed(param, value, percent, explode ? '.' : ',')}`;
  if (style !== 'matrix') return listed(param, value, percent);
  if (!explode) return `;${name}=${listed(param, value, percent)}`;
  if (Array.isArray(value)) return value.map((part) => `;${name}=${percent(part)}`).join('');
  return isRecord(value) ? `;${listed(param, value, percent, ';')}` : `;${name}=${percent(value)}`;
}

/** `a,b`, `k,v` or exploded `k=v`. */
export function listed({ explode, media }: Writing, value: unknown, write: Write, delimiter = ','): string {
  if (isJson(media)) return write(JSON.stringify(value));
  if (Array.isArray(value)) return value.map(write).join(delimiter);
  if (!isRecord(value)) return write(value);
  return entriesOf(value)
    .map(([key, part]) => `${write(key)}${explode ? '=' : ','}${write(part)}`)
    .join(delimiter);
}

/** `name=value` members of a query or form. */
export function members(param: Writing, value: unknown): string[] {
  const { style, explode } = param;
  const name = percent(param.name);
  const write = param.reserved ? reserved : percent;
  if (isJson(param.media)) return [`${name}=${write(JSON.stringify(value))}`];
  if (style === 'deepObject') return deep(name, value, write);
  const delimiter = style === 'spaceDelimited' ? '%20' : style === 'pipeDelimited' ? '%7C' : ',';
  if (Array.isArray(value))
    return explode ? value.map((part) => `${name}=${write(part)}`) : [`${name}=${value.map(write).join(delimiter)}`];
  if (!isRecord(value)) return [`${name}=${write(value)}`];
  const entries = entriesOf(value).map(([key, part]) => [percent(key), write(part)]);
  return explode ? entries.map((entry) => entry.join('=')) : [`${name}=${entries.flat().join(delimiter)}`];
}

/** `a[b]=1`; lists `a[]=1`, or `a[0][b]=1` where items have parts: numbers keep the order then. */
function deep(name: string, value: unknown, write: Write): string[] {
  if (Array.isArray(value)) {
    const isFlat = !nests(value);
    return value.flatMap((part, index) =>
      isFlat ? [`${name}[]=${write(part)}`] : deep(`${name}[${index}]`, part, write),
    );
  }
  if (!isRecord(value)) return [`${name}=${write(value)}`];
  return entriesOf(value).flatMap(([key, part]) => deep(`${name}[${percent(key)}]`, part, write));
}

/** A form: each property as it is told, else what nests as `a[b]=1`. */
export function formText(value: object, form: Readonly<Record<string, Partial<Writing>>> = {}): string {
  return entriesOf(value)
    .flatMap(([name, part]) => {
      const told = Object.hasOwn(form, name) ? form[name] : undefined;
      const isDeep = Array.isArray(part) ? nests(part) : isRecord(part);
      const style = told?.style ?? (isDeep ? 'deepObject' : 'form');
      return members({ explode: style === 'form' || isDeep, ...told, name, style }, part);
    })
    .join('&');
}

function nests(list: readonly unknown[]): boolean {
  return list.some((part) => typeof part === 'object' && part !== null);
}

function entriesOf(value: object): [name: string, part: unknown][] {
  return Object.entries(value).filter(([, part]) => part !== undefined);
}

export function isJson(media = ''): boolean {
  return /[/+]json$/.test(media);
}

export function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
