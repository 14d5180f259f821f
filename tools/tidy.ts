// The few style rules that pay: each one check, one message that says what to do instead, one planted violation in
// architecture.test.ts / tidy.test.ts that it must catch.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Violation } from './architecture.ts';
import { root, type SourceFile } from './source.ts';

interface Rule {
  id: string;
  sees: (file: string) => boolean;
  pattern: RegExp;
  message: string;
}

const generated = (file: string): boolean => file.endsWith('generated.ts') || file.includes('/generated/');
const isTest = (file: string): boolean => /\.test\.tsx?$/.test(file) && file !== 'tools/tidy.test.ts';
const business = (file: string): boolean =>
  /^(capabilities|decisions|conversation|contract)\//.test(file) && !isTest(file) && !generated(file);

const rules: readonly Rule[] = [
  {
    id: 'no-clock-or-chance',
    sees: business,
    pattern: /\b(Date\.now\(|new Date\(\)|Math\.random\(|Temporal\.Now\b|crypto\.randomUUID\()/,
    message: 'Time, chance and ids come from the context (ctx.clock, ctx.random, ctx.ids) or as arguments.',
  },
  {
    id: 'no-environment',
    sees: (file) =>
      /^(contract|runtime|decisions|conversation|capabilities|adapters|server|client|channels)\//.test(file) &&
      !isTest(file) &&
      file !== 'server/src/config.ts' &&
      // What any program may be told: colours, and the moment that documents are made for.
      file !== 'server/src/environment.ts' &&
      // Test support of a package that may not import the shared one.
      file !== 'runtime/src/store/test-database.ts' &&
      // The bundler takes its mode from there and from nowhere else.
      file !== 'server/src/web/build.ts',
    pattern: /\bprocess\.env\b/,
    message: 'Configuration is read once, in server/src/config.ts; take the value as an argument.',
  },
  {
    id: 'no-skipped-tests',
    sees: isTest,
    pattern: /\b(it|test|describe)\.(only|todo|skip)\(/,
    message: 'Run it, mend it or delete it. A test that needs an absent service says so through testing/services.',
  },
  {
    id: 'no-mocked-modules',
    sees: isTest,
    pattern: /\bvi\.mock\(/,
    message: 'Fakes are adapters that pass the conformance suite; pass one in instead of replacing our own module.',
  },
  {
    id: 'no-leftovers',
    sees: (file) => !generated(file) && file !== 'tools/tidy.ts' && !file.startsWith('tools/tidy.test'),
    pattern: /\b(TODO|FIXME|XXX)\b|@ts-ignore/,
    message: 'Do it now, or write it down where it is planned.',
  },
];

const refusedFolders = /(^|\/)(types|interfaces|classes|utils|helpers|common|shared|misc)\//;

/** All findings over the files, and the capability folders' shape. */
export function checkTidy(files: readonly SourceFile[]): Violation[] {
  return files.flatMap((file) => checkFile(file));
}

function checkFile(file: SourceFile): Violation[] {
  const found: Violation[] = [];
  for (const rule of rules) {
    if (!rule.sees(file.path)) continue;
    const line = file.text.split('\n').findIndex((text) => rule.pattern.test(text) && !/^\s*(\/\/|\*)/.test(text));
    if (line >= 0) found.push({ file: `${file.path}:${line + 1}`, message: `${rule.id}: ${rule.message}` });
  }
  if (refusedFolders.test(file.path))
    found.push({
      file: file.path,
      message: 'folder-name: name the folder after the idea it holds, not after a kind of thing.',
    });
  return found;
}

/** One handler file per implemented operation and the reverse; operations without one are the mock's. */
export function checkHandlers(capabilitiesFolder: string = path.join(root, 'capabilities')): Violation[] {
  const found: Violation[] = [];
  for (const name of readdirSync(capabilitiesFolder)) {
    const folder = path.join(capabilitiesFolder, name);
    if (!existsSync(path.join(folder, 'contract.yaml')) || !existsSync(path.join(folder, 'handlers'))) continue;
    const ids = [
      ...readFileSync(path.join(folder, 'contract.yaml'), 'utf8').matchAll(/^\s+operationId:\s*(\w+)/gm),
    ].map((match) => match[1] ?? '');
    const expected = new Set(ids.map((id) => `${kebab(id)}.ts`));
    for (const file of readdirSync(path.join(folder, 'handlers'))) {
      if (isTest(file) || expected.has(file)) continue;
      found.push({
        file: `capabilities/${name}/handlers/${file}`,
        message:
          'handler-file: no operationId of contract.yaml has this name. Rename it, or move rules to the noun’s file.',
      });
    }
  }
  return found;
}

function kebab(id: string): string {
  return id.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
