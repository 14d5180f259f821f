// Calls every operation of a mock once with generated valid input, and judges the answer by the contract.

import { createGenerator, type Generator } from '../generate/instance.ts';
import type { Contract, Operation } from '../model/contract.ts';
import { createMock } from './mock.ts';
import { isJson } from './places.ts';

export interface CheckedOperation {
  operation: string;
  key: string;
  ok: boolean;
  status: number;
  /** What could not be honoured; '' when all is well. With `ok`: why the answer was a true refusal. */
  reason: string;
}

/** One result an operation, in the order of the contract. The first answers cost most: schemas are compiled. */
export function* checkMock(
  contract: Contract,
  options: { seed: number; now: Temporal.Instant },
): Iterable<CheckedOperation> {
  const mock = createMock(contract, { seed: options.seed });
  const generator = createGenerator({ document: contract.document, ...options });
  for (const operation of contract.operations) {
    const row = { operation: operation.id, key: operation.key };
    const { input, fault } = inputFor(operation, generator);
    const sample = mock.sample({ operation, input, now: options.now });
    const answer = mock.answer({ operation, input: sample, now: options.now });
    if (answer.kind === 'answer') {
      const reason = fault || judgeAnswer(operation, generator, answer);
      yield { ...row, ok: reason === '', status: answer.status, reason };
      continue;
    }
    const { status, code, values } = answer;
    // No thing may stand in a state that allows the move; to say so is a true answer. Everything else is a fault.
    if (code === 'conflicting-state')
      yield { ...row, ok: fault === '', status, reason: fault || 'no thing is in a fitting state' };
    else if (code === 'not-found') yield { ...row, ok: false, status, reason: 'the thing in the path was not found' };
    else yield { ...row, ok: false, status, reason: `${String(values['message'])} at ${String(values['pointer'])}` };
  }
}

/** Required parameters and a body that the contract accepts; `fault` says what could not be made. */
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
  const media = operation.body?.media.find(({ type }) => isJson(type)) ?? operation.body?.media[0];
  if (media?.schema !== undefined) {
    const { value, valid } = generator.instance(media.schema, { name: operation.id, direction: 'request' });
    if (!valid) return { input, fault: 'no valid request body' };
    input['body'] = value;
  }
  return { input, fault: '' };
}

/** What an answer breaks of its contract, in words; '' when nothing. */
export function judgeAnswer(
  operation: Operation,
  generator: Generator,
  answer: { status: number; type: string; body: unknown },
): string {
  const response =
    operation.responses.find(({ status }) => status === answer.status) ??
    operation.responses.find(({ status }) => status === '2XX' || status === 'default');
  if (!response) return `status ${answer.status} is not documented`;
  if (answer.body === undefined) return response.media.length === 0 ? '' : 'the body is missing';
  const media = response.media.find(({ type }) => type === answer.type);
  if (!media) return `media type ${answer.type} is not documented`;
  if (!isJson(answer.type)) return isText(answer.body) ? '' : 'the body is empty';
  if (media.schema === undefined) return '';
  const [fault] = generator.validator(media.schema, 'response').explain(answer.body, 1);
  return fault ? `${fault.message} at ${fault.pointer}` : '';
}

function isText(body: unknown): boolean {
  return (typeof body === 'string' || body instanceof Uint8Array) && body.length > 0;
}
