// State machines: the values of the property and the moves cover each other.

import { follow, isObject } from '../../load/pointer.ts';
import { statesOf } from '../../load/policy.ts';
import type { Contract, JsonObject, States } from '../../model/contract.ts';
import { schemasOf } from '../nodes.ts';
import type { Rule } from '../rule.ts';
import { withOperation } from '../sample.ts';

interface Machine {
  schema: JsonObject;
  states: States;
  /** Values of the property; undefined when it has no enum. */
  values: string[] | undefined;
}

/** Schemas with a state machine. */
export function machines(contract: Contract): Machine[] {
  const found: Machine[] = [];
  for (const schema of schemasOf(contract)) {
    const states = statesOf(schema);
    if (!states) continue;
    const { properties } = schema;
    const property = isObject(properties) ? follow(contract.document, properties[states.property]) : undefined;
    const values = isObject(property) && Array.isArray(property['enum']) ? property['enum'].map(String) : undefined;
    found.push({ schema, states, values });
  }
  return found;
}

export const statesTotal: Rule = {
  id: 'states-total',
  group: 'states',
  severity: 'error',
  why: 'A state the machine does not know can be neither entered nor left, and the mock would invent one.',
  contract: (contract, report) => {
    for (const { schema, states, values } of machines(contract)) {
      if (!values) {
        report(
          schema,
          `The property ${states.property} of the states has no enum.`,
          `Add  ${states.property}: { type: string, enum: [${states.initial}, …] }`,
        );
        continue;
      }
      const mentioned = [states.initial, ...states.final, ...states.moves.flatMap((move) => [...move.from, move.to])];
      for (const value of new Set(mentioned)) {
        if (!values.includes(value))
          report(
            schema,
            `The states name "${value}", which is no value of ${states.property}.`,
            `Add it to the enum of ${states.property}, or correct the name.`,
          );
      }
      for (const value of values) {
        if (!mentioned.includes(value))
          report(schema, `No move mentions the state "${value}".`, 'Add a move to it, or remove the value.');
        else if (!states.final.includes(value) && !states.moves.some((move) => move.from.includes(value))) {
          report(
            schema,
            `The state "${value}" can never be left and is not final.`,
            'Add it to final, or a move from it.',
          );
        }
      }
    }
  },
  bad: withOperation({}, machine('[on, off, broken]', '[{ name: stop, from: [on], to: off, by: timer }]')),
  good: withOperation({}, machine('[on, off]', '[{ name: stop, from: [on], to: off, by: timer }]')),
};

export const statesReachable: Rule = {
  id: 'states-reachable',
  group: 'states',
  severity: 'error',
  why: 'A state that cannot be reached is dead text, or a move is missing.',
  contract: (contract, report) => {
    for (const { schema, states, values } of machines(contract)) {
      const reached = new Set([states.initial]);
      const queue = [states.initial];
      for (let state = queue.pop(); state !== undefined; state = queue.pop()) {
        for (const move of states.moves) {
          if (!move.from.includes(state) || reached.has(move.to)) continue;
          reached.add(move.to);
          queue.push(move.to);
        }
      }
      const mentioned = new Set(states.moves.flatMap((move) => [...move.from, move.to]));
      for (const value of values ?? []) {
        if (!mentioned.has(value) || reached.has(value)) continue;
        report(
          schema,
          `The state "${value}" cannot be reached from "${states.initial}".`,
          'Add a move that leads there.',
        );
      }
    }
  },
  bad: withOperation(
    {},
    machine(
      '[on, off, lost]',
      '[{ name: stop, from: [on], to: off, by: timer }, { name: find, from: [lost], to: off, by: timer }]',
    ),
  ),
  good: withOperation(
    {},
    machine(
      '[on, off, lost]',
      '[{ name: stop, from: [on], to: off, by: timer }, { name: lose, from: [on], to: lost, by: timer }, { name: find, from: [lost], to: off, by: timer }]',
    ),
  ),
};

/** A Thing with a state machine, for examples. */
export function machine(values: string, moves: string): string {
  return `Thing: { type: object, x-plinth: { states: { property: state, initial: on, final: [off], moves: ${moves} } }, properties: { state: { type: string, enum: ${values} } } }`;
}
