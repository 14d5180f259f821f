// The emitters over our own contracts and one of somebody else's: what comes out is complete, closed in itself and stable.

import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { load } from '../load/load.ts';
import type { Contract, JsonObject } from '../model/contract.ts';
import { emitAsyncApi } from './async-api.ts';
import { emitDocs } from './docs/site.ts';
import { emitLlms } from './llms.ts';
import { policyWords } from './policy-words.ts';
import { emitTools, toolBytes } from './tools.ts';

const capabilities = path.resolve(import.meta.dirname, '../../../capabilities');
const own = readdirSync(capabilities).filter((name) => {
  try {
    return readFileSync(path.join(capabilities, name, 'contract.yaml')).length > 0;
  } catch {
    return false;
  }
});
const now = Temporal.Instant.from('2026-01-01T00:00:00Z');

async function ownContract(name: string): Promise<Contract> {
  const folder = path.join(capabilities, name);
  const { contract } = await load(path.join(folder, 'contract.yaml'), {
    read: (file) => readFile(file, 'utf8'),
    companions: { events: path.join(folder, 'events.yaml'), problems: path.join(folder, 'problems.yaml') },
  });
  if (contract === undefined) throw new Error(`${name} does not load`);
  return contract;
}

/** The official JSON Schema of AsyncAPI 3.1.0 (draft 07), as it is published: it brings the schema of draft 07 along. */
const asyncApiSchema = JSON.parse(
  readFileSync(createRequire(import.meta.url).resolve('@asyncapi/specs/schemas/3.1.0.json'), 'utf8'),
) as JsonObject;
const validate = new Ajv({
  strict: false,
  allErrors: true,
  validateFormats: false,
  meta: false,
  validateSchema: false,
}).compile(asyncApiSchema);

/** Where the document breaks the schema; empty when it fits. */
function faults(document: JsonObject): string[] {
  validate(document);
  return (validate.errors ?? []).map(({ instancePath, message = '' }) => `${instancePath} ${message}`);
}

