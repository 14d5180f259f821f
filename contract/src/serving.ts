// What it takes to serve a contract, as an edge or as a mock: reading it, its model, schemas and codecs, and the mock. A
// face of its own, so that a mock starts without linter, gate, test plan and emitters.

export {
  type BodyCodec,
  type BodyFile,
  type BodyLimits,
  bodyLimits,
  type BodyReading,
  compileBodyCodec,
  type Decoded,
  type EncodedBody,
  FileReference,
  type FileTaker,
  type FormFault,
  type FormReading,
  isBodyFile,
  type ItemCodec,
} from './codec/body.ts';
export { type ExchangeSeen, fillText } from './codec/expression.ts';
export * from './codec/json.ts';
export { isJson as isJsonType } from './codec/media.ts';
export { sequenceKind } from './codec/sequence.ts';
export * from './codec/params.ts';
export { Draw, hashText } from './generate/draw.ts';
export { createGenerator, type Generated, Generator, type GeneratorOptions, type Wish } from './generate/instance.ts';
export { formatFindings } from './lint/format.ts';
export { refusals } from './lint/refusals.ts';
export { load, type Loaded, type LoadOptions } from './load/load.ts';
export { Origins } from './load/origin.ts';
export { parseText, SyntaxFailure } from './load/parse.ts';
export { follow, isObject, valueAt } from './load/pointer.ts';
export type { MockAnswer, MockCall, MockExplanation } from './mock/answer.ts';
export { type CheckedOperation, checkMock, inputFor, judgeAnswer } from './mock/check.ts';
export type { DeclaredError } from './mock/declared-error.ts';
export type { Job, JobEnd } from './mock/jobs.ts';
export { createMock, type Mock, type MockOptions } from './mock/mock.ts';
export type { Outgoing } from './mock/outgoing.ts';
export { type Fault, mostDelayMs, type Preferences, readPreferences } from './mock/prefer.ts';
export { emptyState, MemoryStore, type Store, type Thing } from './mock/store.ts';
export type { UnknownId } from './mock/world.ts';
export * from './model/contract.ts';
export { movesMoney } from './model/money.ts';
export * from './model/policy.ts';
export { answerSchema, inferResources, isListAnswer, listProperty, singular } from './model/resources.ts';
export { compileRoutes } from './model/routes.ts';
export {
  type BodyReader,
  compileBody,
  compileSchema,
  declaredMembers,
  type Validator,
  type Violation,
} from './schema/compile.ts';
export { compileView, holdsSensitive, type View, type Viewer } from './schema/view.ts';
