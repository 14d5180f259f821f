// Exit codes and manners of the commands that need no database: what a stranger types first, right and wrong.

import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { linkModule, type ValidatorModule } from '@plinth/contract';
import { catchOutput } from '@plinth/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { run } from './commands.ts';
import { printFailure } from './printer.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'plinth-cli-'));
const orders = path.resolve(import.meta.dirname, '../../../capabilities/orders/contract.yaml');
const said = catchOutput();

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a wrong command line ends with 2 and says what would be right', () => {
  it.each([
    [['mok', 'x.yaml'], 'Did you mean mock?'],
    [['generate', 'nothing', orders], 'types, handlers, client, asyncapi, llms, tools, validators'],
    [['generate', 'types', orders, '--audience', 'nobody'], 'customer, staff, agent'],
    [['generate', 'types', orders, '--only', 'nothing'], 'listOrders'],
    [['docs', orders, '--out', path.join(folder, 'site'), '--audience', 'nobody'], 'customer, staff, agent'],
    [['lint', orders, '--fail-on', 'sometimes'], 'error'],
    [['bundle', orders, '--upgrade', '4.0'], '3.1 or 3.2'],
    [['bundle', orders, '--audience', 'nobody'], 'customer, staff, agent'],
    [['bundle', orders, '--format', 'xml'], 'yaml or json'],
    [['validate', orders, orders, '--format', 'xml'], 'text or json'],
  ])('%j', async (words, advice) => {
    expect(await run(words)).toBe(2);
    expect(said.err).toContain(advice);
  });
});

