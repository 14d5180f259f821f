// `plinth validate SCHEMA DATA…`: values against a schema of its own or of a contract.

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import {
  compileSchema,
  follow,
  isObject,
  type JsonObject,
  type JsonValue,
  load,
  Origins,
  parseText,
  SyntaxFailure,
  type Validator,
  valueAt,
  type Violation,
} from '@plinth/contract';
import type { AddCommand } from './commands.ts';
import { addContractOptions, addOutputOption, type ContractFlags, fileOptions, unreadable } from './contract-file.ts';
import { openSource } from './contract-source.ts';
import { CliFailure, exit, fileFailure } from './failure.ts';
import { gitFile, readInGit } from './git-file.ts';
import { note, out, styled } from './printer.ts';
import { standardInput } from './standard-input.ts';

interface ValidateFlags extends ContractFlags {
  formatAssertion?: boolean;
  format: string;
}

interface Result {
  file: string;
  valid: boolean;
  violations: (Violation & { line: number; column: number })[];
}

export const addValidate: AddCommand = (program, done) => {
  addOutputOption(addContractOptions(program.command('validate <schema> <data...>')))
    .description('check data against a JSON Schema, or a schema of a contract: contract.yaml#/components/schemas/Order')
    .option('--format-assertion', 'check `format`; in schemas of contracts it always is')
    .option('--format <name>', 'text or json', 'text')
    .action((schema: string, data: string[], flags: ValidateFlags) => done(validate(schema, data, flags)));
};

/** Gives 0, or 1 when a value is not valid. Throws CliFailure: 2 wrong use, 3 a file or the schema cannot be read. */
async function validate(schema: string, data: readonly string[], flags: ValidateFlags): Promise<number> {
  if (flags.format !== 'text' && flags.format !== 'json')
    throw new CliFailure(`--format ${flags.format} is unknown`, {
      why: '',
      advice: 'use text or json',
      code: exit.usage,
    });
  const validator = await readSchema(schema, flags);
  const results: Result[] = [];
  for (const file of data) results.push(await judge(file, validator));
  const valid = results.every((result) => result.valid);
  if (flags.format === 'json') out(JSON.stringify({ valid, results }, undefined, 2));
  else for (const result of results) print(result);
  return valid ? exit.done : exit.findings;
}

function print({ file, valid, violations }: Result): void {
  if (valid) note(`${styled('green', '✓')} ${file}`);
  for (const { line, column, pointer, rule, message } of violations)
    out(`${file}:${line}:${column} ${pointer || '/'}  ${rule}  ${message}`);
}

async function judge(file: string, validator: Validator): Promise<Result> {
  const origins = new Origins();
  const value = await readData(file, origins);
  const violations = validator.explain(value).map((violation) => {
    const { line, column } = origins.at(nearest(value, violation.pointer));
    return { ...violation, line, column };
  });
  return { file, valid: violations.length === 0, violations };
}

async function readData(file: string, origins: Origins): Promise<JsonValue> {
  try {
    return parseText(await textOf(file), file, origins);
  } catch (error) {
    if (error instanceof SyntaxFailure) throw unreadable(file, [error.finding]);
    const { code, message } = error as NodeJS.ErrnoException;
    const refused = code === 'ENOENT' ? undefined : fileFailure(error, 'read');
    if (refused !== undefined) throw refused;
    const [what, why] = code === 'ENOENT' ? ['does not exist', ''] : ['cannot be read', message];
    throw new CliFailure(`${file} ${what}`, { why, advice: 'check the path', code: exit.input });
  }
}

function textOf(file: string): Promise<string> {
  const inGit = gitFile(file);
  if (inGit !== undefined) return readInGit(inGit);
  return file === '-' ? standardInput() : readFile(file, 'utf8');
}

/** The innermost object or list on the way to a pointer: only they have positions. */
function nearest(root: JsonValue, pointer: string): object {
  for (let path = pointer; ; path = path.slice(0, path.lastIndexOf('/'))) {
    const found = valueAt(root, path);
    if (typeof found === 'object' && found !== null) return found;
    if (path === '') return {};
  }
}

const metaSchema = compileSchema({ $ref: 'https://json-schema.org/draft/2020-12/schema' });

/** `schema.json`, `schema.yaml#/$defs/Line`, `contract.yaml#/components/schemas/Order`. */
async function readSchema(given: string, flags: ValidateFlags): Promise<Validator> {
  const [name = '', pointer = ''] = given.split('#', 2);
  const options = fileOptions(flags);
  const { entry: file, read } = await openSource(name, options);
  const { contract, findings } = await load(file, { ...options, read, foreign: true });
  const text = findings.filter(({ rule }) => rule === 'syntax' || rule === 'load-limit');
  if (!contract && text.length > 0) throw unreadable(file, text);
  const document = contract ? contract.document : await aroundSchema(file, pointer, read);
  const schema = contract ? inContract(document, pointer) : valueAt(document, rootPointer);
  if (!isObject(schema) && typeof schema !== 'boolean')
    throw noSchema(
      given,
      `name one: ${file}#/components/schemas/${[...(contract?.schemas.keys() ?? [])][0] ?? 'Name'}`,
    );
  const [wrong] = metaSchema.explain(follow(document, schema), 1);
  if (wrong)
    throw new CliFailure(`${given} is no valid schema`, {
      why: `${wrong.pointer || 'The schema'}: ${wrong.message}`,
      advice: 'mend it',
      code: exit.input,
    });
  const validator = compileSchema(schema, {
    document,
    formats: flags.formatAssertion || contract ? 'assert' : 'annotate',
  });
  try {
    validator.check(null);
  } catch (error) {
    const why = (error as Error).message;
    throw new CliFailure(`${given} is no valid schema`, { why, advice: 'mend it', code: exit.input });
  }
  return validator;
}

/** The whole contract is no schema. Swagger's definitions are components after loading. */
function inContract(document: JsonObject, pointer: string): JsonValue | undefined {
  return pointer === '' ? undefined : valueAt(document, pointer.replace(/^\/definitions\//, '/components/schemas/'));
}

function noSchema(given: string, advice: string): CliFailure {
  return new CliFailure(`There is no schema at ${given}`, { why: '', advice, code: exit.input });
}

const rootPointer = '/components/schemas/Root';

/** A JSON Schema is read as the component of an empty contract beside it: its references lead wherever a contract's may. */
async function aroundSchema(
  file: string,
  pointer: string,
  read: (name: string) => Promise<string>,
): Promise<JsonObject> {
  const entry = path.join(path.dirname(file), '.contract');
  const schemas = { Root: { $ref: `./${path.basename(file)}#${pointer}` } };
  const around = JSON.stringify({ openapi: '3.1.0', info: { title: file, version: '1' }, components: { schemas } });
  const { contract, findings } = await load(entry, {
    read: (name) => (name === entry ? Promise.resolve(around) : read(name)),
    foreign: true,
  });
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (errors.some((error) => error.file === entry)) throw noSchema(`${file}#${pointer}`, 'check the pointer');
  if (!contract || errors.length > 0) throw unreadable(file, errors);
  return contract.document;
}
