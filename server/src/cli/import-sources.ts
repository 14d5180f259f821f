// What `plinth import` is given: files as they are, folders and archives with all in them, globs, and what every command
// takes for a contract.

import { globSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { Zip, ZipBroken } from '../contracts/zip.ts';
import { type ContractSource, openSource } from './contract-source.ts';
import { CliFailure, exit } from './failure.ts';

export interface Candidate {
  entry: string;
  /** Named on the command line; else it is a contract only if it says so. */
  isNamed: boolean;
  /** Throws CliFailure (exit 3) when it is named and cannot be read. */
  open: () => Promise<ContractSource>;
  /** The beginning of a judgement: does it claim to be a contract? What cannot be looked at is left to loading. */
  text: () => string | undefined;
}

/** Files of one run at most. */
const mostFiles = 2000;
/** What is larger is left to loading, which refuses it by name. */
const mostLookedAt = 32 * 1024 * 1024;
const wanted = /\.(ya?ml|json)$/i;
const passedOver = /(^|\/)(node_modules|\.[^./][^/]*)(\/|$)/;

/** Sorted by path, each once. Throws CliFailure: 2 for too many or an archive of another kind, 3 for what is not there. */
export function candidates(globs: readonly string[], remote: readonly string[]): Candidate[] {
  const found = new Map<string, Candidate>();
  for (const glob of globs)
    for (const one of candidatesOf(glob, remote)) if (one.isNamed || !found.has(one.entry)) found.set(one.entry, one);
  if (found.size > mostFiles)
    throw wrong(`${found.size} files are named, ${mostFiles} is the most`, 'name fewer folders, or narrow the globs');
  return [...found.values()].toSorted((a, b) => (a.entry < b.entry ? -1 : 1));
}

/** True when a member says so, wherever it stands. */
export function claimsToBeContract(text: string | undefined): boolean {
  return text === undefined || /(?:^|[{,])\s*["']?(?:openapi|swagger)["']?\s*:\s*["']?[23]\b/m.test(text);
}

function candidatesOf(glob: string, remote: readonly string[]): Candidate[] {
  if (glob === '-' || glob.startsWith('git:'))
    return [{ entry: glob, isNamed: true, open: () => openSource(glob, { remote }), text: () => undefined }];
  const kind = statSync(glob, { throwIfNoEntry: false });
  if (kind?.isFile() && /\.zip$/i.test(glob)) return inArchive(glob);
  if (/\.(tar|gz|tgz)$/i.test(glob))
    throw wrong(`${glob} is an archive, and only zip is read`, 'unpack it and name the folder');
  if (kind?.isFile()) return [onDisk(glob, true, remote)];
  const files = globSync(kind?.isDirectory() ? path.join(glob, '**/*.{yaml,yml,json}') : glob, {
    exclude: (name) => passedOver.test(name),
  });
  if (kind === undefined && files.length === 0)
    throw new CliFailure(`${glob} names no file`, { why: '', advice: 'check the path', code: exit.input });
  return files
    .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile())
    .flatMap((file) => (/\.zip$/i.test(file) ? inArchive(file) : [onDisk(file, false, remote)]));
}

function onDisk(file: string, isNamed: boolean, remote: readonly string[]): Candidate {
  const entry = path.relative(process.cwd(), path.resolve(file));
  const text = (): string | undefined => {
    try {
      return statSync(file).size > mostLookedAt ? undefined : readFileSync(file, 'utf8');
    } catch {
      return undefined;
    }
  };
  return { entry, isNamed, open: () => openSource(entry, { remote }), text };
}

/** Its files are read in place, as if the archive were a folder: `contracts.zip/orders/openapi.yaml`. */
function inArchive(file: string): Candidate[] {
  const archive = path.relative(process.cwd(), path.resolve(file));
  const zip = opened(archive);
  const below = `${archive}/`;
  const names = new Set(zip.names());
  const read = (name: string): Promise<string> =>
    new Promise((resolve) => {
      if (!name.startsWith(below)) throw new Error(`it lies outside of ${archive}`);
      resolve(zip.text(name.slice(below.length)));
    });
  return [...names]
    .filter((name) => wanted.test(name) && !passedOver.test(name))
    .map((name) => {
      const companion = (other: string): string | undefined => {
        const place = path.join(path.dirname(name), other);
        return place !== name && names.has(place) ? below + place : undefined;
      };
      const [events, problems] = [companion('events.yaml'), companion('problems.yaml')];
      const companions = { ...(events ? { events } : {}), ...(problems ? { problems } : {}) };
      const source = { entry: below + name, read, companions, isFile: false };
      const text = (): string | undefined => {
        try {
          return zip.text(name);
        } catch {
          return undefined;
        }
      };
      return { entry: source.entry, isNamed: false, open: () => Promise.resolve(source), text };
    });
}

function opened(archive: string): Zip {
  try {
    return new Zip(archive);
  } catch (error) {
    if (!(error instanceof ZipBroken)) throw error;
    throw new CliFailure(`${archive} cannot be read`, {
      why: error.message,
      advice: 'check the file',
      code: exit.input,
    });
  }
}

function wrong(what: string, advice: string): CliFailure {
  return new CliFailure(what, { why: '', advice, code: exit.usage });
}
