// `ctx.call`: one capability calls another's operation through the same compiled function as everybody else, as a
// service acting for the caller's customer. Calls a capability did not declare are refused.

import type { Call, CallOptions as CallExtra } from '../context.ts';
import { assert, ProblemError, servicePrincipal, type Principal } from '../kernel/index.ts';
import type { Edge, InvokeResult } from '../pipeline/edge.ts';
import { canonicalHash } from '../security/canonical-json.ts';
import type { Trace } from '../telemetry/trace.ts';
import { noteAnswered, type Positioned } from './position.ts';

export interface CallerOf {
  /** `orders.placeOrder`: the operation, workflow or job that calls. Its first part is the capability. */
  operation: string;
  principal: Principal;
  /** Where it calls from. */
  trace: Trace;
  /** Scoped key of the caller's own request: a repetition calls with the same keys. */
  key?: string | undefined;
  /** `Accept-Language` of the caller's own request: a callee's problem is told to its caller. */
  language?: string | undefined;
  /** Keeps the greatest position that calls were answered with, and is where later calls take it from. */
  known?: Positioned | undefined;
}

export interface CallOptions {
  edge: () => Pick<Edge, 'invoke'>;
  /** Capability → `<capability>.<operationId>` it declared in its manifest. */
  declared: () => ReadonlyMap<string, ReadonlySet<string>>;
}

/** Makes the call function of one caller. Results are frozen: nobody shares an object with a sibling. */
export function createCall(options: CallOptions, caller: CallerOf): Call {
  const [capability = ''] = caller.operation.split(/[.@]/, 1);
  const principal: Principal = {
    ...servicePrincipal(capability, caller.principal.customerId),
    actor: [capability, ...(caller.principal.actor.length > 0 ? caller.principal.actor : [caller.principal.subject])],
    channel: caller.principal.channel,
  };
  const call = async (operation: string, input: unknown, extra: CallExtra = {}): Promise<unknown> => {
    const allowed = options.declared().get(capability);
    assert(allowed?.has(operation) === true, `${capability} declares in its manifest that it calls ${operation}`);
    const key = extra.key ?? deriveKey(caller, operation, input);
    const result = await options.edge().invoke({
      operation,
      principal,
      input: structuredClone(input) as Record<string, unknown>,
      trace: caller.trace,
      language: caller.language,
      position: extra.position ?? caller.known?.position,
      ...(key === undefined ? {} : { idempotencyKey: key }),
    });
    if (caller.known !== undefined) noteAnswered(caller.known, result.headers);
    if (result.status >= 300) throw problemOf(result);
    return freeze(result.body);
  };
  return call as Call;
}

/** Same caller's key, same target, same input = same effect. Reads need none but may carry it. */
function deriveKey(caller: CallerOf, operation: string, input: unknown): string | undefined {
  return caller.key === undefined ? undefined : canonicalHash([caller.key, operation, input]);
}

function problemOf(result: InvokeResult): ProblemError {
  const document = (typeof result.body === 'object' && result.body !== null ? result.body : {}) as Record<
    string,
    unknown
  >;
  return new ProblemError(
    result.status,
    typeof document['code'] === 'string' ? document['code'] : 'internal',
    document,
    result.headers['content-language'],
  );
}

/** Deep, at most 64 levels: answers are JSON of bounded depth. */
function freeze(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null || depth > 64) return value;
  for (const member of Object.values(value)) freeze(member, depth + 1);
  return Object.freeze(value);
}
