// Stage `confirm`: software acting for a customer changes nothing that the customer was not read and did not confirm.
// Without a fitting confirmation the answer is 428 with a record of it: its id, text, address and Idempotency-Key.

import { randomUUID } from 'node:crypto';
import { whoConfirms } from '../../kernel/index.ts';
import { canonicalHash } from '../../security/canonical-json.ts';
import type { Confirmation, ConfirmedCall, Confirmations } from '../../security/confirmations.ts';
import { readBackText } from '../../security/read-back.ts';
import { wait, type Answer, type Exchange, type Step } from '../exchange.ts';
import { refuse, type CompiledOperation } from '../operation.ts';

/** undefined for reads, for operations that say `confirm: never`, and where agents are not served at all. */
export function compileConfirm(
  operation: CompiledOperation,
  confirmations: Confirmations | undefined,
): Step | undefined {
  const { policy } = operation.operation;
  const needed = operation.writes && policy.skill?.confirm !== 'never' && policy.audience.includes('agent');
  if (!needed || confirmations === undefined) return undefined;
  const contractHash = canonicalHash([operation.contract.id, operation.contract.version, operation.operation.key]);
  const check = async (x: Exchange): Promise<Answer | undefined> => {
    const call: ConfirmedCall = {
      principal: x.principal,
      operation: operation.key,
      contractHash,
      argsHash: canonicalHash(x.input),
      idempotencyKey: x.idempotencyKey ?? randomUUID(),
    };
    const id = x.call === undefined ? x.header('plinth-confirmation') : x.call.confirmation;
    if (id !== undefined) {
      const use = await confirmations.use(id, call);
      if (use === 'ok') return undefined;
      if (use === 'used') return refuse(x, 'confirmation-used');
      const asked = use === 'waiting' ? await confirmations.find(id, whoConfirms(x.principal)) : undefined;
      // Asked again before the customer has answered: the same question.
      if (asked !== undefined) return required(x, asked);
    } else if (x.call?.lendsKey === true) {
      const lent = await confirmations.lend(call);
      if (lent !== undefined) call.idempotencyKey = x.idempotencyKey = lent.idempotencyKey;
      if (lent?.isConfirmed === true) return undefined;
    }
    return required(x, await confirmations.issue(call, readBackText(operation.operation, x.input)));
  };
  return (x) => (x.principal.audience === 'agent' ? wait(x, check(x)) : undefined);
}

function required(x: Exchange, { id, readback, expiresAt, idempotencyKey }: Confirmation): Answer {
  return refuse(x, 'confirmation-required', {
    values: { readback },
    members: { confirmation: { id, readback, url: `/confirmations/${id}`, expiresAt, idempotencyKey } },
  });
}
