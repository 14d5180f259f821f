// The types of generated functions, and how they are made out of descriptors.

import type { CallOptions, Client, SafeResult } from './client.ts';
import type { OperationDescriptor } from './descriptor.ts';
import type { CallInput } from './request.ts';

/** Input may be left out when nothing in it is needed. */
export type CallArguments<Input> = {} extends Input
  ? [input?: Input, options?: CallOptions]
  : [input: Input, options?: CallOptions];

/** One operation as a function: returns the body of the answer, throws PlinthProblem. `Code`: problems it declares. */
export interface OperationCall<Input, Output, Code extends string = string> {
  (...args: CallArguments<Input>): Promise<Output>;
  /** The same without throwing for problems. */
  safe(...args: CallArguments<Input>): Promise<SafeResult<Output, Code>>;
  readonly descriptor: OperationDescriptor;
}

/** An operation that answers page by page. */
export interface PagedCall<
  Input,
  Output,
  Items extends keyof Output,
  Code extends string = string,
> extends OperationCall<Input, Output, Code> {
  /** All members of all pages, read as they are needed. At most 1,000 pages. */
  each(...args: CallArguments<Input>): AsyncGenerator<Member<Output[Items]>, void, undefined>;
}

/** An operation that may answer 202 and go on working. */
export interface LongCall<Input, Output, Code extends string = string> extends OperationCall<Input, Output, Code> {
  /** What comes out in the end: asks the `Location` of a 202 as often as `Retry-After` says, within `timeoutMs`. */
  done(...args: CallArguments<Input>): Promise<Output>;
}

type Member<List> = NonNullable<List> extends readonly (infer T)[] ? T : never;

/** Makes the functions of a generated module. `Calls` is its interface; the table has one descriptor per member. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the generated interface is the one place that knows.
export function bindOperations<Calls>(client: Client, table: Readonly<Record<string, OperationDescriptor>>): Calls {
  const calls = Object.entries(table).map(([name, descriptor]) => [name, bind(client, descriptor)] as const);
  return Object.fromEntries(calls) as Calls;
}

function bind(client: Client, descriptor: OperationDescriptor): OperationCall<CallInput, unknown> {
  const call = async (input: CallInput = {}, options: CallOptions = {}): Promise<unknown> =>
    client.call(descriptor, input, options);
  return Object.assign(call, {
    descriptor,
    safe: async (input: CallInput = {}, options: CallOptions = {}) => client.safe(descriptor, input, options),
    each: (input: CallInput = {}, options: CallOptions = {}) => client.each(descriptor, input, options),
    done: async (input: CallInput = {}, options: CallOptions = {}) => client.done(descriptor, input, options),
  });
}
