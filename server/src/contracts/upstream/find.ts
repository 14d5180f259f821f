// Manifests in the watched folder: `<contracts>/<capability>/upstream.yaml` for a capability of ours, or beside a contract
// dropped in. Laying one there switches its operations; taking it away switches back.

import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Contract, Finding } from '@plinth/contract';
import type { BoundHandler, OwnerResolver } from '@plinth/runtime';
import { foldersIn } from '../folders.ts';
import { manifestFile, type ReadManifest, readManifest } from './read.ts';

/** What a manifest may lie beside. */
export interface Beside {
  contract: Contract;
  handlers: Readonly<Record<string, BoundHandler>>;
  owners: Readonly<Record<string, OwnerResolver>>;
  /** Where it was dropped in; undefined = ours, known by its name. */
  folder?: string;
}

export interface FoundManifest<S extends Beside = Beside> {
  file: string;
  /** undefined = nothing of that name. */
  standing: S | undefined;
  read: ReadManifest | { findings: Finding[] };
}

/** All manifests, read and checked. */
export async function findManifests<S extends Beside>(
  folder: string,
  standings: readonly S[],
): Promise<FoundManifest<S>[]> {
  const found: FoundManifest<S>[] = [];
  for (const name of foldersIn(folder)) {
    const file = path.join(folder, name, manifestFile);
    if (!existsSync(file)) continue;
    const standing = standings.find((each) => (each.folder ? path.basename(each.folder) : each.contract.id) === name);
    const read =
      standing === undefined
        ? { findings: [] }
        : await readManifest(file, {
            contract: standing.contract,
            owned: new Set(Object.keys(standing.owners)),
            root: folder,
          });
    found.push({ file, standing, read });
  }
  return found;
}
