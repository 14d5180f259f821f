// The command line. Data goes to stdout, everything else to stderr; exit codes: cli/failure.ts.

import { run } from './cli/commands.ts';

process.exitCode = await run(process.argv.slice(2));
