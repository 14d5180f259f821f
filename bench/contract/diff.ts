// `plinth diff` of a contract and what a release makes of it: the shop of Medusa, and the synthetic contract.
// Whole processes. A changed contract is made here, the same each time: members, bounds, parameters, operations.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isObject, Origins, parseText, walkSchemas } from '@plinth/contract';
import type { JsonObject } from '../../contract/src/model/contract.ts';
import type { BenchOptions, BenchResult } from '../run.ts';
import { data, held, missing, plinth, medianMs, runsOf, type Spent, timed } from './processes.ts';
import { syntheticFiles } from './synthetic.ts';

const medusa = path.join(data, 'medusa-store/www/apps/api-reference/specs/store/openapi.full.yaml');
const bars = { medusaMs: { atMost: 1500 }, syntheticMs: { atMost: 5000 } };

export async function run(options: BenchOptions): Promise<BenchResult> {
  const sides = new Map([['synthetic', syntheticFiles().json]]);
  if (missing(options, [medusa]) === undefined) sides.set('medusa', medusa);
  const figures: Record<string, number> = {};
  for (const [name, base] of sides) {
    const { file, changes } = revisionOf(name, base);
    const spent: Spent[] = [];
    for (let round = 1; round <= runsOf(options); round++) {
      spent.push(timed([plinth, 'diff', base, file, '--format', 'json']));
      options.say(`diff of ${name}, round ${round}: ${spent.at(-1)?.ms.toFixed(0)} ms (CPU ${spent.at(-1)?.cpuMs})`);
    }
    figures[`${name}Changes`] = changes;
    figures[`${name}Ms`] = Math.round(medianMs(spent));
  }
  return { figures, ...held(figures, bars) };
}

function revisionOf(name: string, base: string): { file: string; changes: number } {
  const document = parseText(readFileSync(base, 'utf8'), base, new Origins()) as JsonObject;
  const changes = changeSchemas(document) + changeOperations(document);
  const folder = path.join(tmpdir(), 'plinth-bench-contract');
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `${name}-revision.json`);
  writeFileSync(file, JSON.stringify(document));
  return { file, changes };
}

/** In one schema of forty a change of one of five kinds. */
function changeSchemas(document: JsonObject): number {
  let [met, changes] = [0, 0];
  walkSchemas(document, (schema) => {
    const { properties } = schema;
    if (!isObject(properties) || met++ % 40 !== 0) return;
    const [first, ...others] = Object.keys(properties);
    const last = others.at(-1);
    if (first === undefined || last === undefined) return;
    changes += 1;
    const kinds = [
      () => Reflect.deleteProperty(properties, last),
      () => Object.assign(properties, { [`${last}More`]: { type: 'string', maxLength: 40 } }),
      () => Object.assign(schema, { required: [first, last] }),
      () => Object.assign(properties, { [last]: { type: 'string', maxLength: 17 } }),
      () => Object.assign(schema, { description: 'Another text.' }),
    ];
    kinds[changes % kinds.length]?.();
  });
  return changes;
}

/** One path of twenty is gone; one operation of nine asks for more. */
function changeOperations(document: JsonObject): number {
  const paths = isObject(document['paths']) ? document['paths'] : {};
  let changes = 0;
  for (const [index, name] of Object.keys(paths).entries()) {
    const item = paths[name];
    if (index % 20 === 19) Reflect.deleteProperty(paths, name);
    else if (index % 9 === 0 && isObject(item) && isObject(item['get'])) {
      const params = Array.isArray(item['get']['parameters']) ? item['get']['parameters'] : [];
      item['get']['parameters'] = [
        ...params,
        { name: 'region', in: 'query', required: true, schema: { type: 'string' } },
      ];
    } else continue;
    changes += 1;
  }
  return changes;
}
