// What a server says when it dies of a mistake of ours: one line of the log, masked as every other. What Node prints by
// itself shows the error with all its members, and of a driver's error these are rows with personal data.

import { createLogger } from '@plinth/runtime/pipeline';
import { exit } from './failure.ts';

/** From now on an error that nobody catches ends the process with exit code 70 and that line, whatever the log level. */
export function sayLastWord(): void {
  process.on('uncaughtException', (err) => {
    createLogger('error').error({ err }, 'the process ends: nobody caught an error');
    process.exit(exit.defect);
  });
}
