// The edge for a process without a store, such as a mock. A face of its own, so that it starts without a database driver,
// jobs and telemetry.

export { Authenticator } from '../security/authenticator.ts';
export { channelsOf, claimFields } from '../security/claims.ts';
export { createEgress } from '../security/egress.ts';
export { TrustedProxies } from '../security/forwarded.ts';
export { type WebhookKeyPair, webhookKeyPair } from '../security/webhook-keys.ts';
export { isAdyenKey, isWebhookSecret } from '../security/webhook-secrets.ts';
export { signatureHeaders } from '../security/webhook-signature.ts';
export type { EdgeLogger } from '../telemetry/log.ts';
export { type Trace, traceparentOf } from '../telemetry/trace.ts';
export { Metrics } from '../telemetry/metrics.ts';
export { createEdge } from './create-edge.ts';
export type { RunningEdge } from './edge-options.ts';
export type { Binding, MockCall, MockDispatch } from './edge.ts';
export { fieldLines, writeHead } from './head.ts';
export { lean } from './incoming.ts';
export type { Found } from './routes.ts';
export { readPlain } from './plain/plain-requests.ts';
export type { PlainTransport } from './plain/plain-transport.ts';
export { NodeTransport, type Transport } from './transport.ts';
