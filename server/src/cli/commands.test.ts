// Exit codes and manners of the commands that need no database: what a stranger types first, right and wrong.

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { run } from './commands.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'plinth-cli-'));
const orders = path.resolve(import.meta.dirname, '../../../capabilities/orders/contract.yaml');
const said = { out: '', err: '' };

beforeEach(() => {
  said.out = '';
  said.err = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    said.out += String(text);
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said.err += String(text);
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a wrong command line ends with 2 and says what would be right', () => {
  it.each([
    [['mok', 'x.yaml'], 'Did you mean mock?'],
    [['generate', 'nothing', orders], 'types, handlers, client, asyncapi, llms, tools'],
    [['generate', 'types', orders, '--audience', 'nobody'], 'customer, staff, agent'],
    [['generate', 'types', orders, '--only', 'nothing'], 'listOrders'],
    [['docs', orders, '--out', path.join(folder, 'site'), '--audience', 'nobody'], 'customer, staff, agent'],
    [['lint', orders, '--fail-on', 'sometimes'], 'error'],
  ])('%j', async (words, advice) => {
    expect(await run(words)).toBe(2);
    expect(said.err).toContain(advice);
  });
});

describe('a contract that cannot be read ends with 3 and names the line', () => {
  it.each([['lint'], ['mock'], ['generate types'], ['docs']])('%s', async (command) => {
    const file = path.join(folder, 'broken.yaml');
    writeFileSync(file, 'openapi: 3.1.0\ninfo:\n  title: X\n version: 1\n');
    expect(await run([...command.split(' '), file])).toBe(3);
    expect(said.err).toContain('4:2');
    expect(await run([...command.split(' '), path.join(folder, 'absent.yaml')])).toBe(3);
    expect(said.err).toContain('does not exist');
  });
});

describe('what is generated', () => {
  it('is fresh after it was written, and stale when somebody changed it', async () => {
    const out = path.join(folder, 'generated');
    expect(await run(['generate', 'asyncapi', orders, '--out', out])).toBe(0);
    expect(await run(['generate', 'asyncapi', orders, '--out', out, '--check'])).toBe(0);
    writeFileSync(path.join(out, 'asyncapi.json'), '{}');
    expect(await run(['generate', 'asyncapi', orders, '--out', out, '--check'])).toBe(1);
  });

  it('is only what was asked for', async () => {
    expect(await run(['generate', 'tools', orders, '--only', 'getOrder'])).toBe(0);
    expect((JSON.parse(said.out) as { tools: { name: string }[] }).tools.map(({ name }) => name)).toEqual([
      'orders_getOrder',
    ]);
  });
});

function overlay(name: string, target: string): string {
  const file = path.join(folder, name);
  writeFileSync(
    file,
    `overlay: 1.1.0\ninfo: { title: O, version: 1.0.0 }\nactions: [{ target: '${target}', update: { operationId: readOrder } }]\n`,
  );
  return file;
}

describe('an overlay', () => {
  it('changes what a command makes of a contract', async () => {
    const file = overlay('renames.yaml', '$.paths["/orders/{orderId}"].get');
    expect(await run(['generate', 'tools', orders, '--overlay', file, '--only', 'readOrder'])).toBe(0);
    expect(said.out).toContain('orders_readOrder');
  });

  it('that meets nothing is told; with --strict the command ends with 3, and lint with 1', async () => {
    const file = overlay('misses.yaml', '$.paths["/nothing"]');
    const made = ['generate', 'tools', orders, '--overlay', file];
    expect(await run(made)).toBe(0);
    expect(said.err).toMatch(/misses\.yaml:3:\d+ Nothing stands at the target/);
    expect(await run([...made, '--strict'])).toBe(3);
    expect(await run(['lint', orders, '--overlay', file, '--preset', 'foreign'])).toBe(0);
    expect(await run(['lint', orders, '--overlay', file, '--preset', 'foreign', '--strict'])).toBe(1);
  });
});

it('a reference that leads out of the working folder and the folder of the contract is not read', async () => {
  const inner = path.join(folder, 'inner');
  mkdirSync(inner, { recursive: true });
  writeFileSync(path.join(folder, 'secret.yaml'), 'type: string\n');
  symlinkSync(path.join(folder, 'secret.yaml'), path.join(inner, 'link.yaml'));
  const file = path.join(inner, 'openapi.yaml');
  for (const target of [
    '../secret.yaml',
    'link.yaml',
    path.join(folder, 'secret.yaml'),
    'https://example.com/x.yaml',
  ]) {
    writeFileSync(
      file,
      `openapi: 3.1.0\ninfo: { title: T, version: 1.0.0 }\ncomponents: { schemas: { A: { $ref: '${target}' } } }\n`,
    );
    expect(await run(['lint', file])).toBe(1);
    expect(said.out).toMatch(/ref-unresolved .*(lies outside of|nothing is fetched)/);
    said.out = '';
  }
});

it('a mock of a contract answers everything validly, and says so', async () => {
  expect(await run(['mock', orders, '--check'])).toBe(0);
  expect(said.err).toMatch(/7 of 7 operations answer validly/);
});
