// Makes what is derived from the contracts: each capability's generated.ts, the typed client, the reference pages.
//   node tools/generate.ts [--check] [--root FOLDER]
// Exit codes: 0 done or fresh, 1 stale (`--check`), 3 a contract cannot be used.

import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import {
  type Contract,
  emitCapabilityTypes,
  emitClient,
  emitDiffReference,
  emitLintReference,
  emitReference,
  emitVocabularyReference,
  type Finding,
  load,
} from '@plinth/contract';
import { root as repository } from './source.ts';
import { telemetryReference } from './telemetry-reference.ts';

const { values } = parseArgs({ options: { check: { type: 'boolean' }, root: { type: 'string' } } });
const check = values.check === true;
const root = path.resolve(values.root ?? repository);
const capabilities = path.join(root, 'capabilities');
const clients = path.join(root, 'client', 'src', 'generated');

/** Capabilities that have a contract. */
const names = (await readdir(capabilities, { withFileTypes: true }))
  .filter((entry) => entry.isDirectory() && existsSync(path.join(capabilities, entry.name, 'contract.yaml')))
  .map((entry) => entry.name)
  .toSorted();

/** Loads one capability's contract with its companions; undefined when it cannot be used. */
async function loadCapability(name: string): Promise<{ contract: Contract | undefined; errors: Finding[] }> {
  const folder = path.join(capabilities, name);
  const companion = (file: string): string | undefined =>
    existsSync(path.join(folder, file)) ? path.join(folder, file) : undefined;
  const events = companion('events.yaml');
  const problems = companion('problems.yaml');
  const { contract, findings } = await load(path.join(folder, 'contract.yaml'), {
    read: async (file) => readFile(file, 'utf8'),
    foreign: false,
    companions: { ...(events ? { events } : {}), ...(problems ? { problems } : {}) },
  });
  return { contract, errors: findings.filter((finding) => finding.severity === 'error') };
}

async function outputs(loaded: readonly { name: string; contract: Contract }[]): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const { name, contract } of loaded) {
    files.set(path.join(capabilities, name, 'generated.ts'), emitCapabilityTypes(contract));
    files.set(path.join(clients, `${name}.ts`), emitClient(contract));
  }
  // A contract that cannot be read would vanish from the pages; they wait until it is mended.
  if (loaded.length < names.length) return files;
  const reference = emitReference(loaded.map(({ contract }) => contract));
  for (const [name, text] of Object.entries(reference)) {
    files.set(path.join(root, 'docs', 'reference', `${name}.md`), text);
  }
  files.set(path.join(root, 'docs', 'reference', 'diff.md'), emitDiffReference());
  files.set(path.join(root, 'docs', 'reference', 'lint.md'), emitLintReference());
  files.set(path.join(root, 'docs', 'reference', 'x-plinth.md'), emitVocabularyReference());
  files.set(path.join(root, 'docs', 'reference', 'telemetry.md'), telemetryReference());
  return files;
}

/** Client modules of capabilities that are gone. */
async function leftOvers(files: ReadonlyMap<string, string>): Promise<string[]> {
  const present = existsSync(clients) ? await readdir(clients) : [];
  return present.map((name) => path.join(clients, name)).filter((file) => file.endsWith('.ts') && !files.has(file));
}

async function current(file: string): Promise<string | undefined> {
  return existsSync(file) ? readFile(file, 'utf8') : undefined;
}

function shown(file: string): string {
  return path.relative(root, file);
}

const loaded: { name: string; contract: Contract }[] = [];
let broken = 0;
for (const name of names) {
  const { contract, errors } = await loadCapability(name);
  for (const error of errors) {
    console.error(`${shown(error.file)}:${error.line}:${error.column} ${error.rule} ${error.message}`);
    if (error.fix) console.error(`  → ${error.fix}`);
  }
  broken += errors.length;
  if (contract) loaded.push({ name, contract });
}

const files = await outputs(loaded);
const gone = broken === 0 ? await leftOvers(files) : [];
const stale: string[] = [...gone];
for (const [file, text] of files) {
  const fresh = (await current(file)) === text;
  if (!fresh) stale.push(file);
  if (check) continue;
  if (!fresh) {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  console.log(`${fresh ? 'unchanged' : 'written  '} ${shown(file)}`);
}
if (!check) {
  for (const file of gone) {
    await rm(file);
    console.log(`removed   ${shown(file)}`);
  }
}
if (broken > 0) {
  console.error(
    `\n${broken} errors in the contracts. What could be read was generated; correct the lines above and run: npm run generate`,
  );
  process.exit(3);
}
if (check && stale.length > 0) {
  for (const file of stale) console.error(`stale: ${shown(file)}`);
  console.error('\nRemake them with: npm run generate');
  process.exit(1);
}