describe('a contract that cannot be read ends with 3 and names the line', () => {
  it.each([['lint'], ['mock'], ['generate types'], ['docs'], ['bundle']])('%s', async (command) => {
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

  it('holds validators that a program imports, or says which schema cannot be one', async () => {
    const out = path.join(folder, 'validators');
    expect(await run(['generate', 'validators', orders, '--only', 'placeOrder', '--out', out])).toBe(0);
    const module = (await import(/* @vite-ignore */ path.join(out, 'orders.validators.js'))) as ValidatorModule;
    const check = linkModule(module).get('placeOrder request application/json');
    const order = { lines: [{ sku: 'KETTLE-17', quantity: 2 }], payment: { method: 'card_ok' } };
    expect([check?.(order), check?.({ ...order, lines: [] })]).toEqual([true, false]);
    const file = path.join(folder, 'dialect.yaml');
    writeFileSync(
      file,
      `openapi: 3.1.0
info: { title: Odd, version: 1.0.0 }
paths:
  /x: { get: { parameters: [{ name: q, in: query, schema: { $dynamicRef: '#nowhere' } }], responses: { '204': { description: d } } } }
`,
    );
    expect(await run(['generate', 'validators', file, '--out', out])).toBe(3);
    expect(said.err).toContain('Odd has a schema that cannot be compiled');
    expect(said.err).toContain('`#nowhere` leads nowhere');
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

describe('a bundle', () => {
  it('is one document that loads like the contract itself, in the format of its name', async () => {
    for (const name of ['orders.yaml', 'orders.json']) {
      const file = path.join(folder, name);
      expect(await run(['bundle', orders, '--out', file])).toBe(0);
      expect(await run(['lint', file, '--preset', 'foreign'])).toBe(0);
      expect(said.err).toContain('Orders: 7 operations');
    }
    expect(await run(['bundle', orders, '--format', 'json', '--upgrade', '3.2', '--audience', 'customer'])).toBe(0);
    expect(JSON.parse(said.out)).toMatchObject({ openapi: '3.2.0', info: { title: 'Orders' } });
    expect(said.out).not.toContain('shapes.yaml');
  });

  it('with an odd structure is made all the same, and ends with 1', async () => {
    const file = path.join(folder, 'odd.yaml');
    writeFileSync(file, 'openapi: 3.1.0\ninfo: { title: T, version: 1.0.0 }\npaths: {}\nodd: true\n');
    expect(await run(['bundle', file])).toBe(1);
    expect(said.out).toContain('odd: true');
    expect(said.err).toContain('`odd` is no key');
  });
});

function write(name: string, text: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
}

describe('data', () => {
  it('is checked against a JSON Schema and what it refers to', async () => {
    write('name.json', '{"type":"string","maxLength":3}');
    const schema = write(
      'thing.yaml',
      "type: object\nproperties: { n: { $ref: 'name.json' }, at: { type: string, format: date }, l: { $ref: '#/$defs/l' } }\n$defs: { l: { type: array, items: { type: integer } } }\n",
    );
    const right = write('right.yaml', 'n: abc\nat: yesterday\n');
    const wrong = write('wrong.json', '{\n  "n": "abcd",\n  "l": [\n    1, "x"]\n}');
    expect(await run(['validate', schema, right])).toBe(0);
    expect(await run(['validate', schema, right, '--format-assertion'])).toBe(1);
    said.out = '';
    expect(await run(['validate', schema, right, wrong])).toBe(1);
    expect(said.out.trim().split('\n')).toEqual([
      `${wrong}:1:1 /n  maxLength  Must have 3 characters or fewer.`,
      `${wrong}:3:8 /l/1  type  Must be a whole number.`,
    ]);
    said.out = '';
    expect(await run(['validate', `${schema}#/$defs/l`, wrong, '--format', 'json'])).toBe(1);
    expect(JSON.parse(said.out)).toMatchObject({
      valid: false,
      results: [{ valid: false, violations: [{ rule: 'type' }] }],
    });
  });

  it('is checked against a schema of a contract', async () => {
    const money = write('money.json', '{"amount":"12.50","currency":"EURO"}');
    expect(await run(['validate', `${orders}#/components/schemas/Money`, money])).toBe(1);
    expect(said.out).toContain('/currency');
  });

  it('or a schema that cannot be read ends with 3', async () => {
    const file = write('any.json', '{}');
    for (const words of [
      [path.join(folder, 'absent.json'), file],
      [file, path.join(folder, 'absent.json')],
      [`${file}#/nowhere`, file],
      [orders, file],
      [`${orders}#/components/schemas/Nothing`, file],
      [write('broken.json', '{'), file],
      [file, write('broken.json', '{')],
      [write('draft.json', '{"$schema":"http://json-schema.org/draft-07/schema#"}'), file],
      [write('lost.json', '{"$ref":"#/$defs/lost"}'), file],
      [write('none.json', '{"type":"strng"}'), file],
    ])
      expect([words, await run(['validate', ...words])]).toEqual([words, 3]);
  });
});

it('references lead to the network only where that was allowed', async () => {
  const listener = createServer((request, response) => {
    response.writeHead(request.url === '/moved.yaml' ? 302 : 200, { location: '/near.yaml' });
    response.end(request.url === '/far.yaml' ? "{ $ref: 'near.yaml' }" : 'type: string');
  });
  await once(listener.listen(0, '127.0.0.1'), 'listening');
  const host = `127.0.0.1:${(listener.address() as AddressInfo).port}`;
  const contract = (name: string): string =>
    write(
      `${name}.remote.yaml`,
      `openapi: 3.1.0\ninfo: { title: T, version: 1.0.0 }\ncomponents: { schemas: { A: { $ref: 'http://${host}/${name}.yaml' } } }\n`,
    );
  expect(await run(['bundle', contract('far')])).toBe(3);
  expect(said.err).toContain(`--allow-remote ${host}`);
  expect(await run(['bundle', contract('far'), '--allow-remote', host])).toBe(0);
  expect(said.out).toContain('type: string');
  expect(await run(['bundle', contract('moved'), '--allow-remote', host])).toBe(3);
  listener.close();
});

it('a mock of a contract answers everything validly, and says so', async () => {
  expect(await run(['mock', orders, '--check'])).toBe(0);
  expect(said.err).toMatch(/7 of 7 operations answer validly/);
});

describe('what may not be read or written is told, and is no defect', () => {
  it('a folder where a file stands ends with 2', async () => {
    const taken = path.join(folder, 'taken');
    writeFileSync(taken, '');
    for (const words of [
      ['generate', 'types', orders, '--out', path.join(taken, 'x')],
      ['docs', orders, '--out', path.join(taken, 'x')],
      ['bundle', orders, '--out', path.join(taken, 'x.yaml')],
      ['mock', orders, '--state', path.join(taken, 'state.json'), '--port', '0'],
    ]) {
      said.err = '';
      expect([words, await run(words)]).toEqual([words, 2]);
      expect(said.err).toMatch(/cannot be (?:written|made)/);
      expect(said.err).not.toContain('defect');
    }
  });

  it.runIf(existsSync('/proc/self'))('a place where nothing can be made ends with 2, and ends', async () => {
    for (const line of [
      `docs ${orders} --out /proc/x`,
      `bundle ${orders} --out /proc/x/y.yaml`,
      'dev --data /proc/x',
    ]) {
      said.err = '';
      expect([line, await run(line.split(' '))]).toEqual([line, 2]);
      expect(said.err).toContain('The folder /proc/x cannot be made\n  nothing can be made there (ENOENT)\n');
      expect(said.err).toContain('Do: name another folder');
    }
  });

  it('a file without permission ends with 3; an error of our own stays a defect', () => {
    const refused = Object.assign(new Error('EACCES: permission denied'), {
      code: 'EACCES',
      path: '/x',
      syscall: 'open',
    });
    expect(printFailure(refused, false)).toBe(3);
    expect(said.err).toContain('/x cannot be read');
    expect(said.err).toContain('you have no permission for it (EACCES)');
    expect(printFailure(new TypeError('x is undefined'), false)).toBe(70);
  });
});
