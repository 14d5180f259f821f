export { bindOperations, type CallArguments, type LongCall, type OperationCall, type PagedCall } from './calls.ts';
export {
  type CallOptions,
  type Client,
  type ClientOptions,
  createClient,
  type Exchange,
  type SafeResult,
} from './client.ts';
export type { OperationDescriptor, PagingDescriptor, ParamDescriptor } from './descriptor.ts';
export type { EventSourceLike, LiveEvent, OpenEventSource } from './live.ts';
export type { Notice } from './notices.ts';
export { type NextStep, PlinthProblem, type ProblemError } from './problem.ts';
export type { CallInput } from './request.ts';
export type { Timing } from './retry.ts';
