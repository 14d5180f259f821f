// Waits for its stdin to close, which happens when Plinth ends in whatever way, and stops the server it was given.

import { stopServer } from './processes.ts';

const pid = Number(process.argv[2]);
process.stdin.resume();
process.stdin.on('end', () => void stopServer(pid).then(() => process.exit(0)));
process.stdin.on('error', () => void stopServer(pid).then(() => process.exit(0)));