describe.each(own)('what is made of %s', (name) => {
  it('pages: one for each operation, and every link inside the site leads to a page', async () => {
    const contract = await ownContract(name);
    const site = emitDocs([contract], { now });
    const pages = Object.keys(site);
    for (const { id } of contract.operations) expect(pages.some((page) => page.endsWith(`${id}.html`))).toBe(true);
    const dangling = Object.entries(site).flatMap(([page, text]) =>
      [...text.matchAll(/href="([^"#:?]+)(?:#[^"]*)?"/g)]
        .map(([, link = '']) => path.posix.normalize(path.posix.join(path.posix.dirname(page), link)))
        .filter((target) => !pages.includes(target)),
    );
    expect(dangling).toEqual([]);
    expect(emitDocs([contract], { now })).toEqual(site);
  });

  it('pages run under a strict policy: no inline script, no inline style, no other host', async () => {
    const site = emitDocs([await ownContract(name)], { now });
    for (const [page, text] of Object.entries(site)) {
      if (!page.endsWith('.html')) continue;
      expect(text).not.toMatch(/<script(?![^>]*\bsrc=)[^>]*>|\sstyle="|\son[a-z]+="|src="https?:/);
    }
  });

  it('AsyncAPI: every declared event is a channel with a message and an operation that sends it', async () => {
    const contract = await ownContract(name);
    const document = emitAsyncApi(contract) as unknown as {
      asyncapi: string;
      channels: Record<string, { messages: Record<string, unknown> }>;
      operations: Record<string, { action: string; channel: { $ref: string } }>;
    };
    expect(document.asyncapi).toBe('3.1.0');
    expect(faults(document as unknown as JsonObject)).toEqual([]);
    const text = JSON.stringify(document);
    for (const { type } of contract.events) expect(text).toContain(`"${type}"`);
    for (const { action, channel } of Object.values(document.operations)) {
      expect(['send', 'receive']).toContain(action);
      expect(Object.hasOwn(document.channels, channel.$ref.split('/').at(-1) ?? '')).toBe(true);
    }
    const references = [...text.matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, at = '']) => at);
    expect(references.filter((reference) => valueAt(document, reference) === undefined)).toEqual([]);
  });

  it('llms.txt lists every operation, each with a page that is there', async () => {
    const contract = await ownContract(name);
    const files = emitLlms(contract, { now });
    const index = files['llms.txt'] ?? '';
    for (const { id } of contract.operations) {
      expect(index).toContain(id);
      expect(Object.keys(files).some((file) => file.endsWith(`${id}.md`))).toBe(true);
    }
  });

  it('tools: what agents may call, small, closed in themselves, in the order of their names', async () => {
    const contract = await ownContract(name);
    const tools = emitTools(contract);
    const offered = contract.operations.filter(
      ({ policy }) => policy.audience.includes('agent') && policy.skill?.tool !== false,
    );
    expect(tools.length).toBe(offered.length);
    expect(tools.map((tool) => tool.name)).toEqual(tools.map((tool) => tool.name).toSorted());
    for (const tool of tools) {
      expect(Buffer.byteLength(JSON.stringify(tool.inputSchema))).toBeLessThanOrEqual(toolBytes);
      const text = JSON.stringify(tool.inputSchema);
      expect(text).not.toContain('#/components/');
      expect(text).not.toContain('x-plinth');
    }
  });
});

it('the official schema refuses what is no AsyncAPI document', () => {
  expect(faults({ asyncapi: '3.1.0', info: { title: 'Bikes' } })).toContain(
    "/info must have required property 'version'",
  );
});

it('webhooks and callbacks fit it too', async () => {
  const request = {
    summary: 'A bike was returned',
    requestBody: { content: { 'application/json': { schema: { type: ['object', 'null'], properties: { id: {} } } } } },
    responses: { 204: { description: 'Taken.' } },
  };
  const text = JSON.stringify({
    openapi: '3.1.0',
    info: { title: 'Bikes', version: '1.0.0' },
    paths: {
      '/rentals': {
        post: { callbacks: { over: { '{$request.body#/url}': { post: request } } }, responses: request.responses },
      },
    },
    webhooks: { returned: { post: request } },
  });
  const { contract } = await load('bikes.json', { read: () => Promise.resolve(text) });
  if (!contract) throw new Error('it does not load');
  const document = emitAsyncApi(contract);
  expect(Object.keys(document['operations'] as JsonObject)).toHaveLength(2);
  expect(faults(document)).toEqual([]);
});

it('does not promise that a foreign POST may be repeated', async () => {
  const text = JSON.stringify({
    openapi: '3.1.0',
    info: { title: 'Foreign', version: '1.0.0' },
    paths: { '/things': { post: { responses: { 201: { description: 'Made.' } } } } },
  });
  const { contract } = await load('foreign.json', { read: () => Promise.resolve(text) });
  const [operation] = contract?.operations ?? [];
  if (!contract || !operation) throw new Error('it does not load');
  expect(policyWords(contract, operation)).toContain('Repeating acts again.');
});

it('tells what a call counts in a limit, where it is more than one', async () => {
  const limit = { name: 'burst', per: 'customer', quota: 100, windowS: 60 };
  const get = (cost: object) => ({
    'x-plinth': { limits: [{ ...limit, ...cost }] },
    responses: { 200: { description: 'It.' } },
  });
  const text = JSON.stringify({
    openapi: '3.1.0',
    info: { title: 'Limited', version: '1.0.0' },
    paths: { '/plain': { get: get({}) }, '/costly': { get: get({ cost: 10 }) } },
  });
  const { contract } = await load('limited.json', { read: () => Promise.resolve(text) });
  if (!contract) throw new Error('it does not load');
  const words = contract.operations.map((operation) =>
    policyWords(contract, operation)
      .filter((sentence) => sentence.startsWith('At most'))
      .join(' '),
  );
  expect(words.toSorted()).toEqual([
    'At most 100 calls in 1 minute per customer, of which this counts as 10.',
    'At most 100 calls in 1 minute per customer.',
  ]);
});

function valueAt(root: unknown, pointer: string): unknown {
  let value = root;
  for (const token of pointer.split('/')) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string, unknown>)[decodeURIComponent(token).replaceAll('~1', '/').replaceAll('~0', '~')];
  }
  return value;
}
