// The watched folder: a contract dropped in becomes an edge, a mock and every touchpoint within a second, without a
// restart. A handler file beside it takes over from the mock, one operation at a time.
//
//   <contracts>/cards/contract.yaml            the contract (events.yaml, problems.yaml beside it)
//   <contracts>/cards/handlers/freeze-card.ts  exports freezeCard

import { type FSWatcher, mkdirSync, readdirSync, statSync, watch } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Contract, Finding } from '@plinth/contract';
import { type BoundHandler, read, write } from '@plinth/runtime';
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
    const home = path.join(folder, name);
    const file = contractFile(home);
    if (!file) continue;
    const { contract, findings } = await loadFile(file, { foreign: false, root: folder });
    // What is only built oddly can still be served; what cannot be read has a finding of its own.
    const errors = findings.filter(({ severity, rule }) => severity === 'error' && rule !== 'spec-structure');
    if (!contract || errors.length > 0) {
      news.refused.push({ file, findings: errors });
      continue;
    }
    // A contract without x-plinth.capability is known by its folder, and stands below a path of its own.
    if (!contract.policy.capability) contract.id = name;
    if (contract.basePath === '' || contract.basePath === '/')
      contract.basePath = `/${contract.id}/v${contract.major || 1}`;
    try {
      news.contracts.push({
        contract,
        folder: home,
        handlers: await readHandlers(contract, path.join(home, 'handlers')),
      });
    } catch (error) {
      news.refused.push({
        file: path.join(home, 'handlers'),
        findings: [
          {
            rule: 'handler',
            severity: 'error',
            message: (error as Error).message,
            file: path.join(home, 'handlers'),
            pointer: '',
            line: 1,
            column: 1,
          },
        ],
      });
    }
  }
  return news;
}

/** Names of the folders in the watched folder; none when it is not there. */
export function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => statSync(path.join(folder, name)).isDirectory())
      .toSorted();
  } catch {
    return [];
  }
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
    // The time of the last change makes it a new module: Node keeps what it has loaded once.
    const module = (await import(`${pathToFileURL(file).href}?at=${statSync(file).mtimeMs}`)) as Record<
      string,
      unknown
    >;
    const run = module[id];
    if (typeof run !== 'function') throw new Error(`${name} does not export a function ${id}`);
    handlers[id] = operation.policy.effect === 'read' ? read(run as never) : write(run as never);
  }
  return handlers;
}

/** Calls `changed` after each change below the folder has become quiet. */
export function watchDropped(folder: string, changed: () => void): () => void {
  mkdirSync(folder, { recursive: true });
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
