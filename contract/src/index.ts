export * from './model/contract.ts';
export * from './model/policy.ts';
