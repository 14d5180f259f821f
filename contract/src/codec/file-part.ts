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
