// Stage `callback addresses`: where the caller wants to be told, looked at while it can still be told that this is not
// possible. What is sent there, and when: operations/callbacks.ts.

import { fillText, type Operation } from '@plinth/contract/serving';
import { PortError } from '../../kernel/index.ts';
import type { Callback } from '../../operations/callbacks.ts';
import type { Database } from '../../ports/index.ts';
import type { AddressCheck } from '../../security/egress.ts';
import { wait, type Answer, type Exchange, type Step } from '../exchange.ts';
import { refuse, type CompiledOperation } from '../operation.ts';

/** Callbacks of one call. */
export const mostCallbacks = 5;

export interface CallbackParts {
  database: Database | undefined;
  /** undefined = this edge sends none: calls that want some are refused. */
  checkAddress: AddressCheck | undefined;
}

/** undefined for operations without callbacks. Sets `x.callbacks`. */
export function compileCallbacks(operation: CompiledOperation, parts: CallbackParts): Step | undefined {
  const { callbacks } = operation.operation;
  if (callbacks.length === 0) return undefined;
  return (x) => {
    const wanted = callbacks.flatMap((callback) => {
      const url = addressOf(callback, x);
      return url === undefined ? [] : [{ id: callback.id, url }];
    });
    if (wanted.length === 0) return undefined;
    return wait(x, check(x, wanted, parts));
  };
}

/** The key of a callback as the contract writes it: the loader puts a slash before what is no path. */
export function templateOf({ path }: Pick<Operation, 'path'>): string {
  return /^\/(\{\$|https?:)/i.test(path) ? path.slice(1) : path;
}

function addressOf(callback: Operation, x: Exchange): string | undefined {
  const url = fillText(templateOf(callback), {
    key: '',
    url: '',
    method: x.operation.operation.method,
    status: 0,
    input: x.input,
    requestHeader: (name) => x.header(name),
    responseHeaders: {},
    responseBody: undefined,
  });
  return url === '' ? undefined : url;
}

async function check(
  x: Exchange,
  wanted: readonly Callback[],
  { checkAddress, database }: CallbackParts,
): Promise<Answer | undefined> {
  const refused = (reason: string): Answer => refuse(x, 'callback-refused', { values: { reason } });
  const { applicationId } = x.principal;
  if (checkAddress === undefined || database === undefined) return refused('none are sent from here');
  // Mocks have no store, and load nothing that reads from one.
  const { hasSecret } = await import('../../events/webhooks/targets.ts');
  if (applicationId === undefined || !(await hasSecret(database.db, applicationId)))
    return refused('the calling application has no secret to sign it with');
  for (const { url } of wanted) {
    try {
      await checkAddress(url);
    } catch (error) {
      if (!(error instanceof PortError) || error.failure !== 'refused') throw error;
      return refused(error.message);
    }
  }
  x.callbacks = wanted;
  return undefined;
}
