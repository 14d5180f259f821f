// `plinth lint FILE…`: its options. The work stands in lint-files.ts and is loaded when it is asked for.

import type { AddCommand } from './commands.ts';
import { addContractOptions, addOutputOption, collect } from './contract-file.ts';
import type { LintFlags } from './lint-files.ts';

export const addLint: AddCommand = (program, done) => {
  addOutputOption(addContractOptions(program.command('lint [file...]')))
    .description('check contracts')
    .option('--preset <name>', 'recommended, strict or foreign')
    .option('--rule <id=severity>', 'off, error, warn, info or hint; repeatable', collect, [])
    .option('--config <file>', 'instead of plinth.lint.yaml beside the contract or here')
    .option('--fix', 'mend what can be mended without changing the meaning')
    .option('--list-rules', 'print every rule and its severity')
    .option('--format <name>', 'text, json, sarif or github', 'text')
    .option('--json', 'the same as --format json')
    .option('--fail-on <severity>', 'error, warn or info', 'error')
    .action((files: string[], flags: LintFlags) =>
      done(import('./lint-files.ts').then(({ lintFiles }) => lintFiles(files, flags))),
    );
};
