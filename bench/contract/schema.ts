// The schema compiler against Ajv 8 and @hyperjump/json-schema, over the schemas of public contracts and of our own.
// Both sides use our format checkers. Ratios above 1 mean that we are faster, but for `compileRatio` and
// `explainRatio`: our time over Ajv's.

import { existsSync, globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { registerSchema, validate } from '@hyperjump/json-schema/draft-2020-12';
import { compileSchema, type Contract, createGenerator, isObject, load, walkSchemas } from '@plinth/contract';
import { Ajv2020, type Options } from 'ajv/dist/2020.js';
import type { JsonObject, JsonValue } from '../../contract/src/model/contract.ts';
import { formatNames, formatOf } from '../../contract/src/schema/formats/formats.ts';
import type { BenchOptions, BenchResult } from '../run.ts';
import { patternFigures } from './patterns.ts';
import { held } from './processes.ts';

const root = path.resolve(import.meta.dirname, '..', '..');
const data = path.join(process.env['PLINTH_TEST_DATA'] ?? path.join(root, '..', 'shared', 'data'), 'contracts');
const files: readonly [name: string, file: string][] = [
  ['adyen', 'adyen/json/CheckoutService-v72.json'],
  ['adyenTransfers', 'adyen/json/TransferService-v4.json'],
  ['openai', 'openai/openapi.yaml'],
  ['medusa', 'medusa-store/www/apps/api-reference/specs/store/openapi.full.yaml'],
  ['tmf622', 'tmforum/apis/TMF622_Product_Ordering/swaggers/TMF622-ProductOrdering-v4.0.0.swagger.json'],
];
const bars = {
  checkRatio: { atLeast: 1 },
  worstCheckRatio: { atLeast: 0.7 },
  explainRatio: { atMost: 3 },
  compileRatio: { atMost: 0.5 },
  interpreterRatio: { atLeast: 5 },
  coldMs: { atMost: 5 },
  patternWorstMs: { atMost: 5 },
};
const schemasOfContract = 10;
const valuesOfSchema = 8;
const warmUps = 8;

/** One schema of a contract, with values that fit it. */
interface Case {
  name: string;
  document: JsonObject;
  schema: { $ref: string };
  values: readonly JsonValue[];
  broken: readonly JsonValue[];
}

interface Figures {
  check: number[];
  explain: number[];
  compile: number[];
  interpreter: number[];
  coldMs: number[];
  worst: string;
}

/** `--ms N` of one round (3), `--rounds N` (12), `--contracts a,b`, `--cases` prints each. */
export async function run({ args, say }: BenchOptions): Promise<BenchResult> {
  const option = (name: string, usual: number): number => {
    const at = args.indexOf(`--${name}`);
    return at < 0 ? usual : Number(args[at + 1]);
  };
  const [ms, rounds] = [option('ms', 3), option('rounds', 12)];
  const all: Figures = { check: [], explain: [], compile: [], interpreter: [], coldMs: [], worst: '' };
  const figures: Record<string, number> = {};
  const at = args.indexOf('--contracts');
  const only = at < 0 ? undefined : args[at + 1]?.split(',');
  for (const [name, cases] of await contractsOf(say, only)) {
    all.coldMs.push(...cases.map(coldMs));
    const compile = compileRatio(cases);
    all.compile.push(compile);
    const checks: number[] = [];
    for (const one of cases) {
      const ratio = checkRatio(one, ms, rounds);
      if (ratio < Math.min(...all.check, ...checks)) all.worst = `${name} ${one.name}`;
      checks.push(ratio);
      if (args.includes('--cases')) say(`${name} ${one.name}: ${ratio.toFixed(2)}`);
      if (one.broken.length > 0) {
        all.explain.push(explainRatio(one, ms, rounds));
        if (args.includes('--cases')) say(`${name} ${one.name}: explain ${all.explain.at(-1)?.toFixed(2)}`);
      }
    }
    all.check.push(...checks);
    // Hyperjump refuses OpenAI's contract as a whole: a later schema in it is none.
    for (const one of name === 'openai' ? [] : cases.slice(0, 3)) {
      all.interpreter.push(await interpreterRatio(one, ms));
      if (args.includes('--cases')) say(`${name} ${one.name}: interpreter ${all.interpreter.at(-1)?.toFixed(2)}`);
    }
    figures[`check.${name}`] = round(mean(checks));
    say(`${name}: ${cases.length} schemas, check ${mean(checks).toFixed(2)}x, compile ${compile.toFixed(2)}`);
  }
  return summarize(all, { ...figures, ...patternFigures() });
}

function summarize(all: Figures, figures: Record<string, number>): BenchResult {
  const summary = {
    checkRatio: round(mean(all.check)),
    worstCheckRatio: round(Math.min(...all.check)),
    explainRatio: round(mean(all.explain)),
    compileRatio: round(mean(all.compile)),
    interpreterRatio: round(mean(all.interpreter)),
    coldMs: round(median(all.coldMs)),
    worstColdMs: round(Math.max(...all.coldMs)),
  };
  const whole = { ...figures, ...summary };
  return { figures: whole, ...held(whole, bars), slowest: all.worst };
}

/** The contracts, ours last. Those that are not there are said to be missing. */
async function contractsOf(
  say: (line: string) => void,
  only: readonly string[] | undefined,
): Promise<[string, Case[]][]> {
  const found: [string, Case[]][] = [];
  for (const [name, file] of files) {
    if (only && !only.includes(name)) continue;
    const entry = path.join(data, file);
    if (existsSync(entry)) found.push([name, casesOf(await contractOf(entry))]);
    else say(`skipped: ${entry} is not there`);
  }
  for (const file of globSync(path.join(root, 'capabilities', '*', 'contract.yaml')).toSorted()) {
    const name = path.basename(path.dirname(file));
    if (only && !only.includes(name)) continue;
    const cases = casesOf(await contractOf(file)).slice(0, 3);
    if (cases.length > 0) found.push([name, cases]);
  }
  return found;
}

async function contractOf(file: string): Promise<Contract> {
  const { contract, findings } = await load(file, { read: (name) => readFile(name, 'utf8') });
  if (!contract) throw new Error(`${file}: ${findings[0]?.message}`);
  return contract;
}

/** Object schemas of the components, the ones with the largest values first. */
function casesOf({ document }: Contract): Case[] {
  const components = document['components'];
  const schemas = isObject(components) ? components['schemas'] : undefined;
  const generator = createGenerator({ document, seed: 7, now: Temporal.Instant.from('2026-11-24T09:30:00Z') });
  const sized: { name: string; size: number }[] = [];
  for (const [name, schema] of Object.entries(isObject(schemas) ? schemas : {})) {
    if (!isObject(schema) || referencesOutside(document, schema)) continue;
    const { value } = generator.instance({ $ref: `#/components/schemas/${name}` });
    if (isObject(value)) sized.push({ name, size: JSON.stringify(value).length });
  }
  const ajv = newAjv(document);
  const cases: Case[] = [];
  for (const { name } of sized.toSorted((a, b) => b.size - a.size)) {
    if (cases.length >= schemasOfContract) break;
    const schema = { $ref: `#/components/schemas/${name}` };
    const drawn = Array.from({ length: valuesOfSchema }, (_, ordinal) => generator.instance(schema, { ordinal }));
    const values = drawn.map(({ value }) => JSON.parse(JSON.stringify(value)) as JsonValue);
    const broken = values.map(breakValue).filter((value) => !compileSchema(schema, { document }).check(value));
    const one = { name, document, schema, values, broken };
    // Ajv honours `$recursiveRef` of an earlier draft, which OpenAI's contract carries: there it refuses these values.
    if (drawn.every(({ valid }) => valid) && values.every((value) => ajvOf(ajv, one)(value))) cases.push(one);
  }
  return cases;
}

function referencesOutside(document: JsonObject, schema: JsonObject): boolean {
  let outside = false;
  walkSchemas({ ...document, components: { schemas: { schema } }, paths: {} }, (inner) => {
    outside ||= typeof inner['$ref'] === 'string' && !inner['$ref'].startsWith('#/components/schemas/');
  });
  return outside;
}

/** The value with every second leaf of another kind. */
function breakValue(value: JsonValue): JsonValue {
  let count = 0;
  const visit = (inner: JsonValue): JsonValue => {
    if (Array.isArray(inner)) return inner.map(visit);
    if (isObject(inner)) return Object.fromEntries(Object.entries(inner).map(([key, child]) => [key, visit(child)]));
    count += 1;
    return count % 2 === 0 ? inner : typeof inner === 'string' ? 12.5 : 'broken';
  };
  return visit(value);
}

function newAjv(document: JsonObject, options: Options = {}): Ajv2020 {
  const ajv = new Ajv2020({ strict: false, validateSchema: false, logger: false, ...options });
  for (const name of formatNames()) {
    const format = formatOf(name);
    if (format?.kind === 'number') ajv.addFormat(name, { type: 'number', validate: format.fits as never });
    else if (format) ajv.addFormat(name, { type: 'string', validate: format.fits as never });
  }
  ajv.addSchema({ components: document['components'] }, 'contract');
  return ajv;
}

function ajvOf(ajv: Ajv2020, { schema }: Case) {
  return ajv.compile({ $ref: `contract${schema.$ref}` });
}

/** A copy, so that nothing is known of it yet. */
function fresh(document: JsonObject): JsonObject {
  return structuredClone(document);
}

/** Milliseconds from a contract that nothing is known of to the first verdict of emitted code; the least of three. */
function coldMs({ document, schema, values }: Case): number {
  return Math.min(
    ...[1, 2, 3].map(() => {
      const copy = fresh(document);
      return timed(() => {
        const validator = compileSchema(schema, { document: copy });
        validator.prepare();
        validator.check(values[0]);
      });
    }),
  );
}

/** Our time over Ajv's for compiling all schemas of a contract and judging one value with each. */
function compileRatio(cases: readonly Case[]): number {
  const document = (cases[0] as Case).document;
  const ratios = Array.from({ length: 3 }, () => {
    const copy = fresh(document);
    const ours = timed(() => {
      for (const { schema, values } of cases) {
        const validator = compileSchema(schema, { document: copy });
        validator.prepare();
        validator.check(values[0]);
      }
    });
    const theirs = timed(() => {
      const ajv = newAjv(copy);
      for (const one of cases) ajvOf(ajv, one)(one.values[0]);
    });
    return ours / theirs;
  });
  return median(ratios);
}

function checkRatio(one: Case, ms: number, rounds: number): number {
  const ours = compileSchema(one.schema, { document: one.document });
  ours.prepare();
  const theirs = ajvOf(newAjv(one.document), one);
  return against(
    { ours: (value) => ours.check(value), theirs: (value) => theirs(value) },
    { values: one.values, ms, rounds },
  );
}

function explainRatio(one: Case, ms: number, rounds: number): number {
  const ours = compileSchema(one.schema, { document: one.document });
  ours.prepare();
  const theirs = ajvOf(newAjv(one.document, { allErrors: true }), one);
  const sides = { ours: (value: JsonValue) => ours.explain(value), theirs: (value: JsonValue) => theirs(value) };
  return 1 / against(sides, { values: one.broken, ms, rounds });
}

async function interpreterRatio({ name, document, schema, values }: Case, ms: number): Promise<number> {
  const uri = `https://bench.example/${name}/${performance.now()}`;
  const moved = JSON.parse(
    JSON.stringify({ ...schema, $defs: (document['components'] as JsonObject)['schemas'] }).replaceAll(
      '#/components/schemas/',
      '#/$defs/',
    ),
  ) as JsonObject;
  registerSchema(moved, uri, 'https://json-schema.org/draft/2020-12/schema');
  const judge = await validate(uri);
  const { interpret } = await import('./interpreter.ts');
  const ours = interpret(schema, document);
  return against({ ours, theirs: (value) => judge(value as never) }, { values, ms, rounds: 6 });
}

/** How many times faster ours is: the best of many short rounds in turn, since other processes only ever slow down. */
function against(
  sides: { ours: (value: JsonValue) => unknown; theirs: (value: JsonValue) => unknown },
  { values, ms, rounds }: { values: readonly JsonValue[]; ms: number; rounds: number },
): number {
  // Optimized code is made beside the main thread, which takes longer than usual on a busy machine.
  for (let turn = 0; turn < warmUps; turn++) for (const judge of [sides.ours, sides.theirs]) perCall(judge, values, ms);
  let [ours, theirs] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let index = 0; index < rounds; index++) {
    ours = Math.min(ours, perCall(sides.ours, values, ms));
    theirs = Math.min(theirs, perCall(sides.theirs, values, ms));
  }
  return theirs / ours;
}

function perCall(judge: (value: JsonValue) => unknown, values: readonly JsonValue[], ms: number): number {
  let calls = 0;
  const started = performance.now();
  let now = started;
  while (now - started < ms) {
    for (let turn = 0; turn < 16; turn++) for (const value of values) judge(value);
    calls += 16 * values.length;
    now = performance.now();
  }
  return (now - started) / calls;
}

function timed(work: () => void): number {
  const started = performance.now();
  work();
  return performance.now() - started;
}

function mean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function round(value: number): number {
  return Number(value.toFixed(2));
}
