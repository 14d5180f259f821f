// `capabilities/<name>/generated.ts`: the contract as types for handlers, calls, facts and problems.

import type { Contract, Operation } from '../model/contract.ts';
import { components } from './components.ts';
import { comment, lineText, literal, pascal } from './names.ts';
import { answerType, inputType, successes } from './operation-type.ts';
import { typeOf, type TypeScope } from './schema-type.ts';

/** The whole text of a capability's generated.ts. Deterministic; types only, so it costs nothing at run time. */
export function emitCapabilityTypes(contract: Contract): string {
  const base = pascal(contract.id);
  const registries = ['Operations', 'Events', 'Problems'].map((kind) => `${base}${kind}`);
  const { scope: plain, text, taken } = components(contract, registries);
  const local = (name: string): string => (taken.has(name) ? `Plinth${name}` : name);
  const [reply, file, reference] = [local('Reply'), local('BodyFile'), local('FileReference')];
  const scope: TypeScope = { ...plain, file, items: true };
  const operations = contract.operations.map((operation) =>
    operationEntry(
      contract,
      operation,
      operation.policy.files === 'stored' ? { ...scope, file: reference } : scope,
      reply,
    ),
  );
  const events = contract.events.map(
    (event) =>
      `${comment(event.when, '  ')}  ${literal(event.type)}: ${typeOf(event.data, scope, { side: 'response', indent: '  ' })};\n`,
  );
  const problems = contract.problems.map(
    (problem) => `${comment(`${problem.status}: ${problem.title}`, '  ')}  ${literal(problem.code)}: true;\n`,
  );
  const usesReply = operations.some((entry) => entry.includes(`${reply}<`));
  const uses = (name: string): boolean => operations.some((entry) => new RegExp(`\\b${name}\\b`).test(entry));
  const imported = (name: string): string => (local(name) === name ? name : `${name} as ${local(name)}`);
  return [
    `// Made from contract.yaml, events.yaml and problems.yaml of ${lineText(contract.title)}. Do not edit: change those and run\n`,
    '//   npm run generate\n\n',
    uses(file) ? `import type { ${imported('BodyFile')} } from '@plinth/contract';\n` : '',
    uses(reference) ? `import type { ${imported('FileReference')} } from '@plinth/contract';\n` : '',
    usesReply
      ? `import type { ${imported('Reply')} } from '@plinth/runtime';\n`
      : "import type {} from '@plinth/runtime';\n",
    text === '' ? '' : `\n${text}`,
    `\n/** Operations of this capability: input and declared answers. */\n${registry(`${base}Operations`, operations)}`,
    `\n/** Facts this capability tells, with the shape of their data. */\n${registry(`${base}Events`, events)}`,
    `\n/** Problems this capability may answer. */\n${registry(`${base}Problems`, problems)}`,
    // The names stand outside the block, because inside it `Money` would mean the runtime's own.
    "\ndeclare module '@plinth/runtime' {\n",
    `  interface Operations extends ${base}Operations {}\n`,
    `  interface Events extends ${base}Events {}\n`,
    `  interface Problems extends ${base}Problems {}\n`,
    '}\n',
  ].join('');
}

function registry(name: string, entries: readonly string[]): string {
  return entries.length === 0 ? `export interface ${name} {}\n` : `export interface ${name} {\n${entries.join('')}}\n`;
}

function operationEntry(contract: Contract, operation: Operation, scope: TypeScope, reply: string): string {
  const indent = '    ';
  const answers = successes(operation).map(
    ({ status, response }) => `${reply}<${status}, ${answerType(response, scope, indent)}>`,
  );
  const key = literal(`${contract.id}.${operation.id}`);
  return [
    comment(operation.summary, '  '),
    `  ${key}: {\n`,
    `${indent}input: ${inputType(operation, scope, indent)};\n`,
    `${indent}reply: ${answers.length === 0 ? `${reply}<200, unknown>` : answers.join(' | ')};\n`,
    '  };\n',
  ].join('');
}
