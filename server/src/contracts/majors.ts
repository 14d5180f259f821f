// Earlier majors beside a present contract: folders `v1`, `v2` … below its own. What looks like one and is none is never
// passed over in silence: its callers would wait for it.

import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Contract } from '@plinth/contract';
import type { BoundHandler, Capability, OwnerResolver } from '@plinth/runtime';
import { adaptMajor, idOfMajor } from '@plinth/runtime/pipeline';
import { foldersIn } from './folders.ts';
import { contractFile, loadOwn } from './read.ts';

/** A contract of a capability with whoever fulfils it. */
export interface OwnContract {
  contract: Contract;
  handlers: Readonly<Record<string, BoundHandler>>;
  owners: Readonly<Record<string, OwnerResolver>>;
}

const looksLikeMajor = /^v\d/i;
const isMajor = /^v(0|[1-9]\d{0,3})$/;

/** Folders of earlier majors below the folder of a contract, and those that only look like one, with what is wrong. */
export function majorFolders(folder: string): { majors: string[]; odd: { name: string; why: string }[] } {
  const like = foldersIn(folder).filter((name) => looksLikeMajor.test(name));
  const odd = like.flatMap((name) => {
    if (!isMajor.test(name))
      return [{ name, why: `the folder ${name} is no major: name it v and a number, like v1, or move it elsewhere` }];
    return contractFile(path.join(folder, name)) === undefined
      ? [{ name, why: `the folder ${name} holds no contract: put the contract.yaml of that major there` }]
      : [];
  });
  return { majors: like.filter((name) => !odd.some((each) => each.name === name)), odd };
}

/**
 * Gives a contract its place beside the present one. Throws an Error in words when it is no earlier major of it, or not
 * that of its folder.
 */
export function placeMajor(earlier: Contract, present: Contract, name: string): void {
  if (earlier.major >= present.major)
    throw new Error(`${present.id} ${earlier.version} is no earlier major of ${present.version}`);
  if (name !== `v${earlier.major}`)
    throw new Error(`the folder ${name} holds ${present.id} ${earlier.version}: its folder is v${earlier.major}`);
  earlier.id = idOfMajor(present.id, earlier.major);
}

/**
 * The contracts of a capability, the present one first. Throws ContractBroken, and an Error in words where its folders and
 * its manifest do not name the same majors.
 */
export async function loadCapability(capability: Capability): Promise<OwnContract[]> {
  const { folder, handlers, owners = {}, majors = {} } = capability;
  const contract = await loadOwn(folder);
  const own: OwnContract[] = [{ contract, handlers, owners }];
  const found = majorFolders(folder);
  const [odd] = found.odd;
  if (odd !== undefined) throw new Error(`${folder}: ${odd.why}`);
  const named = Object.keys(majors).map((major) => `v${major}`);
  const [unnamed] = found.majors.filter((name) => !named.includes(name));
  if (unnamed !== undefined)
    throw new Error(
      `${folder}/${unnamed}: the manifest of ${capability.name} has no majors: { ${unnamed.slice(1)}: … }`,
    );
  for (const name of named) {
    const home = path.join(folder, name);
    if (!existsSync(home)) throw new Error(`${home} is not there, and the manifest of ${capability.name} names it`);
    const earlier = await loadOwn(home, path.dirname(folder));
    placeMajor(earlier, contract, name);
    const { adapters, handlers: itsOwn = {} } = majors[Number(name.slice(1))] ?? {};
    const adapted = adapters === undefined ? {} : adaptMajor(earlier, handlers, adapters);
    own.push({ contract: earlier, handlers: { ...adapted, ...itsOwn }, owners });
  }
  return own;
}
