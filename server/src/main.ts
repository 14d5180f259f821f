// The command line. Data goes to stdout, everything else to stderr; exit codes: cli/failure.ts.

import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import path from 'node:path';

// Sources run without a build (decision 0012); so that not every start strips and compiles them anew, Node keeps what came
// out, by content, where only this user writes. Whatever is imported before this line is not kept.
enableCompileCache(path.join(homedir(), '.cache', 'plinth', 'compiled'));
const { run } = await import('./cli/commands.ts');

process.exitCode = await run(process.argv.slice(2));
