// Messages of an upstream in our words: the manifest's mappings as functions. What they do not cover is nothing we know:
// the message is kept as it came and acted on by nobody.

import { compileBody, type Contract, isJsonType, type Operation } from '@plinth/contract';
import type { ReadMessage, UpstreamIds } from '@plinth/runtime/pipeline';
import type { Manifest, Mapping } from './manifest.ts';
import { compileMapping, type IdLink, Unmapped } from './mapping.ts';
import { mappingParts, sighting } from './plan.ts';

export interface MessageParts {
  manifest: Manifest;
  contract: Contract;
  ids: UpstreamIds;
}

/** By operationId of the receiver. An id of theirs becomes ours and is entered, so that what follows finds their thing. */
export function compileMessages(parts: MessageParts): Record<string, ReadMessage> {
  const { manifest, contract } = parts;
  return Object.fromEntries(
    Object.entries(manifest.messages ?? {}).flatMap(([id, { body }]) => {
      const receiver = contract.operations.find((operation) => operation.id === id);
      return receiver === undefined ? [] : [[id, compileMessage(body, receiver, parts)]];
    }),
  );
}

function compileMessage(mapping: Mapping, { body }: Operation, { manifest, contract, ids }: MessageParts): ReadMessage {
  const map = compileMapping(mapping, mappingParts(manifest, 'in'));
  const schema = body?.media.find(({ type }) => isJsonType(type))?.schema ?? true;
  const shape = compileBody(schema, contract.document, { unknown: 'drop', direction: 'request' });
  return async (said, db) => {
    const links: IdLink[] = [];
    const source: { body: unknown; input?: { body: unknown } } = { body: said };
    let value: unknown;
    try {
      value = map(source, links);
    } catch (error) {
      if (error instanceof Unmapped) return undefined;
      throw error;
    }
    // Nothing is entered of what is not about us.
    if (!shape.check(value)) return undefined;
    source.input = { body: value };
    const seen = links.map((link) => sighting(link, manifest));
    const ours = await ids.toOurs(db, seen);
    links.forEach(({ put }, index) => put(ours[index] as string));
    return value;
  };
}
