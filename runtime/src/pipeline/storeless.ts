// The edge for a process without a store, such as a mock. A face of its own, so that it starts without a database driver,
// jobs and telemetry.

export { Authenticator } from '../security/authenticator.ts';
export { channelsOf } from '../security/claims.ts';
export { createEgress } from '../security/egress.ts';
export type { EdgeLogger } from '../telemetry/log.ts';
export { Metrics } from '../telemetry/metrics.ts';
export { createEdge } from './create-edge.ts';
export type { RunningEdge } from './edge-options.ts';
export type { Binding } from './edge.ts';
