// What is made of a contract: types, clients, pages, event descriptions, tools. A face of its own, so that making them is
// quick to start.

export { emitCapabilityTypes } from './emit/capability-types.ts';
export { emitAsyncApi } from './emit/async-api.ts';
export { offeredTo } from './emit/audience.ts';
export { type ClientModuleOptions, emitClient } from './emit/client.ts';
export { type Descriptor, descriptorOf, pagingOf } from './emit/descriptor.ts';
export { type DocsOptions, emitDocs } from './emit/docs/site.ts';
export { emitLlms } from './emit/llms.ts';
export { duration, policyWords } from './emit/policy-words.ts';
export { emitTypes } from './emit/types.ts';
export { emitReference } from './emit/reference.ts';
export { type AgentTool, emitTools, estimatedTokens, isTool, toolBytes, toolOf } from './emit/tools.ts';
export { compileModule, linkModule, type ValidatorModule, validatorTypes } from './schema/module.ts';
export { SchemaError } from './schema/resources.ts';
