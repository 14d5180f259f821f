// Files of a form that are put elsewhere while the form comes in. What stands in the form's value is where they are.

import type { PartHead } from './multipart.ts';

/** In place of a file's bytes. `size` and `sha256` are there when the body has come in whole. */
export class FileReference {
  readonly id: string;
  /** A label; never a path. */
  readonly name: string;
  /** Media type as the sender gives it, without parameters. */
  readonly type: string;
  /** Bytes. */
  size = 0;
  /** Lower-case hex. */
  sha256 = '';

  constructor(id: string, name: string, type: string) {
    this.id = id;
    this.name = name;
    this.type = type;
  }
}

/** Takes the bytes of files, in their order; one file at a time. */
export interface FileTaker {
  /** Only of files that are declared, and of a type that is allowed. */
  begin(head: PartHead): FileReference;
  /** Valid until the next piece of the body. */
  data(bytes: Uint8Array): void;
  end(): void;
}

/** Bytes of the longest of the signatures below. */
export const signatureBytes = 12;

const signatures: Readonly<Record<string, RegExp>> = {
  'image/jpeg': /^\xff\xd8\xff/,
  'image/png': /^\x89PNG\r\n/,
  'image/gif': /^GIF8[79]a/,
  'image/webp': /^RIFF[^]{4}WEBP/,
  'application/pdf': /^%PDF-/,
};

/** False when the first bytes of a file are not those of its type. Of a type without signature any bytes are. */
export function fitsType(type: string, first: Uint8Array): boolean {
  const signature = Object.hasOwn(signatures, type) ? signatures[type] : undefined;
  return signature === undefined || signature.test(String.fromCharCode(...first));
}

/** How files begin; those of text first, so that a body can be shown and repeated by hand. */
const beginnings: readonly (readonly [type: string, latin1: string])[] = [
  ['application/pdf', '%PDF-1.4\n'],
  ['image/gif', 'GIF89a'],
  ['image/webp', 'RIFF0000WEBP'],
  ['image/jpeg', '\xff\xd8\xff'],
  ['image/png', '\x89PNG\r\n\x1a\n'],
];

/** A made-up file of one of the types that holds a text. An empty one stays empty. */
export function fileOfText(text: string, allowed: readonly string[]): { type: string | undefined; bytes: Uint8Array } {
  const plain = allowed.find((type) => !type.includes('*') && !Object.hasOwn(signatures, type));
  const found = plain === undefined ? beginnings.find(([type]) => allowed.includes(type)) : undefined;
  const bytes = new TextEncoder().encode(text);
  if (found === undefined || text === '') return { type: plain ?? found?.[0], bytes };
  const [type, beginning] = found;
  const first = Array.from(beginning, (letter) => letter.charCodeAt(0));
  return { type, bytes: Uint8Array.from([...first, ...bytes]) };
}
