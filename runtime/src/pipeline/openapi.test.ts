import type { JsonObject } from '@plinth/contract';
import { expect, it } from 'vitest';
import { cached } from './cache/test-shop.ts';
import { servedDocument, servedTogether } from './openapi.ts';
import { notesContract } from './test-edge.ts';

const responsesOf = (document: JsonObject, path: string, method: string): string[] =>
  Object.keys(((document['paths'] as JsonObject)[path] as JsonObject)[method] as JsonObject)
    .filter((name) => name === 'responses')
    .flatMap((name) =>
      Object.keys((((document['paths'] as JsonObject)[path] as JsonObject)[method] as JsonObject)[name] as JsonObject),
    );

it('documents the edge’s own answers without changing the contract', async () => {
  const contract = await notesContract();
  const before = JSON.stringify(contract.document);
  const served = servedDocument(contract);
  expect(responsesOf(served, '/notes', 'post')).toEqual(
    expect.arrayContaining(['201', '400', '401', '403', '409', '413', '415', '422', '428', '429', '500', '503', '504']),
  );
  expect(responsesOf(served, '/motto', 'get')).not.toContain('401');
  expect(JSON.stringify(contract.document)).toBe(before);
});

it('documents validators of what has a version, and conditions of every write', async () => {
  const served = servedDocument(await notesContract());
  expect(responsesOf(served, '/notes/{noteId}', 'get')).toEqual(expect.arrayContaining(['304', '412']));
  expect(responsesOf(served, '/notes', 'post')).toContain('412');
  for (const none of [responsesOf(served, '/motto', 'get'), responsesOf(served, '/notes', 'get')])
    expect(none.filter((status) => status === '304' || status === '412')).toEqual([]);
});

it('puts contracts together under their own paths and names', async () => {
  const together = servedTogether([await notesContract()], 'All', '1.0.0');
  expect(Object.keys(together['paths'] as JsonObject)).toContain('/notes/v1/notes/{noteId}');
  const text = JSON.stringify(together);
  expect(text).toContain('#/components/schemas/notes.Note');
  for (const [, name] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
    expect(((together['components'] as JsonObject)['schemas'] as JsonObject)[name as string]).toBeDefined();
  }
});

it('documents what the cache answers only where there is one', async () => {
  const withCache = await notesContract(cached('{ ttl: PT1M }'));
  const without = await notesContract(cached('null'));
  const [more, less] = [withCache, without].map((each) => {
    const served = servedDocument(each);
    return [responsesOf(served, '/things/{thingId}', 'get'), JSON.stringify(served)] as const;
  });
  expect(more?.[0]).toEqual(expect.arrayContaining(['304', '412', '504']));
  expect(more?.[1]).toContain('not-cached');
  expect(less?.[0]).not.toContain('304');
  expect(less?.[1]).not.toContain('not-cached');
});

const paths = (document: JsonObject): JsonObject => document['paths'] as JsonObject;

it('tells of /jobs/{id} where a call may become a job', async () => {
  const goesOn = await notesContract(
    cached('{ ttl: PT1M }').replace('cache: { purges', 'async: { mode: allowed }, cache: { purges'),
  );
  const together = servedTogether([goesOn], 'All', '1.0.0');
  const job = paths(together)['/jobs/{id}'] as JsonObject;
  expect(responsesOf(together, '/jobs/{id}', 'get')).toEqual(['200', '204', '401', '403', '404', '429', '500']);
  expect(responsesOf(together, '/jobs/{id}', 'delete')).toEqual(['202', '401', '403', '404', '409', '429', '500']);
  expect(job['delete']).toMatchObject({ operationId: 'cancelJob' });
  const schemas = (together['components'] as JsonObject)['schemas'] as JsonObject;
  expect(Object.keys(schemas)).toEqual(expect.arrayContaining(['Job', 'Problem']));
  expect(paths(servedTogether([await notesContract()], 'All', '1.0.0'))['/jobs/{id}']).toBeUndefined();
});
