// One making or one use of a compiled module in a process of its own.
// `build CONTRACT MODULE VALUES` writes both; `use MODULE VALUES` imports and judges.

import { readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { compileModule, createGenerator, linkModule, load, type Schema, type ValidatorModule } from '@plinth/contract';

/** Name of the validator, a value, and whether it fits (some schemas have no instance): one parameter or body. */
type Request = [name: string, value: unknown, valid: boolean];

const [mode, ...args] = process.argv.slice(2);
process.stdout.write(JSON.stringify(mode === 'build' ? await build(args) : await use(args)));

async function measured<Result>(work: () => Promise<Result>): Promise<{ ms: number; cpuMs: number; result: Result }> {
  const [started, before] = [performance.now(), process.cpuUsage()];
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  return { ms: performance.now() - started, cpuMs: (user + system) / 1000, result };
}

async function build([contractFile = '', moduleFile = '', valuesFile = '']: readonly string[]): Promise<object> {
  const { contract } = await load(contractFile, { read: (name) => readFile(name, 'utf8') });
  if (!contract) throw new Error(`${contractFile} holds no contract`);
  const { ms, cpuMs, result: text } = await measured(() => Promise.resolve(compileModule(contract)));
  writeFileSync(moduleFile, text);
  const now = Temporal.Instant.from('2026-11-24T09:30:00Z');
  const generator = createGenerator({ document: contract.document, seed: 3, now });
  const drawn = (name: string, schema: Schema = true, direction?: 'request' | 'response'): Request => {
    const { value, valid } = generator.instance(schema, direction && { direction });
    return [name, value, valid];
  };
  const requests = contract.operations.map(({ id, params, body }): Request[] => [
    ...params.map((param) => drawn(`${id} ${param.in} ${param.name}`, param.schema)),
    ...(body?.media ?? []).map(({ type, schema }) => drawn(`${id} request ${type}`, schema, 'request')),
  ]);
  writeFileSync(valuesFile, JSON.stringify(requests));
  return { ms, cpuMs, bytes: Buffer.byteLength(text) };
}

async function use([moduleFile = '', valuesFile = '']: readonly string[]): Promise<object> {
  const requests = JSON.parse(readFileSync(valuesFile, 'utf8')) as Request[][];
  const { ms, cpuMs, result } = await measured(async () =>
    linkModule((await import(pathToFileURL(moduleFile).href)) as ValidatorModule),
  );
  const took = requests.map((values) => {
    const request = (): number => {
      const started = performance.now();
      for (const [name, value, valid] of values)
        if (result.get(name)?.(value) !== valid) throw new Error(`${name} misjudges ${JSON.stringify(value)}`);
      return performance.now() - started;
    };
    return Array.from({ length: 10 }, request);
  });
  return { ms, cpuMs, took };
}
