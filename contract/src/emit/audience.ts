// A contract as one audience may see it, before anything is made of it: what is published must not tell of the rest.

import { reach } from '../lint/nodes.ts';
import { keepAudience } from '../load/prune.ts';
import type { Contract, JsonValue, Media, Operation } from '../model/contract.ts';
import type { Audience } from '../model/policy.ts';

/**
 * Only operations that `audience` may call, without properties that are for others (`x-plinth.audience`), and of events,
 * problems and schemas those that these operations need. Examples stay as the author wrote them. The contract's document
 * is cut in place: load it anew for somebody else.
 */
export function offeredTo(contract: Contract, audience: Audience): Contract {
  const isOffered = ({ policy }: Operation): boolean => policy.audience.includes(audience);
  const operations = contract.operations.filter(isOffered);
  const webhooks = contract.webhooks.filter(isOffered);
  keepAudience(contract.document, audience, contract.foreign);
  const all = [...operations, ...webhooks];
  const told = new Set(all.flatMap(({ policy }) => policy.emits.map(({ event }) => event)));
  const answered = new Set(all.flatMap(({ policy }) => policy.problems));
  const events = contract.events.filter(({ type }) => told.has(type));
  const needed = reach(contract, [...all.flatMap(schemasIn), ...events.map(({ data }) => data)]);
  return {
    ...contract,
    operations,
    webhooks,
    events,
    problems: contract.problems.filter(({ code }) => answered.has(code)),
    schemas: new Map([...contract.schemas].filter(([, schema]) => typeof schema === 'object' && needed.has(schema))),
  };
}

function ofMedia(media: readonly Media[]): JsonValue[] {
  return media.flatMap(({ schema, itemSchema }) => [schema, itemSchema].filter((each) => each !== undefined));
}

function schemasIn({ params, body, responses, callbacks }: Operation): JsonValue[] {
  return [
    ...params.map(({ schema }) => schema),
    ...ofMedia(body?.media ?? []),
    ...responses.flatMap(({ headers, media }) => [...headers.map(({ schema }) => schema), ...ofMedia(media)]),
    ...callbacks.flatMap(schemasIn),
  ];
}
