// Exit codes are an interface: each command that takes a contract, in each way it can end.

import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { catchOutput } from '@plinth/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from './commands.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'plinth-exit-'));
const main = path.resolve(import.meta.dirname, '../main.ts');
const said = catchOutput();
let taken: Server;
let port = '';

const contract = (more = ''): string => `openapi: 3.1.0
info: { title: Gifts, version: 1.0.0 }
x-plinth: { capability: gifts, owner: { team: gifts, contact: gifts@example.com }, audience: [partner] }
paths:
  /gifts:
    get:
      operationId: listGifts
      summary: See the gifts
      security: []
      responses: { '200': { description: It., content: { application/json: { schema: { $ref: '#/components/schemas/Gift' } } } } }
components: { schemas: { Gift: { type: object, required: [id], properties: { id: { type: string }${more} } } } }
`;

/** One line of recorded traffic. */
const exchange = (body: string): string => {
  const headers = { 'content-type': 'application/json' };
  const request = { method: 'GET', url: 'http://x/gifts', headers: {} };
  return `${JSON.stringify({ request, response: { status: 200, headers, body } })}\n`;
};

const files = {
  good: 'good.yaml',
  odd: 'odd.yaml',
  less: 'less.yaml',
  broken: 'broken.yaml',
  right: 'right.json',
  wrong: 'wrong.json',
  traffic: 'traffic.ndjson',
  calm: 'calm.ndjson',
  overlay: 'overlay.yaml',
} as const;
const place = (name: string): string => path.join(folder, name);

beforeAll(async () => {
  const texts: Record<keyof typeof files, string> = {
    good: contract(', name: { type: string }'),
    odd: contract().replace('operationId: listGifts', 'operationId: listGifts\n      odd: true'),
    less: contract().replace(
      'required: [id], properties: { id: { type: string }',
      'properties: { no: { type: string }',
    ),
    broken: 'openapi: 3.1.0\ninfo:\n  title: X\n version: 1\n',
    right: '{ "id": "g1" }',
    wrong: '{ "id": 1 }',
    traffic: exchange('{"id":1}'),
    calm: exchange('{"id":"g1"}'),
    overlay: "overlay: 1.1.0\ninfo: { title: O, version: 1.0.0 }\nactions: [{ target: '$.nothing', remove: true }]\n",
  };
  for (const [name, text] of Object.entries(texts)) writeFileSync(place(files[name as keyof typeof files]), text);
  taken = createServer((_, response) => response.end());
  await once(taken.listen(0, '127.0.0.1'), 'listening');
  port = String((taken.address() as AddressInfo).port);
});
afterAll(() => {
  taken.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A word such as `@good` is the file of that name, `@port` a port that is taken. */
function words(line: string): string[] {
  return line
    .split(' ')
    .map((word) =>
      word === '@port' ? port : word.replace(/@(\w+)/, (_, name) => place(files[name as keyof typeof files] ?? name)),
    );
}

function git(...words: string[]): void {
  execFileSync('git', ['-c', 'user.name=T', '-c', 'user.email=t@example.com', ...words], { cwd: folder });
}

describe('each command ends with', () => {
  it.each([
    // 0: done
    ['lint @good', 0],
    ['diff @good @good', 0],
    ['mock @good --check', 0],
    ['mock @good --explain', 0],
    ['test @good --traffic @calm', 0],
    ['generate types @good', 0],
    ['docs @good --out @site', 0],
    ['import @good', 0],
    ['import @good @broken', 0],
    ['bundle @good', 0],
    ['validate @good#/components/schemas/Gift @right', 0],
    // 1: findings
    ['lint @odd', 1],
    ['lint @good --fail-on info', 1],
    ['diff @good @less', 1],
    ['test @good --traffic @traffic', 1],
    ['bundle @odd', 1],
    ['validate @good#/components/schemas/Gift @right @wrong', 1],
    ['generate types @good --out @generated --check', 1],
    // 2: wrong use
    ['lint', 2],
    ['lint @good --format html', 2],
    ['diff @good', 2],
    ['diff @good @good --format xml', 2],
    ['mock @good --port many', 2],
    ['mock @good --real listGifts', 2],
    ['test @good', 2],
    ['test @good --base-url nowhere', 2],
    ['test @good --base-url http://127.0.0.1:1 --phases none', 2],
    ['generate everything @good', 2],
    ['generate llms @good', 2],
    ['generate types @good --out @generated --output @types.ts', 2],
    ['docs @good --audience nobody', 2],
    ['import @good --min-similarity 2', 2],
    ['bundle @good --upgrade 2.0', 2],
    ['validate @good', 2],
    ['validate @good @right --format xml', 2],
    ['lint @good --nonsense', 2],
    // 3: not loadable or not comparable
    ...['lint', 'mock', 'generate types', 'docs --out @site', 'bundle', 'import'].flatMap(
      (command): [string, number][] => [
        [`${command} @broken`, 3],
        [`${command} @absent`, 3],
        [`${command} git:nowhere:contract.yaml`, 3],
      ],
    ),
    ['diff @good @broken', 3],
    ['diff @absent @good', 3],
    ['diff @absent @good --base-optional', 0],
    ['diff git:nowhere:contract.yaml @good --base-optional', 3],
    ['test @broken --base-url http://127.0.0.1:1', 3],
    ['test @good --traffic @absent', 3],
    ['import @good @broken --strict', 3],
    ['validate @broken#/x @right', 3],
    ['validate @good#/components/schemas/Gift @absent', 3],
    ['generate types @good --overlay @overlay --strict', 3],
    ['test @good --overlay @overlay --strict --base-url http://127.0.0.1:1', 3],
    // 4: not reachable
    ['test @good --base-url http://127.0.0.1:1', 4],
    ['mock @good --port @port', 4],
  ] as [string, number][])('%s → %i', async (line, code) => {
    expect([line, await run(words(line)), said.err.includes('defect')]).toEqual([line, code, false]);
  });
});

describe('the shared flags', () => {
  it.each([
    'lint @odd --format json',
    'diff @good @less --format json',
    'mock @good --explain',
    'test @good --traffic @traffic',
    'generate types @good',
    'import @good --format json',
    'bundle @good --format json',
    'validate @good#/components/schemas/Gift @wrong',
  ])('%s --output FILE writes there what stdout would have had', async (line) => {
    const code = await run(words(line));
    const printed = said.out;
    said.out = '';
    const file = place('made/data');
    expect(await run([...words(line), '--output', file])).toBe(code);
    // The command that remakes it stands in what is generated.
    expect(readFileSync(file, 'utf8').replace(` --output ${file}`, '')).toBe(printed);
    expect(said.out).toBe('');
  });

  it('--quiet leaves remarks out, and no failure', async () => {
    expect(await run(words('lint @good --quiet'))).toBe(0);
    expect(await run(words('--quiet docs @good --out @site'))).toBe(0);
    expect(said.err).toBe('');
    expect(await run(words('lint @broken --quiet'))).toBe(3);
    expect(said.err).toContain('cannot be read');
    expect(await run(words('lint @good'))).toBe(0);
    expect(said.err).toContain('Gifts: 1 operations');
  });

  it.each([
    ['diff @good', 2, 'Run `npm run plinth -- diff --help`'],
    ['doubts setle', 2, 'Run `npm run plinth -- doubts --help`'],
    ['doubts settle', 2, 'Run `npm run plinth -- doubts settle --help`'],
    ['mock @good --port abc', 2, 'use a number from 0 to 65535'],
    ['mock @good --overlay none.yaml', 3, 'The overlay none.yaml does not exist'],
    ['validate @good#/components/schemas/Gift none.json', 3, 'none.json does not exist'],
    ['validate @good#/components/schemas/Gift /', 3, 'it is a folder (EISDIR)'],
  ])('%s ends with %i and names the next step', async (line, code, told) => {
    expect(await run(words(line))).toBe(code);
    expect(said.err).toContain(told);
  });

  it('what could not be compared was not compared', async () => {
    expect(await run(words('diff @good none.yaml'))).toBe(3);
    expect(said.err).not.toContain('compared in');
  });

  it('--output that cannot be written ends with 2', async () => {
    expect(await run(words('bundle @good --output @good/x.yaml'))).toBe(2);
    expect(said.err).toContain('cannot be made');
  });
});

function plinth(line: string, input?: string): { code: number | null; out: string; err: string } {
  const options = { cwd: folder, encoding: 'utf8', ...(input === undefined ? {} : { input }) } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...words(line)], options);
  return { code: status, out: stdout, err: stderr };
}

