// Calls every operation of a mock once with generated valid input, and judges the answer by the contract.

import { Generator } from '../generate/instance.ts';
import { isObject } from '../load/pointer.ts';
import type { Contract, JsonValue, Operation } from '../model/contract.ts';
import { createMock } from './mock.ts';

export interface CheckedOperation {
  operation: string;
  key: string;
  ok: boolean;
  status: number;
  /** What could not be honoured; '' when all is well. */
  reason: string;
}

/** One result an operation, in the order of the contract. */
export function* checkMock(
  contract: Contract,
  options: { seed: number; now: Temporal.Instant },
): Iterable<CheckedOperation> {
  const mock = createMock(contract, { seed: options.seed });
  const generator = new Generator({ document: contract.document, seed: options.seed, now: options.now });
  for (const operation of contract.operations) {
    const { input, fault } = inputFor(operation, generator);
    const sample = mock.sample({ operation, owner: undefined, now: options.now });
    const answer = mock.answer({ operation, input: { ...input, ...sample }, now: options.now });
    const row = { operation: operation.id, key: operation.key };
    if (answer.kind === 'problem') {
      // A thing may stand in a state that does not allow the move; that is a true answer. Everything else is a fault.
      const isHonest = answer.code === 'conflicting-state';
      const status = answer.code === 'not-found' ? 404 : isHonest ? 409 : 500;
      const { message, pointer } = answer.values;
      const said =
        answer.code === 'not-found'
          ? 'the thing in the path was not found'
          : `${String(message)} at ${String(pointer)}`;
      yield { ...row, ok: isHonest && fault === '', status, reason: isHonest ? fault : said };
      continue;
    }
    const reason = fault || judge(operation, generator, answer);
    yield { ...row, ok: reason === '', status: answer.status, reason };
  }
}

/** Parameters and body that the contract accepts. */
export function inputFor(
  operation: Operation,
  generator: Generator,
): { input: Record<string, unknown>; fault: string } {
  const input: Record<string, unknown> = {};
  for (const param of operation.params) {
    if (!param.required) continue;
    const { value, valid } = generator.instance(param.schema, { name: param.name, direction: 'request' });
    if (!valid) return { input, fault: `no valid value for parameter ${param.name}` };
    input[param.name] = value;
  }
  const media = operation.body?.media.find(({ type }) => type.includes('json')) ?? operation.body?.media[0];
  if (media?.schema !== undefined) {
    const { value, valid } = generator.instance(media.schema, { name: operation.id, direction: 'request' });
    if (!valid) return { input, fault: 'no valid request body' };
    input['body'] = value;
  }
  return { input, fault: '' };
}

function judge(
  operation: Operation,
  generator: Generator,
  answer: { status: number; type: string; body: unknown },
): string {
  const response =
    operation.responses.find(({ status }) => status === answer.status) ??
    operation.responses.find(({ status }) => status === '2XX' || status === 'default');
  if (!response) return `status ${answer.status} is not documented`;
  const media = response.media.find(({ type }) => type === answer.type);
  if (!media) return answer.body === undefined ? '' : `media type ${answer.type} is not documented`;
  if (media.schema === undefined || !answer.type.includes('json')) return '';
  const validator = generator.validator(media.schema, 'response');
  if (validator.check(answer.body)) return '';
  const [fault] = validator.explain(answer.body as JsonValue, 1);
  return fault
    ? `${fault.pointer}: ${fault.message}`
    : isObject(answer.body as JsonValue)
      ? 'body is not valid'
      : 'body is missing';
}
