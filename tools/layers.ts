// Who may import whom, as data: architecture.ts checks it, ARCHITECTURE.md prints it. Names are workspaces; a capability
// and an adapter is a unit of its own inside its workspace.

export interface Layer {
  /** Folder from the repository root. */
  folder: string;
  /** Workspaces it may import. */
  may: readonly string[];
  /** Each sub-folder is a unit that may not reach into its siblings. */
  units?: boolean;
  purpose: string;
}

export const layers: Readonly<Record<string, Layer>> = {
  contract: {
    folder: 'contract',
    may: [],
    purpose: 'load, validate, lint, compare, test, mock, generate: pure, usable alone',
  },
  runtime: {
    folder: 'runtime',
    may: ['contract'],
    purpose: 'a contract as a running edge: kernel, ports, pipeline, events, workflows',
  },
  decisions: { folder: 'decisions', may: ['contract', 'runtime/kernel'], purpose: 'next best action, pure computing' },
  conversation: {
    folder: 'conversation',
    may: ['contract', 'runtime/kernel'],
    purpose: 'understanding and dialogue, pure computing',
  },
  adapters: { folder: 'adapters', may: ['runtime'], units: true, purpose: 'ports made real, one technology each' },
  capabilities: {
    folder: 'capabilities',
    may: ['contract', 'runtime'],
    units: true,
    purpose: 'business abilities, one folder each, never importing a sibling',
  },
  client: { folder: 'client', may: [], purpose: 'typed client without dependencies; channels use only this' },
  'channels/ui': { folder: 'channels/ui', may: ['client'], purpose: 'tokens and components of all channels' },
  'channels/portal': {
    folder: 'channels/portal',
    may: ['client', 'channels/ui'],
    purpose: 'customers: web and installable app',
  },
  'channels/kiosk': {
    folder: 'channels/kiosk',
    may: ['client', 'channels/ui'],
    purpose: 'customers at a shared device',
  },
  'channels/desk': { folder: 'channels/desk', may: ['client', 'channels/ui'], purpose: 'service agents' },
  'channels/studio': {
    folder: 'channels/studio',
    may: ['client', 'channels/ui'],
    purpose: 'API designers, CX managers, operators',
  },
  'channels/developers': {
    folder: 'channels/developers',
    may: ['client', 'channels/ui'],
    purpose: 'partners and API developers',
  },
  testing: {
    folder: 'testing',
    may: ['contract', 'runtime'],
    purpose: 'conformance suites, databases for tests, sign-in helpers',
  },
  server: {
    folder: 'server',
    may: ['contract', 'runtime', 'runtime/pipeline', 'decisions', 'conversation', 'adapters', 'capabilities', 'client'],
    purpose: 'composition root, command line, MCP face: the only place where all of it meets',
  },
};

/** Units that may import more than their layer says, each with the reason. */
export const exceptions: readonly { unit: string; may: string; because: string }[] = [
  {
    unit: 'capabilities/personalization',
    may: 'decisions',
    because: 'it is the contract and the tables of decisions/',
  },
  {
    unit: 'capabilities/assistant',
    may: 'conversation',
    because: 'it is the contract and the tables of conversation/',
  },
  ...['accounts', 'payments', 'billing', 'loyalty', 'inventory', 'claims'].map((name) => ({
    unit: `capabilities/${name}`,
    may: 'capabilities/ledger',
    because: 'whatever may not be spent twice is a ledger account; the library has no contract of its own',
  })),
];

/** Inside runtime: a folder may import those listed (and itself). Files directly in runtime/src are the public face. */
export const runtimeFolders: Readonly<Record<string, readonly string[]>> = {
  kernel: [],
  ports: ['kernel'],
  telemetry: ['kernel', 'ports'],
  security: ['kernel', 'ports', 'telemetry'],
  resilience: ['kernel', 'ports', 'telemetry'],
  store: ['kernel', 'ports'],
  events: ['kernel', 'ports', 'store', 'security', 'telemetry'],
  jobs: ['kernel', 'ports', 'store', 'telemetry'],
  workflows: ['kernel', 'ports', 'store', 'events', 'telemetry'],
  operations: [
    'kernel',
    'ports',
    'store',
    'events',
    'jobs',
    'workflows',
    'security',
    'resilience',
    'telemetry',
    'pipeline',
  ],
  pipeline: [
    'kernel',
    'ports',
    'store',
    'events',
    'jobs',
    'workflows',
    'security',
    'resilience',
    'telemetry',
    'operations',
  ],
};
