// The official suite of JSON Schema 2020-12 with its remotes, over every engine.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { JsonValue, Schema } from '../model/contract.ts';
import { compileSchema } from './compile.ts';

const folder = path.join(
  process.env['PLINTH_TEST_DATA'] ?? path.resolve(import.meta.dirname, '../../../../shared/data'),
  'json-schema-test-suite',
);
const required = path.join(folder, 'tests', 'draft2020-12');

interface Group {
  description: string;
  schema: Schema;
  tests: { description: string; data: JsonValue; valid: boolean }[];
}

function groupsOf(file: string): Group[] {
  return JSON.parse(readFileSync(file, 'utf8')) as Group[];
}

/** The suite's other documents stand at this address. */
function resolve(uri: string): Schema | undefined {
  const prefix = 'http://localhost:1234/';
  const file = path.join(folder, 'remotes', uri.slice(prefix.length));
  return uri.startsWith(prefix) && existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Schema) : undefined;
}

// eslint-disable-next-line no-console -- A suite that does not run must say so.
if (!existsSync(folder)) console.warn(`SKIPPED: the JSON Schema suite is not at ${folder} (set PLINTH_TEST_DATA)`);

/** How many tests of some files go right, and what goes wrong. */
function run(files: readonly string[], formats: 'assert' | 'annotate'): { right: number; wrong: string[] } {
  const wrong: string[] = [];
  let right = 0;
  for (const file of files)
    for (const { description, schema, tests } of groupsOf(file))
      for (const test of tests) {
        const verdict = verdictOf(schema, test.data, formats);
        if (verdict === test.valid) right += 1;
        else wrong.push(`${path.basename(file)}: ${description}: ${test.description}: ${String(verdict)}`);
      }
  return { right, wrong };
}

function verdictOf(schema: Schema, data: JsonValue, formats: 'assert' | 'annotate'): unknown {
  try {
    const validator = compileSchema(schema, { formats, resolve });
    const interpreted = validator.check(data);
    validator.prepare();
    const emitted = validator.check(data);
    if (interpreted !== emitted) return `interpreted ${interpreted}, emitted ${emitted}`;
    return interpreted === (validator.explain(data).length === 0) ? interpreted : 'verdict and words differ';
  } catch (error) {
    return String(error);
  }
}

function filesIn(folder: string): string[] {
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];
  return names.map((name) => path.join(folder, name));
}

describe.runIf(existsSync(folder))('the official suite', () => {
  it('passes whole', () => {
    const { right, wrong } = run(filesIn(required), 'annotate');
    expect(wrong).toEqual([]);
    expect(right).toBe(1299);
  });

  it('passes where formats are asserted', () => {
    const { right, wrong } = run(filesIn(path.join(required, 'optional', 'format')), 'assert');
    expect(wrong).toEqual([]);
    expect(right).toBe(764);
  });
});
