// `plinth mock FILE…`: its options. The work stands in mock-run.ts and is loaded when it is asked for.

import type { AddCommand } from './commands.ts';
import { addContractOptions, addOutputOption } from './contract-file.ts';
import type { MockFlags } from './mock-flags.ts';

export const addMock: AddCommand = (program, done) => {
  addOutputOption(addContractOptions(program.command('mock <file...>')))
    .description('serve a stateful mock of contracts')
    .option('--port <port>', 'port to listen on', '4010')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--seed <n>', 'same seed, same answers', '1')
    .option('--state <on|off|file>', 'keep things in memory, not at all, or in a file', 'on')
    .option('--unknown-id <what>', 'auto, conjure or 404', 'auto')
    .option('--clock <time>', 'begin at this time (RFC 3339)')
    .option('--clock-mode <mode>', 'real, fixed or manual', 'real')
    .option('--auth <mode>', 'off, presence or dev', 'off')
    .option('--latency <min-max>', 'milliseconds before each answer')
    .option('--faults <file>', 'rules for what goes wrong')
    .option('--callback-host <host...>', 'callbacks and webhooks may go there, besides this machine', [])
    .option('--control-token <token>', 'opens /__plinth/ to other machines')
    .option('--upstream <url>', 'a real server for the operations of --real')
    .option('--real <ids>', 'operationIds, separated by commas; exchanges are recorded on stdout')
    .option('--watch', 'read the contracts again when they change')
    .option('--check', 'call every operation once and end')
    .option('--explain', 'show how each operation was understood and end')
    .option('--json', 'machine-readable output')
    .action((files: string[], flags: MockFlags) =>
      done(import('./mock-run.ts').then(({ mock }) => mock(files, flags))),
    );
};
