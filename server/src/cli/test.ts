// `plinth test FILE --base-url URL`: its options. The work stands in test-contract.ts and is loaded when it is asked for.

import type { AddCommand } from './commands.ts';
import { addContractOptions, addOutputOption } from './contract-file.ts';
import type { TestFlags } from './test-contract.ts';

export const addTest: AddCommand = (program, done) => {
  addOutputOption(addContractOptions(program.command('test <file>')))
    .description('test an implementation against its contract')
    .option('--base-url <url>', "where the contract's paths begin: http://localhost:4010/orders/v1")
    .option('--phases <list>', 'examples,coverage,positive,negative,stateful,authorization,protocol; default: all')
    .option('--checks <list>', 'names of checks; default: all that the contract implies')
    .option('--operations <list>', 'operationIds; default: all')
    .option('--cases <n>', 'random requests for each operation and phase', '100')
    .option('--time <duration>', 'end after: 90s, 5m')
    .option('--seed <n>', 'same seed, same requests; default: another one each time')
    .option('--config, --principals <file>', 'who may call; default: plinth.test.yaml beside the contract or here')
    .option('--safe', 'send reads only')
    .option('--allow-destructive', 'call destructive operations too')
    .option('--workers <n>', 'requests at the same time', '4')
    .option('--rate <n>', 'requests a second at most')
    .option('--min-coverage <percent>', 'end with 1 below this')
    .option('--traffic <file>', 'compare a HAR or NDJSON with the contract; nothing is sent')
    .option('--keep-values', 'with --traffic: tell values, not only their types')
    .option('--format <name>', 'text, json, junit or markdown', 'text')
    .option('--json', 'the same as --format json')
    .action((file: string, flags: TestFlags) =>
      done(import('./test-contract.ts').then(({ testContract }) => testContract(file, flags))),
    );
};
