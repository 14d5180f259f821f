// What a documentation site promises whoever publishes it: no call outside, no script a policy would refuse, small.

import { Script } from 'node:vm';
import { expect, it } from 'vitest';
import { load } from '../../load/load.ts';
import type { Contract } from '../../model/contract.ts';
import { emitDocs } from './site.ts';

const now = Temporal.Instant.from('2026-01-01T00:00:00Z');

async function contractOf(document: object): Promise<Contract> {
  const text = JSON.stringify({ openapi: '3.1.0', info: { title: 'Bikes', version: '1.0.0' }, ...document });
  const { contract } = await load('bikes.json', { read: () => Promise.resolve(text) });
  if (!contract) throw new Error('it does not load');
  return contract;
}

const operation = { responses: { 200: { description: 'Done.' } } };
const hostile = '</script><img src=x onerror=alert(1)>';

/** Every address a browser would load by itself. */
function loaded(page: string): string[] {
  return [...page.matchAll(/<(?:script|link|img|iframe)\b[^>]*?\b(?:src|href)="([^"]*)"/g)].map(([, at = '']) => at);
}

it('loads nothing but its own files, and text of a contract stays text', async () => {
  const paths = {
    '/bikes': { get: { ...operation, operationId: 'listBikes', summary: hostile, description: hostile } },
  };
  const site = emitDocs([await contractOf({ paths })], { now });
  const pages = Object.entries(site).filter(([path]) => path.endsWith('.html'));
  expect(pages).toHaveLength(2);
  for (const [path, page] of pages) {
    const root = '../'.repeat(path.split('/').length - 1);
    expect(loaded(page)).toEqual(['icon.svg', 'style.css', 'docs.js'].map((file) => root + file));
    expect(page).not.toContain('<img');
  }
  expect(site['style.css']).not.toMatch(/url\(|@import/);
});

it('each page carries a policy that names the servers of its contract and nobody else', async () => {
  const servers = [
    { url: 'https://bikes.example/v1' },
    { url: 'https://bikes.example/v2' },
    { url: 'javascript:alert(1)' },
  ];
  const site = emitDocs([await contractOf({ servers, paths: { '/bikes': { get: operation } } })], { now });
  for (const [path, page] of Object.entries(site)) {
    if (!path.endsWith('.html')) continue;
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1]?.replaceAll('&#39;', "'");
    expect(policy).toBe(
      "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self' https://bikes.example; base-uri 'none'; form-action 'none'",
    );
  }
});

it('needs at most 30 KB of script', async () => {
  const script = emitDocs([await contractOf({ paths: { '/bikes': { get: operation } } })], { now })['docs.js'] ?? '';
  expect(() => new Script(script)).not.toThrow();
  expect(Buffer.byteLength(script)).toBeGreaterThan(1000);
  expect(Buffer.byteLength(script)).toBeLessThanOrEqual(30 * 1024);
});

it('lists beside a page only the group it belongs to, so that pages of a large contract stay small', async () => {
  const names = Array.from({ length: 60 }, (_, index) => index);
  const paths = Object.fromEntries(
    names.map((index) => [
      `/things/${index}`,
      { get: { ...operation, operationId: `getThing${index}`, tags: [index < 3 ? 'Few' : 'Many'] } },
    ]),
  );
  const site = emitDocs([await contractOf({ paths })], { now });
  const beside = (id: string): number => {
    const page = Object.entries(site).find(([path]) => path.endsWith(`/${id}.html`))?.[1] ?? '';
    return [...(/<nav[^]*<\/nav>/.exec(page)?.[0] ?? '').matchAll(/<li>/g)].length;
  };
  expect(beside('getThing0')).toBe(3);
  expect(beside('getThing59')).toBe(0);
});

it('several contracts stand in folders of their own below one list', async () => {
  const paths = { '/bikes': { get: operation } };
  const other = await contractOf({ info: { title: 'Boats', version: '1.0.0' }, paths });
  const site = emitDocs([await contractOf({ paths }), other], { now });
  expect(Object.keys(site)).toEqual(expect.arrayContaining(['index.html', 'bikes/index.html', 'boats/index.html']));
  expect(site['index.html']).toContain('href="boats/index.html"');
});
