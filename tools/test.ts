// `npm test`: everything the machine can run. `node tools/test.ts unit|system|journeys` runs one suite.

import { runSteps, staticSteps, type Step } from './steps.ts';

const suites: Readonly<Record<string, readonly Step[]>> = {
  unit: [
    { name: 'architecture and tidy', command: ['vitest', 'run', '--project', 'tools'], tests: true },
    { name: 'unit and conformance', command: ['vitest', 'run', '--project', 'unit'], tests: true },
  ],
  system: [
    { name: 'whole system', command: ['vitest', 'run', '--project', 'system'], tests: true },
    { name: 'fault suites, short', command: ['vitest', 'run', '--project', 'chaos'], tests: true },
  ],
  journeys: [{ name: 'journeys in a real browser', command: ['vitest', 'run', '--project', 'journeys'], tests: true }],
};

const name = process.argv[2] ?? 'all';
const chosen = name === 'all' ? [...staticSteps, ...Object.values(suites).flat()] : suites[name];
if (!chosen) {
  console.error(`No suite is called ${name}. Do: node tools/test.ts all|${Object.keys(suites).join('|')}`);
  process.exit(2);
}
await runSteps(chosen);
