// Receivers and callbacks that could not work as they are written. Such a contract is not installed.

import type { Contract, Finding, Operation } from '@plinth/contract';
import type { Binding } from './edge.ts';
import { mostCallbacks, templateOf } from './stages/callbacks.ts';

type Fault = readonly [message: string, fix: string];

/** One finding per fault. */
export function checkWebhooks({ contract, handlers }: Binding): Finding[] {
  return contract.operations.flatMap((operation) =>
    [
      ...faultsOfReceiver(contract, operation, handlers[operation.id] !== undefined),
      ...faultsOfCallbacks(operation),
    ].map(([message, fix]): Finding => ({
      ...contract.at(operation.node),
      rule: 'webhook-unusable',
      severity: 'error',
      message: `${operation.id} ${message}`,
      fix,
    })),
  );
}

function faultsOfReceiver(contract: Contract, operation: Operation, isHandled: boolean): Fault[] {
  const { webhookIn, emits, idempotency } = operation.policy;
  if (webhookIn === undefined || contract.foreign) return [];
  const faults: Fault[] = [];
  if (operation.security?.length !== 0)
    faults.push(['is believed by its signature and asks for a credential.', 'Write  security: [].']);
  if (idempotency.mode !== 'none')
    faults.push(['knows messages by their id and asks for a key.', 'Write  x-plinth: { idempotency: none }.']);
  if (emits.length !== 1 || !contract.events.some(({ type }) => type === emits[0]?.event))
    faults.push(['hands its message to nobody.', 'Name one event of events.yaml:  emits: [thing.notified].']);
  if (webhookIn.scheme === 'adyen' && webhookIn.toleranceS !== undefined)
    faults.push(['has a toleranceS, and Adyen signs no time.', 'Leave it out: a message is acted on once.']);
  if (isHandled) faults.push(['keeps its message for a reaction and has a handler.', 'React to the event it emits.']);
  if (operation.method !== 'post' || !operation.responses.some(({ status }) => status === 202))
    faults.push(['answers 202 to POST.', "Describe the response '202'."]);
  if (operation.body?.media.some(({ type }) => /[/+]json\b/.test(type)) !== true)
    faults.push(['takes JSON.', 'Describe a requestBody of application/json.']);
  return faults;
}

function faultsOfCallbacks({ callbacks, policy }: Operation): Fault[] {
  const faults: Fault[] = [];
  if (callbacks.length > 0 && policy.effect === 'read' && policy.async === undefined)
    faults.push([
      'has callbacks and answers at once.',
      'Leave them out, or let it go on as a job:  async: { mode: allowed }.',
    ]);
  if (callbacks.length > mostCallbacks)
    faults.push([`has more than ${mostCallbacks} callbacks.`, 'Send one message that tells more.']);
  for (const callback of callbacks) {
    if (/\{\$(response|statusCode)/.test(templateOf(callback)))
      faults.push([
        `sends the callback ${callback.id} to an address that the answer names.`,
        'Take it from the request: {$request.body#/callbackUrl}. There it is checked before anything happens.',
      ]);
  }
  return faults;
}
