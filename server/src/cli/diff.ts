// `plinth diff BASE REVISION`: its options. The work stands in diff-files.ts and is loaded when it is asked for.

import type { AddCommand } from './commands.ts';
import { addContractOptions, addOutputOption } from './contract-file.ts';
import type { DiffFlags } from './diff-files.ts';

export const addDiff: AddCommand = (program, done) => {
  addOutputOption(addContractOptions(program.command('diff <base> <revision>')))
    .description('say what a change of a contract means for those who use it')
    .option('--fail-on <level>', 'error, warn or info', 'error')
    .option('--base-optional', 'a base that does not exist is no failure: the contract is new')
    .option('--only <operations>', 'only these operationIds, separated by commas')
    .option('--usage <file>', 'who uses what, one JSON object a line')
    .option('--config, --approvals <file>', 'instead of plinth.diff.yaml beside the revision or here')
    .option('--check-version', 'the version must say how much changed')
    .option('--format <name>', 'text, json, markdown, sarif, github or junit', 'text')
    .addHelpText(
      'after',
      '\nA side is a file, a folder, or standard input (-), or a file of a git revision: git:main:api/contract.yaml',
    )
    .action((base: string, revision: string, flags: DiffFlags) =>
      done(import('./diff-files.ts').then(({ diffFiles }) => diffFiles(base, revision, flags))),
    );
};
