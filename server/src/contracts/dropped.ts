// The watched folder: a contract dropped in becomes an edge, a mock and every touchpoint within a second, without a
// restart. A handler file beside it takes over from the mock, one operation at a time.
//
//   <contracts>/cards/contract.yaml            the contract (events.yaml, problems.yaml beside it)
//   <contracts>/cards/handlers/freeze-card.ts  exports freezeCard
//   <contracts>/cards/v1/contract.yaml         an earlier major, which goes on beside it
//   <contracts>/cards/v1/up.ts, v1/down.ts     requests of then as those of today, answers of today as those of then

import { existsSync, type FSWatcher, readdirSync, statSync, watch } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Contract, Finding } from '@plinth/contract';
import { type Adapters, type BoundHandler, read, write } from '@plinth/runtime';
import { adaptMajor } from '@plinth/runtime/pipeline';
import { makeFolder } from '../make-folder.ts';
import { foldersIn } from './folders.ts';
import { majorFolders, placeMajor } from './majors.ts';
import { contractFile, loadFile } from './read.ts';

/** Most contracts run from the folder. */
const mostContracts = 200;

/** Files of one save arrive in several notices. */
const quietMs = 150;

export interface Dropped {
  contract: Contract;
  folder: string;
  handlers: Readonly<Record<string, BoundHandler>>;
}

export interface DroppedNews {
  contracts: Dropped[];
  /** What could not be used, and why. */
  refused: { file: string; findings: Finding[] }[];
}

/** Reads the folder as it is. A contract that cannot be used does not keep the others out. */
export async function readDropped(folder: string): Promise<DroppedNews> {
  const news: DroppedNews = { contracts: [], refused: [] };
  for (const name of foldersIn(folder).slice(0, mostContracts)) {
    const present = await readOne(path.join(folder, name), { name, root: folder, news });
    if (present === undefined) continue;
    const { majors, odd } = majorFolders(present.folder);
    for (const each of odd) refuse(news, path.join(present.folder, each.name), each.why);
    for (const major of majors) await readOne(path.join(present.folder, major), { name, root: folder, news, present });
  }
  return news;
}

interface Reading {
  name: string;
  root: string;
  news: DroppedNews;
  /** Read as an earlier major of this one. */
  present?: Dropped;
}

/** Adds what stands in one folder to the news; undefined = nothing that runs. */
async function readOne(home: string, { name, root, news, present }: Reading): Promise<Dropped | undefined> {
  const file = contractFile(home);
  if (!file) return undefined;
  const { contract, findings } = await loadFile(file, { foreign: false, root });
  // What is only built oddly can still be served; what cannot be read has a finding of its own.
  const errors = findings.filter(({ severity, rule }) => severity === 'error' && rule !== 'spec-structure');
  if (!contract || errors.length > 0) {
    news.refused.push({ file, findings: errors });
    return undefined;
  }
  // A contract without x-plinth.capability is known by its folder, and stands below a path of its own.
  if (!contract.policy.capability) contract.id = name;
  if (contract.basePath === '' || contract.basePath === '/')
    contract.basePath = `/${contract.id}/v${contract.major || 1}`;
  try {
    const own = await readHandlers(contract, path.join(home, 'handlers'));
    const handlers = present === undefined ? own : { ...(await readAdapted(contract, home, present)), ...own };
    const dropped: Dropped = { contract, folder: home, handlers };
    news.contracts.push(dropped);
    return dropped;
  } catch (error) {
    refuse(news, path.join(home, present === undefined ? 'handlers' : ''), (error as Error).message);
    return undefined;
  }
}

function refuse(news: DroppedNews, file: string, message: string): void {
  const at = { file, pointer: '', line: 1, column: 1 };
  news.refused.push({ file, findings: [{ rule: 'handler', severity: 'error', message, ...at }] });
}

/** Handlers of an earlier major: today's behind `up.ts` and `down.ts`, where those stand. */
async function readAdapted(contract: Contract, home: string, present: Dropped): Promise<Record<string, BoundHandler>> {
  placeMajor(contract, present.contract, path.basename(home));
  const [up, down] = [await moduleAt(path.join(home, 'up')), await moduleAt(path.join(home, 'down'))];
  if (up === undefined && down === undefined) return {};
  const { operations, ...ups } = up ?? {};
  const adapters = { up: ups, down: down ?? {}, ...(operations === undefined ? {} : { operations }) };
  return adaptMajor(contract, present.handlers, adapters as Adapters);
}

/** A TypeScript or JavaScript module beside a contract, as it is now; undefined = there is none. */
async function moduleAt(base: string): Promise<Record<string, unknown> | undefined> {
  const file = ['ts', 'mts', 'js', 'mjs'].map((end) => `${base}.${end}`).find((each) => existsSync(each));
  return file === undefined ? undefined : { ...(await importNow(file)) };
}

/** The time of the last change makes it a new module: Node keeps what it has loaded once. */
async function importNow(file: string): Promise<Record<string, unknown>> {
  return (await import(`${pathToFileURL(file).href}?at=${statSync(file).mtimeMs}`)) as Record<string, unknown>;
}

/** `freeze-card.ts` exports `freezeCard`; reads run as reads, everything else in the one transaction of the request. */
async function readHandlers(contract: Contract, folder: string): Promise<Record<string, BoundHandler>> {
  const handlers: Record<string, BoundHandler> = {};
  let files: string[];
  try {
    files = readdirSync(folder).filter((name) => /\.[mc]?[jt]s$/.test(name) && !name.includes('.test.'));
  } catch {
    return handlers;
  }
  for (const name of files) {
    const id = name.replace(/\.[mc]?[jt]s$/, '').replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
    const operation = contract.operations.find((entry) => entry.id === id);
    if (!operation) throw new Error(`${name}: no operation of ${contract.id} is called ${id}`);
    const file = path.join(folder, name);
    const module = await importNow(file);
    const run = module[id];
    if (typeof run !== 'function') throw new Error(`${name} does not export a function ${id}`);
    handlers[id] = operation.policy.effect === 'read' ? read(run as never) : write(run as never);
  }
  return handlers;
}

/** Calls `changed` after each change below the folder has become quiet. */
export function watchDropped(folder: string, changed: () => void): () => void {
  makeFolder(folder);
  let timer: NodeJS.Timeout | undefined;
  let watcher: FSWatcher | undefined = watch(folder, { recursive: true }, () => {
    clearTimeout(timer);
    timer = setTimeout(changed, quietMs);
  });
  watcher.on('error', () => {
    // The folder went away; what runs goes on.
    watcher?.close();
    watcher = undefined;
  });
  return () => {
    clearTimeout(timer);
    watcher?.close();
  };
}
