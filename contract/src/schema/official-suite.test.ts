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

describe.runIf(existsSync(folder))('the official suite', () => {
  const files = existsSync(required) ? readdirSync(required).filter((name) => name.endsWith('.json')) : [];

  it('passes whole', () => {
    const wrong: string[] = [];
    let count = 0;
    for (const file of files)
      for (const { description, schema, tests } of groupsOf(path.join(required, file)))
        for (const test of tests) {
          count += 1;
          let verdict: unknown;
          try {
            verdict = compileSchema(schema, { formats: 'annotate', resolve }).check(test.data);
          } catch (error) {
            verdict = String(error);
          }
          if (verdict !== test.valid) wrong.push(`${file}: ${description}: ${test.description}: ${String(verdict)}`);
        }
    expect(wrong).toEqual([]);
    expect(count).toBe(1299);
  });
});
