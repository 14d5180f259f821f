// Stage `receive`: messages of other systems. The signature is checked over the bytes as they came, before anything is
// parsed; then the message is kept, once, together with the fact that reactions act on, and 202 says that it is safe
// with us. Old, repeated, out-of-order and unknown messages are normal, and none of them is refused.

import { assert, servicePrincipal } from '../../kernel/index.ts';
import { baseContext, under } from '../../operations/contexts.ts';
import type { ExecutionServices } from '../../operations/services.ts';
import type { Db, Tx } from '../../ports/index.ts';
import { signatureFault, type SignatureFault } from '../../security/webhook-signature.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import type { Trace } from '../../telemetry/trace.ts';
import { traced, transactionSpan } from '../../telemetry/tracer.ts';
import type { Deadlines } from '../deadlines.ts';
import { wait, type Answer, type Exchange, type Step } from '../exchange.ts';
import { refuse, type CompiledOperation } from '../operation.ts';
import { parseJsonBody } from './read-body.ts';

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
  const count = (result: Received): void =>
    metrics.count('plinth.webhook.received', { operation: operation.key, result });
  return (x) => {
    const secrets = secretsOf(webhookIn.secretRef);
    // Nothing can be believed, and nothing shall be lost: the sender comes again.
    if (secrets.length === 0 || services.database === undefined)
      return refuse(x, 'dependency-unavailable', { headers: ['Retry-After', '60'] });
    const message = {
      id: x.header('webhook-id'),
      timestamp: x.header('webhook-timestamp'),
      signature: x.header('webhook-signature'),
      body: x.body ?? Buffer.alloc(0),
    };
    const nowS = Math.floor(services.clock.now().epochMilliseconds / 1000);
    const fault = signatureFault(message, { secrets, nowS, toleranceS: webhookIn.toleranceS });
    if (fault !== undefined) {
      count(`refused-${fault}`);
      return refuse(x, 'signature-invalid');
    }
    x.principal = { ...servicePrincipal(operation.contract.id), issuer: 'webhook', subject: webhookIn.secretRef };
    x.deadlineMs = x.startedMs + operation.timeoutMs;
    deadlines.add(x);
    return wait(
      x,
      keep(x, message.id as string, services).then((result) => {
        count(result);
        return accepted;
      }),
    );
  };
}

/** Row and fact commit together; of a repeated message only the count changes. */
async function keep(x: Exchange, id: string, services: ExecutionServices): Promise<Received> {
  const { database } = services;
  assert(database !== undefined, 'without a store nothing is received');
  const content = await contentOf(x, database.db);
  // Mocks have no store, and load nothing that writes to one.
  const { insertMessage } = await import('../../operations/message-rows.ts');
  const inOne = async (tx: Tx, trace: Trace): Promise<Received> => {
    const state = content === undefined ? 'unknown' : 'taken';
    const { body = Buffer.alloc(0), traceId } = x;
    if (!(await insertMessage(tx, { source: x.operation.key, id, state, body, traceId }))) return 'repeated';
    if (content === undefined) return 'unknown';
    const unit = services.beginWrite(under(baseContext(x, services), trace), tx);
    const [event] = x.operation.operation.policy.emits;
    unit.context.emit(event?.event as never, { subject: `${x.operation.key}/${id}`, data: content.value as never });
    await unit.flush();
    return 'taken';
  };
  const result = await traced(services.tracer, x.trace, transactionSpan, (trace) =>
    database.transaction((tx) => inOne(tx, trace)),
  );
  services.committed();
  return result;
}

/** The body when it is what the contract describes; anything else is kept as it came and acted on by nobody. */
async function contentOf(x: Exchange, db: Db): Promise<{ value: unknown } | undefined> {
  const parsed = parseJsonBody(x);
  if (!('value' in parsed)) return undefined;
  const { binding, operation, shapes } = x.operation;
  const read = binding.messages?.[operation.id];
  const value = read === undefined ? parsed.value : await read(parsed.value, db);
  if (value === undefined) return undefined;
  const checked = shapes.body?.check(value, 'application/json');
  return checked !== undefined && 'value' in checked ? { value: checked.value } : undefined;
}
