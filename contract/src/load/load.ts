// Text → contract: parse, bundle, upgrade, read. Pure: files come through `read`.

import xPlinthSchema from '../extension/x-plinth.schema.json' with { type: 'json' };
import type { Contract, EventType, Finding, JsonObject, JsonValue, ProblemType, Schema } from '../model/contract.ts';
import { compileSchema, type Validator } from '../schema/compile.ts';
import { Bundle } from './bundle.ts';
import { Origins } from './origin.ts';
import { parseText, SyntaxFailure } from './parse.ts';
import { isObject } from './pointer.ts';
import { readContract } from './read.ts';
import { walkSchemas } from './schemas.ts';
import { upgrade } from './upgrade.ts';

export interface LoadOptions {
  /** Text of a file; rejects when there is none. Paths are the entry's and those its references name. */
  read: (path: string) => Promise<string>;
  /** Whose contract it is; default: foreign unless `x-plinth.capability` stands in it. */
  foreign?: boolean;
  /** Companion files of a capability, read when given. */
  companions?: { events?: string; problems?: string };
}

export interface Loaded {
  /** Undefined when the text is no OpenAPI 3.0 or 3.1 document at all. */
  contract?: Contract;
  findings: Finding[];
}

/**
 * Loads a contract. Never throws for bad input: what is wrong stands in `findings`; what cannot be used is set aside.
 * Limits: 32 MiB a file, 2,000 files, depth 256, 1,000,000 values, 10,000 aliases (`load-limit`).
 */
export async function load(entry: string, options: LoadOptions): Promise<Loaded> {
  const origins = new Origins();
  const findings: Finding[] = [];
  const document = await readTree(entry, options, origins, findings);
  if (document === undefined) return { findings };
  const dialect = isObject(document) ? dialectOf(document) : undefined;
  if (!isObject(document) || !dialect) {
    findings.push({
      ...(isObject(document) ? origins.at(document) : { file: entry, pointer: '', line: 1, column: 1 }),
      rule: 'dialect-unsupported',
      severity: 'error',
      message: 'This is no OpenAPI 3.0 or 3.1 document.',
      fix: 'Begin it with `openapi: 3.1.0`.',
    });
    return { findings };
  }
  const source = { read: options.read, origins, findings };
  const bundle = new Bundle(entry, document, source);
  await bundle.localize(document, entry);
  upgrade(document, dialect, source);
  const foreign =
    options.foreign ?? !(isObject(document['x-plinth']) && typeof document['x-plinth']['capability'] === 'string');
  const events = await readEvents(options, { document, bundle, origins, findings });
  const problems = await readProblems(options, origins, findings);
  checkExtensions(document, origins, findings);
  const contract = readContract({ document, dialect, foreign, events, problems, origins, findings });
  return { contract, findings };
}

function dialectOf(document: JsonObject): '3.0' | '3.1' | undefined {
  const match = /^3\.([01])\b/.exec(String(document['openapi'] ?? ''));
  return match ? (`3.${match[1]}` as '3.0' | '3.1') : undefined;
}

async function readTree(
  file: string,
  options: LoadOptions,
  origins: Origins,
  findings: Finding[],
): Promise<JsonValue | undefined> {
  let text: string;
  try {
    text = await options.read(file);
  } catch (error) {
    findings.push({
      file,
      pointer: '',
      line: 1,
      column: 1,
      rule: 'syntax',
      severity: 'error',
      message: `${file} cannot be read: ${(error as Error).message}`,
    });
    return undefined;
  }
  try {
    return parseText(text, file, origins);
  } catch (error) {
    if (!(error instanceof SyntaxFailure)) throw error;
    findings.push(error.finding);
    return undefined;
  }
}

interface Companions {
  document: JsonObject;
  bundle: Bundle;
  origins: Origins;
  findings: Finding[];
}

async function readEvents(options: LoadOptions, into: Companions): Promise<EventType[]> {
  const file = options.companions?.events;
  const tree = file === undefined ? undefined : await readTree(file, options, into.origins, into.findings);
  if (!file || !isObject(tree)) return [];
  await into.bundle.localize(tree, file);
  const events = isObject(tree['events']) ? tree['events'] : {};
  return Object.entries(events).flatMap(([type, value]) =>
    isObject(value) ? [{ type, when: String(value['when'] ?? ''), data: (value['data'] ?? true) as Schema }] : [],
  );
}

async function readProblems(options: LoadOptions, origins: Origins, findings: Finding[]): Promise<ProblemType[]> {
  const file = options.companions?.problems;
  const tree = file === undefined ? undefined : await readTree(file, options, origins, findings);
  const problems = isObject(tree) && isObject(tree['problems']) ? tree['problems'] : {};
  return Object.entries(problems).flatMap(([code, value]) => {
    if (!isObject(value)) return [];
    const words = (key: string): string => (typeof value[key] === 'string' ? value[key] : '');
    return [
      {
        code,
        status: Number(value['status'] ?? 400),
        title: words('title'),
        detail: words('detail'),
        advice: words('advice'),
        operatorAdvice: words('operatorAdvice'),
        next: (value['next'] as string[] | undefined) ?? [],
        retryable: value['retryable'] === true,
      },
    ];
  });
}

let validators: { operation: Validator; schema: Validator } | undefined;

/** Every `x-plinth` object against its closed schema; an unknown key would silently do nothing. */
function checkExtensions(document: JsonObject, origins: Origins, findings: Finding[]): void {
  const base = xPlinthSchema as unknown as JsonObject;
  validators ??= {
    operation: compileSchema({ $ref: '#/$defs/operation' }, { document: base }),
    schema: compileSchema({ $ref: '#/$defs/schema' }, { document: base }),
  };
  const check = (node: JsonObject, validator: Validator): void => {
    const extension = node['x-plinth'];
    if (extension === undefined) return;
    for (const violation of validator.check(extension) ? [] : validator.explain(extension)) {
      const unknown = violation.rule === 'additionalProperties' || violation.rule === 'unknown-property';
      findings.push({
        ...origins.at(isObject(extension) ? extension : node),
        rule: unknown ? 'x-unknown-key' : 'x-plinth-valid',
        severity: 'error',
        message: `x-plinth${violation.pointer}: ${violation.message}`,
        fix: 'See docs/reference/x-plinth.md for the keys and their values.',
      });
    }
  };
  check(document, validators.operation);
  for (const item of Object.values(isObject(document['paths']) ? document['paths'] : {})) {
    for (const node of Object.values(isObject(item) ? item : {})) if (isObject(node)) check(node, validators.operation);
  }
  const schemaValidator = validators.schema;
  walkSchemas(document, (schema) => check(schema, schemaValidator));
}
