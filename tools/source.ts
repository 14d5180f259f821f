// The sources of the repository and what they import, read once for architecture.ts and tidy.ts.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseSync } from 'oxc-parser';

export interface SourceFile {
  /** From the repository root. */
  path: string;
  text: string;
  /** Specifiers of static imports, re-exports and dynamic imports with a literal. */
  imports: string[];
}

export const root = path.resolve(import.meta.dirname, '..');

/** Tracked and new .ts/.tsx files below the root (git decides), or below `folder` when it is not the repository. */
export function sourceFiles(folder: string = root): SourceFile[] {
  const names = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.ts', '*.tsx'], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 16 * 1024 * 1024,
  });
  return names
    .split('\n')
    .filter((name) => name !== '' && !(folder === root && name.startsWith('tools/fixtures/')))
    .flatMap((name) => {
      try {
        return [readSource(name, readFileSync(path.join(folder, name), 'utf8'))];
      } catch (error) {
        // Deleted in the working tree, still known to git.
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
        throw error;
      }
    });
}

/** Parses one file. A file that does not parse is a finding of `tsc`, not of these tools. */
export function readSource(name: string, text: string): SourceFile {
  const { module } = parseSync(name, text);
  const imports = [
    ...module.staticImports.map((entry) => entry.moduleRequest.value),
    ...module.staticExports.flatMap((entry) =>
      entry.entries.flatMap((part) => (part.moduleRequest ? [part.moduleRequest.value] : [])),
    ),
    ...module.dynamicImports.flatMap((entry) => {
      const literal = /^['"](.+)['"]$/.exec(text.slice(entry.moduleRequest.start, entry.moduleRequest.end).trim());
      return literal?.[1] ? [literal[1]] : [];
    }),
  ];
  return { path: name, text, imports };
}
