// One load in a process of its own: milliseconds from text to model, and the peak of its memory.

import { readFile } from 'node:fs/promises';
import { load } from '@plinth/contract';

const [file = ''] = process.argv.slice(2);
const text = await readFile(file, 'utf8');
const [started, before] = [performance.now(), process.cpuUsage()];
const { contract } = await load(file, { read: () => Promise.resolve(text) });
const ms = performance.now() - started;
const { user, system } = process.cpuUsage(before);
const sizes = { operations: contract?.operations.length ?? 0, schemas: contract?.schemas.size ?? 0 };
process.stdout.write(
  JSON.stringify({ ms, cpuMs: (user + system) / 1000, peakMB: process.resourceUsage().maxRSS / 1024, ...sizes }),
);
