// Stage `receive`: messages of other systems. What is signed is checked first (message-schemes.ts); then each message is
// kept, once, together with the fact that reactions act on, and 202 says that it is safe with us. Old, repeated,
// out-of-order and unknown messages are normal, and none of them is refused.

import { assert, servicePrincipal } from '../../kernel/index.ts';
import { baseContext, under } from '../../operations/contexts.ts';
import type { ExecutionServices } from '../../operations/services.ts';
import type { Db, Tx } from '../../ports/index.ts';
import type { SignatureFault } from '../../security/webhook-signature.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import type { Trace } from '../../telemetry/trace.ts';
import { traced, transactionSpan } from '../../telemetry/tracer.ts';
import type { Deadlines } from '../deadlines.ts';
import { wait, type Answer, type Exchange, type Step } from '../exchange.ts';
import { refuse, type CompiledOperation } from '../operation.ts';
import type { BelievedMessage } from './message-schemes.ts';

export interface ReceiveParts {
  deadlines: Deadlines;
  receiving: {
    services: ExecutionServices;
    /** By `secretRef`; two while they change over. */
    secretsOf: (ref: string) => readonly string[];
    /** Gets `plinth.webhook.received {operation, result}`. */
    metrics: Pick<Metrics, 'count'>;
  };
}

/** What became of a message. */
type Received = 'taken' | 'unknown' | 'repeated' | `refused-${SignatureFault}`;

const accepted: Answer = { status: 202, headers: [], type: 'application/json', body: undefined };

/** undefined for operations without `webhookIn`. The last stage of those that have it: they have no handler. */
export function compileReceive(operation: CompiledOperation, { deadlines, receiving }: ReceiveParts): Step | undefined {
  const { webhookIn } = operation.operation.policy;
  if (webhookIn === undefined) return undefined;
  const { services, secretsOf, metrics } = receiving;
  const { secretRef, toleranceS = 0 } = webhookIn;
  const count = (result: Received): void =>
    metrics.count('plinth.webhook.received', { operation: operation.key, result });
  const receive = async (x: Exchange): Promise<Answer> => {
    // Mocks have no store and load nothing that reads what is to be kept.
    const { messageSchemes } = await import('./message-schemes.ts');
    const scheme = messageSchemes[webhookIn.scheme];
    const secrets = secretsOf(secretRef).filter((secret) => scheme.isSecret(secret));
    // Nothing can be believed, and nothing shall be lost: the sender comes again.
    if (secrets.length === 0) return forLater(x);
    const nowS = Math.floor(services.clock.now().epochMilliseconds / 1000);
    const believed = scheme.read(x, { secrets, nowS, toleranceS });
    if ('fault' in believed) {
      count(`refused-${believed.fault}`);
      return refuse(x, 'signature-invalid');
    }
    x.principal = { ...servicePrincipal(operation.contract.id), issuer: 'webhook', subject: secretRef };
    x.deadlineMs = x.startedMs + operation.timeoutMs;
    deadlines.add(x);
    for (const result of await keep(x, believed.messages, services)) count(result);
    return accepted;
  };
  return (x) => (services.database === undefined ? forLater(x) : wait(x, receive(x)));
}

function forLater(x: Exchange): Answer {
  return refuse(x, 'dependency-unavailable', { headers: ['Retry-After', '60'] });
}

/** Rows and facts of all messages commit together; of a repeated one only the count changes. */
async function keep(
  x: Exchange,
  messages: readonly BelievedMessage[],
  services: ExecutionServices,
): Promise<Received[]> {
  const { database } = services;
  assert(database !== undefined, 'without a store nothing is received');
  // In one order, so that requests with the same messages wait for one another and not in a ring.
  const ordered = messages.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const known: { message: BelievedMessage; content: { value: unknown } | undefined }[] = [];
  for (const message of ordered) known.push({ message, content: await contentOf(x, message, database.db) });
  const { insertMessage } = await import('../../operations/message-rows.ts');
  const source = x.operation.key;
  const { traceId } = x;
  const [event] = x.operation.operation.policy.emits;
  const inOne = async (tx: Tx, trace: Trace): Promise<Received[]> => {
    const results: Received[] = [];
    const facts: { subject: string; data: never }[] = [];
    for (const { message, content } of known) {
      const { id, body } = message;
      const state = content === undefined ? 'unknown' : 'taken';
      const isNew = await insertMessage(tx, { source, id, state, body, traceId });
      results.push(isNew ? state : 'repeated');
      if (isNew && content !== undefined) facts.push({ subject: `${source}/${id}`, data: content.value as never });
    }
    if (facts.length === 0) return results;
    const unit = services.beginWrite(under(baseContext(x, services), trace), tx);
    for (const fact of facts) unit.context.emit(event?.event as never, fact);
    await unit.flush();
    return results;
  };
  const results = await traced(services.tracer, x.trace, transactionSpan, (trace) =>
    database.transaction((tx) => inOne(tx, trace)),
  );
  services.committed();
  return results;
}

/** What a message says when it is what the contract describes; anything else is kept as it came and acted on by nobody. */
async function contentOf(x: Exchange, message: BelievedMessage, db: Db): Promise<{ value: unknown } | undefined> {
  const said = message.content();
  if (said === undefined) return undefined;
  const { binding, operation, shapes } = x.operation;
  const read = binding.messages?.[operation.id];
  const value = read === undefined ? said.value : await read(said.value, db);
  if (value === undefined) return undefined;
  const checked = shapes.body?.check(value, 'application/json');
  return checked !== undefined && 'value' in checked ? { value: checked.value } : undefined;
}
