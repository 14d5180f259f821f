import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const contract = `openapi: 3.1.0
info: { title: Things, version: 1.0.0 }
servers: [{ url: /things/v1 }]
x-plinth: { capability: things, audience: [staff] }
paths:
  /things:
    get:
      operationId: getThings
      security: [{ oidc: [things.read] }]
      responses: { '200': { description: It., content: { application/json: { schema: { $ref: '#/components/schemas/Thing' } } } } }
components:
  schemas: { Thing: { type: string } }
`;

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'plinth-generate-'));
  await mkdir(path.join(folder, 'capabilities', 'things'), { recursive: true });
  await write(contract);
});

afterEach(async () => rm(folder, { recursive: true }));

async function write(text: string): Promise<void> {
  await writeFile(path.join(folder, 'capabilities', 'things', 'contract.yaml'), text);
}

async function generate(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const script = path.join(import.meta.dirname, 'generate.ts');
  return new Promise((resolve) => {
    execFile(process.execPath, [script, '--root', folder, ...args], (error, out, err) => {
      resolve({ code: error ? Number(error.code) : 0, out, err });
    });
  });
}

describe('npm run generate', () => {
  it('writes types, client and pages, and then finds them fresh', async () => {
    const { code, out } = await generate();
    expect(code).toBe(0);
    expect(out.match(/^written/gm)).toHaveLength(9);
    expect(await readFile(path.join(folder, 'capabilities/things/generated.ts'), 'utf8')).toContain(
      "'things.getThings'",
    );
    expect(await readFile(path.join(folder, 'client/src/generated/things.ts'), 'utf8')).toContain('createThings');
    expect(await generate('--check')).toEqual({ code: 0, out: '', err: '' });
  });

  it('names stale files and the command that remakes them', async () => {
    await generate();
    await write(contract.replace('getThings', 'listThings'));
    const { code, err } = await generate('--check');
    expect(code).toBe(1);
    expect(err).toContain('stale: capabilities/things/generated.ts\nstale: client/src/generated/things.ts\n');
    expect(err).toContain('npm run generate');
  });

  it('prints place, rule and remedy of an error and ends with 3', async () => {
    await write(contract.replace('schemas/Thing', 'schemas/Thong'));
    const { code, err } = await generate();
    expect(code).toBe(3);
    expect(err).toMatch(/^capabilities\/things\/contract\.yaml:10:\d+ ref-unresolved /);
    expect(err).toContain('→ ');
  });

  it('keeps the pages while a contract cannot be read at all', async () => {
    await generate();
    await write('openapi: [');
    expect((await generate()).code).toBe(3);
    expect(await readFile(path.join(folder, 'docs/reference/operations.md'), 'utf8')).toContain('getThings');
    expect(await readFile(path.join(folder, 'client/src/generated/things.ts'), 'utf8')).toContain('createThings');
  });
});
