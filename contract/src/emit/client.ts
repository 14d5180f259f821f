// The typed client of a contract: its types, one function per operation, and the operations as data for the runtime.

import { isObject } from '../load/pointer.ts';
import type { Contract, Operation } from '../model/contract.ts';
import { components } from './components.ts';
import { descriptorOf } from './descriptor.ts';
import { camel, comment, keyText, lineText, literal, pascal } from './names.ts';
import { inputType, outputType, successes } from './operation-type.ts';
import type { TypeScope } from './schema-type.ts';

/** What a generated module takes from the client's runtime; renamed when a component has the same name. */
const runtime = ['Client', 'OperationCall', 'PagedCall', 'LongCall', 'OperationDescriptor'] as const;

export interface ClientModuleOptions {
  /** Where the module imports its runtime from; default `../index.ts`, the client package's own. */
  runtime?: string;
  /** The contract's file as a reader knows it; default its name. */
  source?: string;
  /** Command that remakes it; default `npm run generate`. */
  command?: string;
}

/** The whole text of a client module. Deterministic; compiles under `strict` and `exactOptionalPropertyTypes`. */
export function emitClient(contract: Contract, options: ClientModuleOptions = {}): string {
  const source = options.source ?? contract.at(contract.document).file.split(/[\\/]/).at(-1) ?? '';
  const base = pascal(contract.id);
  const { scope, text, taken } = components(
    contract,
    [`${base}Client`, `create${base}`, `${camel(contract.id)}Operations`, 'bindOperations'],
    { binary: 'Blob' },
  );
  const local = Object.fromEntries(runtime.map((name) => [name, taken.has(name) ? `Plinth${name}` : name])) as Names;
  const calls = contract.operations.map((operation) => callEntry(contract, operation, scope, local));
  const data = contract.operations.map((operation) => descriptorEntry(contract, operation));
  const table = `${camel(contract.id)}Operations`;
  const imports = runtime.map((name) => (local[name] === name ? `type ${name}` : `type ${name} as ${local[name]}`));
  return [
    `// Made from ${lineText(source)} (${lineText(contract.title)} ${lineText(contract.version)}). Do not edit: change the contract and run\n`,
    `//   ${lineText(options.command ?? 'npm run generate')}\n\n`,
    `import { bindOperations, ${used(imports, calls.join('')).join(', ')} } from ${literal(options.runtime ?? '../index.ts')};\n`,
    text === '' ? '' : `\n${text}`,
    `\nexport interface ${base}Client {\n${calls.join('')}}\n`,
    `\n/** The operations as data, for \`client.call\`. */\n`,
    `export const ${table} = {\n${data.join('')}} as const satisfies Record<string, ${local.OperationDescriptor}>;\n`,
    `\n${comment(`${contract.title}: one function per operation.`, '')}`,
    `export function create${base}(client: ${local.Client}): ${base}Client {\n`,
    `  return bindOperations<${base}Client>(client, ${table});\n`,
    '}\n',
  ].join('');
}

type Names = Record<(typeof runtime)[number], string>;

function used(imports: readonly string[], calls: string): string[] {
  return imports.filter(
    (entry) => !/(OperationCall|PagedCall|LongCall)$/.test(entry) || calls.includes(entry.split(' ').at(-1) ?? ''),
  );
}

function callEntry(contract: Contract, operation: Operation, scope: TypeScope, local: Names): string {
  const input = inputType(operation, scope, '    ');
  const output = outputType(operation, scope, '    ');
  const { paging } = descriptorOf(contract, operation);
  const isLong = successes(operation).some(({ status }) => status === 202);
  const kind = paging ? local.PagedCall : isLong ? local.LongCall : local.OperationCall;
  const codes = problemCodes(contract, operation).map(literal).join(' | ');
  const parts = [input, output, ...(paging ? [literal(paging.items)] : []), ...(codes === '' ? [] : [codes])];
  const type = `${kind}<\n    ${parts.join(',\n    ')}\n  >`;
  const words = [operation.summary, operation.deprecated ? '@deprecated' : ''].filter(Boolean).join('\n');
  return `${comment(words, '  ')}  ${keyText(operation.id)}: ${type};\n`;
}

/** Codes a caller may ask for: those the policy names; of a foreign contract the statuses it declares. */
function problemCodes({ foreign }: Contract, { policy, responses }: Operation): string[] {
  if (!foreign || policy.problems.length > 0) return policy.problems;
  return responses.flatMap(({ status }) => (typeof status === 'number' && status >= 400 ? [`http-${status}`] : []));
}

function descriptorEntry(contract: Contract, operation: Operation): string {
  const { params, paging, form, ...rest } = descriptorOf(contract, operation);
  const fields = Object.entries(rest).map(([key, value]) => `    ${key}: ${literal(value)},\n`);
  const list = params.map((param) => `      ${oneLine(param)},\n`);
  const written = list.length === 0 ? '    params: [],\n' : `    params: [\n${list.join('')}    ],\n`;
  const pages = paging ? `    paging: ${oneLine(paging)},\n` : '';
  const named = Object.entries(form ?? {}).map(([name, field]) => `      ${keyText(name)}: ${oneLine(field)},\n`);
  const told = form ? `    form: {\n${named.join('')}    },\n` : '';
  return `  ${keyText(operation.id)}: {\n${fields.join('')}${written}${told}${pages}  },\n`;
}

function oneLine(values: object): string {
  const fields = Object.entries(values).map(
    ([key, value]) => `${keyText(key)}: ${isObject(value) ? oneLine(value) : literal(value as string)}`,
  );
  return `{ ${fields.join(', ')} }`;
}
