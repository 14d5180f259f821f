// What stands beside the operations: events, the path of the server, components that nobody used.

import { reach } from '../lint/nodes.ts';
import { isObject } from '../load/pointer.ts';
import type { Operation, Schema } from '../model/contract.ts';
import type { Gate } from './gate.ts';

export function compareEvents(gate: Gate): void {
  const freshByType = new Map(gate.revision.events.map((event) => [event.type, event]));
  for (const was of gate.base.events) {
    const is = freshByType.get(was.type);
    freshByType.delete(was.type);
    const old = isObject(was.data) ? was.data : undefined;
    const place = `event ${was.type}`;
    if (is === undefined) gate.tell({ rule: 'event.removed', place, operation: was.type, old, before: was.type });
    else gate.schemas(was.data, is.data, { side: 'event', part: 'body', words: place, operation: was.type, at: '' });
  }
  for (const [type, is] of freshByType) {
    const fresh = isObject(is.data) ? is.data : undefined;
    gate.tell({ rule: 'event.added', place: `event ${type}`, operation: type, fresh, after: type });
  }
}

export function compareRest(gate: Gate): void {
  const { base, revision } = gate;
  if (base.basePath !== revision.basePath)
    gate.tell({
      rule: 'contract.base-path.changed',
      place: 'contract',
      fresh: revision.document,
      before: base.basePath,
      after: revision.basePath,
    });
  const gone = [...base.schemas].filter(([name]) => !revision.schemas.has(name));
  if (gone.length === 0) return;
  const told = base.events.map(({ data }) => data);
  const used = reach(base, [...[...base.operations, ...base.webhooks].flatMap(schemasOf), ...told]);
  for (const [name, schema] of gone)
    if (isObject(schema) && !used.has(schema) && !isRenamed(schema, gate))
      gate.tell({ rule: 'contract.schema.removed', place: 'contract', old: schema, before: name });
}

function isRenamed(schema: Schema, { base, revision, sides }: Gate): boolean {
  return [...revision.schemas].some(([name, other]) => !base.schemas.has(name) && sides.equality.equal(schema, other));
}

/** All schemas that an operation names itself. */
function schemasOf(operation: Operation): Schema[] {
  const media = [...(operation.body?.media ?? []), ...operation.responses.flatMap((response) => response.media)];
  return [
    ...operation.params.map((param) => param.schema),
    ...operation.responses.flatMap(({ headers }) => headers.map((header) => header.schema)),
    ...media.flatMap(({ schema }) => (schema === undefined ? [] : [schema])),
    ...operation.callbacks.flatMap(schemasOf),
  ];
}
