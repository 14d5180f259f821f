// The end of a process that runs until it is told to stop.

import { exit } from './failure.ts';

/** Resolves with the name of the first SIGINT or SIGTERM. A second one, of either kind, ends the process at once. */
export function untilSignal(): Promise<string> {
  return new Promise((resolve) => {
    let isTold = false;
    const heard = (signal: string): void => {
      if (isTold) process.exit(exit.interrupted);
      isTold = true;
      resolve(signal);
    };
    process.on('SIGINT', heard);
    process.on('SIGTERM', heard);
  });
}
