// Serves the built channel apps: pages that always revalidate, hashed assets that never do, one strict policy for both.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import path from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';

const compress = promisify(brotliCompress);

/** Apps by their root; `/` leads to the portal. */
export const apps = ['portal', 'kiosk', 'desk', 'studio', 'developers'] as const;

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.txt': 'text/plain; charset=utf-8',
};

const policy =
  "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'";

/** Headers of every page we serve. */
export const pageHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': policy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
};

interface StaticFile {
  bytes: Buffer;
  compressed?: Buffer;
  type: string;
  etag: string;
  immutable: boolean;
}

/** A folder of built files in memory (a few megabytes; bounded by the build's own budgets). */
export class StaticSite {
  readonly #files = new Map<string, StaticFile>();

  get isEmpty(): boolean {
    return this.#files.size === 0;
  }

  /** Reads `folder` anew; called at start and after a rebuild. */
  async load(folder: string): Promise<number> {
    this.#files.clear();
    for (const name of walk(folder)) {
      const bytes = readFileSync(path.join(folder, name));
      const extension = path.extname(name);
      const file: StaticFile = {
        bytes,
        type: types[extension] ?? 'application/octet-stream',
        etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 16)}"`,
        immutable: name.startsWith('assets/'),
      };
      if (bytes.length > 1024 && ['.js', '.css', '.html', '.svg', '.json'].includes(extension)) {
        file.compressed = await compress(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } });
      }
      this.#files.set(`/${name}`, file);
    }
    return this.#files.size;
  }

  /** Answers when the path is a file or a view of an app; false = not ours. */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const target = (request.url ?? '/').split('?', 1)[0] ?? '/';
    const file = this.#files.get(target) ?? this.#page(target);
    if (!file) return false;
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD', 'content-length': '0' }).end();
      return true;
    }
    const headers: Record<string, string> = {
      ...pageHeaders,
      'content-type': file.type,
      'cache-control': file.immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
      etag: file.etag,
      vary: 'accept-encoding',
    };
    if (request.headers['if-none-match'] === file.etag) {
      response.writeHead(304, headers).end();
      return true;
    }
    const packed = file.compressed && /\bbr\b/.test(request.headers['accept-encoding'] ?? '');
    const bytes = packed && file.compressed ? file.compressed : file.bytes;
    if (packed) headers['content-encoding'] = 'br';
    headers['content-length'] = String(bytes.length);
    response.writeHead(200, headers).end(request.method === 'HEAD' ? undefined : bytes);
    return true;
  }

  /** Views of an app are paths below its root without a dot; its one page serves them all. */
  #page(target: string): StaticFile | undefined {
    const app = apps.find((name) => target === `/${name}` || target.startsWith(`/${name}/`));
    if (!app || path.extname(target) !== '') return undefined;
    return this.#files.get(`/${app}/index.html`);
  }
}

function walk(folder: string, below = ''): string[] {
  let names: string[];
  try {
    names = readdirSync(path.join(folder, below));
  } catch {
    // Not built yet: nothing to serve.
    return [];
  }
  return names
    .filter((name) => !name.startsWith('.'))
    .flatMap((name) => {
      const inner = below === '' ? name : `${below}/${name}`;
      return statSync(path.join(folder, inner)).isDirectory() ? walk(folder, inner) : [inner];
    });
}
