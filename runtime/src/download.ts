// A stored file as an answer. People sent it, so no browser may take it for a page of ours.

import { type Reply, reply } from './context.ts';
import type { OpenFile } from './ports/index.ts';

/** Browsers save it under its name. Nothing in it runs, even where somebody opens it by force. */
export function download({ file, bytes }: OpenFile): Reply<200, AsyncIterable<Uint8Array>> {
  return reply(200, bytes, {
    'Content-Type': file.type,
    'Content-Disposition': `attachment; filename="${plain(file.name)}"; filename*=UTF-8''${encoded(file.name)}`,
    'Content-Security-Policy': "default-src 'none'; sandbox",
  });
}

/** For those who know no other letters (RFC 6266, appendix D). */
function plain(name: string): string {
  return name.replaceAll(/[^\x20-\x7e]|["%\\]/g, '_');
}

/** RFC 8187, 3.2.1: these four, which `encodeURIComponent` leaves, are no `attr-char`. */
function encoded(name: string): string {
  return encodeURIComponent(name.toWellFormed()).replaceAll(
    /['()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16)}`,
  );
}