describe('a contract is also', () => {
  it('standard input', () => {
    const text = readFileSync(place(files.good), 'utf8');
    expect(plinth('lint -', text)).toMatchObject({ code: 0 });
    expect(plinth('lint - --fix', text)).toMatchObject({ code: 2 });
    expect(plinth('diff @good -', readFileSync(place(files.less), 'utf8'))).toMatchObject({ code: 1 });
    expect(plinth('bundle -', text).out).toContain('title: Gifts');
    expect(plinth('validate -- -#/components/schemas/Gift @wrong', text)).toMatchObject({ code: 1 });
    expect(plinth('lint -', 'openapi: [')).toMatchObject({
      code: 3,
      err: expect.stringContaining('- cannot be read\n  -\n    1:11') as string,
    });
  });

  it('a file or folder of a git revision', () => {
    git('init', '-q');
    writeFileSync(place('contract.yaml'), readFileSync(place(files.good)));
    git('add', 'contract.yaml', 'good.yaml');
    git('commit', '-qm', 'first');
    expect(plinth('lint git:HEAD:good.yaml')).toMatchObject({ code: 0 });
    expect(plinth('lint git:HEAD:.')).toMatchObject({ code: 0 });
    expect(plinth('lint git:HEAD:good.yaml --fix')).toMatchObject({ code: 2 });
    expect(plinth('lint git:HEAD:odd.yaml')).toMatchObject({ code: 3 });
    expect(plinth('generate types git:HEAD:good.yaml').out).toContain('Gift');
    expect(plinth('mock git:HEAD:. --check')).toMatchObject({ code: 0 });
    expect(plinth('diff git:HEAD:. less.yaml')).toMatchObject({ code: 1 });
  });
});
