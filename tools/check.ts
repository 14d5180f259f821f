// The quick loop: static checks, architecture, tidy, and the unit tests of what changed. Under 60 s.

import { runSteps, staticSteps } from './steps.ts';

await runSteps([
  ...staticSteps,
  { name: 'architecture and tidy', command: ['vitest', 'run', 'tools'], tests: true },
  {
    name: 'unit tests of what changed',
    command: ['vitest', 'run', '--project', 'unit', '--changed', '--passWithNoTests'],
    tests: true,
  },
]);
