// A contract's types alone: its components, and of each operation the input and the answers. No import, nothing at run time.

import type { Contract, Operation } from '../model/contract.ts';
import { components } from './components.ts';
import { comment, lineText, pascal, typeName } from './names.ts';
import { answerType, inputType, successes } from './operation-type.ts';
import { union } from './schema-type.ts';

/** The whole text of a module of types. Its heading names the contract's file and the command that remakes it. */
export function emitTypes(contract: Contract, options: { source: string; command: string }): string {
  const { scope: plain, text, taken } = components(contract);
  const scope = { ...plain, items: true };
  const declare = (operation: Operation): string => {
    const base = pascal(operation.id);
    const answers = successes(operation).map(({ response }) => answerType(response, scope, ''));
    return [
      comment(operation.summary, ''),
      `export type ${typeName(`${base}Request`, taken)} = ${inputType(operation, scope, '')};\n`,
      `export type ${typeName(`${base}Answer`, taken)} = ${answers.length === 0 ? 'unknown' : union(answers)};\n`,
    ].join('');
  };
  return [
    `// Made from ${lineText(options.source)} (${lineText(contract.title)} ${lineText(contract.version)}). Do not edit: change the contract and run\n`,
    `//   ${lineText(options.command)}\n\n`,
    text,
    ...contract.operations.map((operation) => `\n${declare(operation)}`),
  ].join('');
}
