export * from './decide/decide.ts';
export * from './models/item-knn.ts';
export { RuleFault } from './rules/lex.ts';
export { compileRule, type Rule, type Scope, type Value } from './rules/rule.ts';
