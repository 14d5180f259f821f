// Events become signals: one reaction for each capability whose workflows wait for some, in that capability's schema.

import type { Reaction } from '../capability.ts';
import { raiseSignal } from './waits.ts';
import type { AnyWorkflow } from './workflow.ts';

/** Reactions that keep the events these workflows wait for: `orders.workflow-signals`. */
export function signalReactions(workflows: readonly AnyWorkflow[]): Reaction[] {
  const bySchema = new Map<string, Set<string>>();
  for (const { name, signals } of workflows) {
    if (signals.length === 0) continue;
    const [schema = name] = name.split('.', 1);
    bySchema.set(schema, new Set([...(bySchema.get(schema) ?? []), ...signals]));
  }
  return [...bySchema].map(([schema, types]) => ({
    name: `${schema}.workflow-signals`,
    on: [...types] as never,
    run: ({ id, type, subject, data }, ctx) =>
      raiseSignal(ctx.db, schema, { eventId: id, name: `${type} ${subject}`, payload: data }, ctx.clock.now()),
  }));
}
