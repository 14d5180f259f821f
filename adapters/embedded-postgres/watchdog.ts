// Waits for its stdin to close, which happens when Plinth ends in whatever way, stops the server it was given, and removes
// the folders it was given (of a server that was not to outlive its owner).

import { rmSync } from 'node:fs';
import { stopServer } from './processes.ts';

const [pid, ...folders] = process.argv.slice(2);

async function finish(): Promise<void> {
  await stopServer(Number(pid));
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  process.exit(0);
}

process.stdin.resume();
process.stdin.on('end', () => void finish());
process.stdin.on('error', () => void finish());
