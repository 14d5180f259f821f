// What this machine has for tests that need more than a database of their own. A suite without its service says so,
// loudly, and skips: `describe.skipIf(!redis.there)('…')`.

import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';

export type ServiceName = 'postgres' | 'redis' | 'nats' | 'chromium';

export type Service =
  | { there: true; /** Connection string, or path of the browser. */ url: string }
  | { there: false; /** `SKIPPED: no Redis at …; start one, or set REDIS_URL` */ reason: string };

interface Place {
  title: string;
  /** Variable that names another place. */
  variable: string;
  /** Where it stands by default. */
  usual: string;
}

const places: Readonly<Record<Exclude<ServiceName, 'chromium'>, Place>> = {
  postgres: { title: 'PostgreSQL', variable: 'DATABASE_URL', usual: 'postgres://postgres@127.0.0.1:5432/postgres' },
  redis: { title: 'Redis', variable: 'REDIS_URL', usual: 'redis://127.0.0.1:6379' },
  nats: { title: 'NATS', variable: 'NATS_URL', usual: 'nats://127.0.0.1:4222' },
};

const browsers = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

const known = new Map<ServiceName, Promise<Service>>();

/** Looks once; says on stderr what is missing. Names in `TEST_REQUIRE` (comma-separated) must be there: else it throws. */
export async function service(name: ServiceName): Promise<Service> {
  let found = known.get(name);
  if (!found) known.set(name, (found = find(name)));
  return found;
}

async function find(name: ServiceName): Promise<Service> {
  const found = name === 'chromium' ? findBrowser() : await findListener(places[name]);
  if (found.there) return found;
  if ((process.env['TEST_REQUIRE'] ?? '').split(',').includes(name)) throw new Error(found.reason);
  process.stderr.write(`${found.reason}\n`);
  return found;
}

async function findListener({ title, variable, usual }: Place): Promise<Service> {
  const url = process.env[variable] ?? usual;
  if (await listens(new URL(url))) return { there: true, url };
  return { there: false, reason: `SKIPPED: no ${title} at ${withoutSecret(url)}; start one, or set ${variable}` };
}

function withoutSecret(text: string): string {
  const url = new URL(text);
  url.password = '';
  return url.href;
}

const answerWithinMs = 1000;

async function listens(url: URL): Promise<boolean> {
  const folder = url.searchParams.get('host');
  if (folder?.startsWith('/')) return existsSync(folder);
  const usualPort = { 'postgres:': 5432, 'postgresql:': 5432, 'redis:': 6379, 'nats:': 4222 }[url.protocol];
  return new Promise((resolve) => {
    const socket = connect(Number(url.port) || (usualPort ?? 0), url.hostname.replace(/^\[|\]$/g, ''));
    const end = (there: boolean): void => {
      socket.destroy();
      resolve(there);
    };
    socket.setTimeout(answerWithinMs, () => end(false));
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}

function findBrowser(): Service {
  const given = process.env['CHROMIUM'];
  const candidates = given
    ? [given]
    : (process.env['PATH'] ?? '')
        .split(path.delimiter)
        .flatMap((folder) => browsers.map((browser) => path.join(folder, browser)));
  const url = candidates.find((file) => existsSync(file));
  return url
    ? { there: true, url }
    : { there: false, reason: 'SKIPPED: no Chromium on PATH; install one, or set CHROMIUM to its file' };
}
