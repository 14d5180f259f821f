// The skills of this repository's own contracts, for tests.

// oxlint-disable no-restricted-imports -- Support of tests only; never part of a page.
import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type Contract, load } from '@plinth/contract';
import { compileSkills } from './compile.ts';
import type { SkillModel } from './model.ts';

const folder = new URL('../../capabilities/', import.meta.url).pathname;

export async function loadText(text: string): Promise<Contract> {
  return found(
    await load('test.yaml', {
      read: (path) => (path === 'test.yaml' ? Promise.resolve(text) : readFile(path, 'utf8')),
    }),
  );
}

export async function realContracts(): Promise<Contract[]> {
  const names = readdirSync(folder).filter((name) => existsSync(`${folder}${name}/contract.yaml`));
  return Promise.all(
    names
      .toSorted()
      .map(async (name) =>
        found(await load(`${folder}${name}/contract.yaml`, { read: (path) => readFile(path, 'utf8') })),
      ),
  );
}

export async function realModel(...more: string[]): Promise<SkillModel> {
  return compileSkills([...(await realContracts()), ...(await Promise.all(more.map(loadText)))]);
}

function found({ contract, findings }: Awaited<ReturnType<typeof load>>): Contract {
  if (contract === undefined) throw new Error(JSON.stringify(findings));
  return contract;
}
