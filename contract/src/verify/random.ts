// Phases `positive` and `negative`: random requests that the contract allows, and the same with exactly one fault.

import type { Choices } from '../generate/choices.ts';
import { mutations } from '../generate/mutate.ts';
import type { JsonValue, Operation } from '../model/contract.ts';
import { isJson } from './body.ts';
import { canTravel } from './builder.ts';
import type { Call } from './exchange.ts';
import { shapeOf } from './lifecycle.ts';
import type { Job, Planning } from './plan.ts';
import type { Bench, Trial } from './trial.ts';

/** Mutations of one value that are looked through for a fault. */
const mostMutations = 400;
const tries = 8;

export function positiveJobs({ operations, cases }: Planning): Job[] {
  return operations.map((operation) => ({
    phase: 'positive',
    operation,
    cases,
    test: (trial) => sendValid(trial, operation),
  }));
}

async function sendValid(trial: Trial, operation: Operation): Promise<void> {
  const bindings = await trial.bind(operation);
  const call = trial.bench.builder.valid(operation, trial.draw, bindings);
  if (!call) return;
  trial.settle(await trial.send(nudged(trial.bench, call, trial.draw.at('nudge')), 'accept'));
}

/** One value moved to a bound of its schema, where the call stays valid; believable values rarely are there. */
function nudged(bench: Bench, call: Call, draw: Choices): Call {
  const schema = call.media?.schema;
  if (schema === undefined || call.body === undefined || !draw.chance(0.3)) return call;
  const { document } = bench.contract;
  const list = [...mutations(schema, call.body, { document, most: mostMutations })];
  if (list.length === 0) return call;
  for (let attempt = 0; attempt < tries; attempt++) {
    const next: Call = { ...call, body: draw.pick(list).make() };
    const request = bench.wire.encode(next);
    if (request && bench.wire.faults(call.operation, request).length === 0) return next;
  }
  return call;
}

export function negativeJobs({ operations, cases }: Planning): Job[] {
  return operations.map((operation) => ({
    phase: 'negative',
    operation,
    cases,
    test: (trial) => sendFaulty(trial, operation),
  }));
}

async function sendFaulty(trial: Trial, operation: Operation): Promise<void> {
  const { bench, draw } = trial;
  const call = bench.builder.valid(operation, draw, await trial.bind(operation), true);
  if (!call) return;
  const faulty = withFault(bench, call, draw.at('fault'));
  if (!faulty) return;
  trial.settle(await trial.send(faulty, 'refuse'));
}

/** The call with one fault, found by the validator to be one; undefined where nothing can be wrong. */
function withFault(bench: Bench, call: Call, draw: Choices): Call | undefined {
  const makers = makersOf(bench, call);
  if (makers.length === 0) return undefined;
  for (let attempt = 0; attempt < tries; attempt++) {
    const made = draw.pick(makers)(draw);
    if (made && isFaulty(bench, made)) return made;
  }
  return undefined;
}

export function isFaulty({ wire }: Bench, call: Call): boolean {
  const request = wire.encode(call);
  if (!request) return false;
  if (call.raw?.method !== undefined) return true;
  const faults = wire.faults(call.operation, request);
  return faults.length > 0 && faults.every(({ rule }) => rule !== 'route');
}

type Maker = (draw: Choices) => Call | undefined;

function makersOf(bench: Bench, call: Call): Maker[] {
  const { operation, media, body } = call;
  const { document } = bench.contract;
  const makers: Maker[] = [];
  if (body !== undefined && media?.schema !== undefined && isJson(media.type)) {
    const list = [...mutations(media.schema, body, { document, most: mostMutations })];
    // Most of what can be wrong stands in the body.
    if (list.length > 0)
      for (let weight = 0; weight < 4; weight++) makers.push((draw) => ({ ...call, body: draw.pick(list).make() }));
    makers.push(() => ({ ...call, raw: { body: '{"plinth": ' } }));
  }
  if (operation.body?.required) makers.push(() => ({ operation, params: call.params, headers: call.headers ?? {} }));
  if (body !== undefined)
    makers.push(() => ({ ...call, headers: { ...call.headers, 'content-type': 'text/x-plinth' } }));
  for (const param of operation.params) {
    if (param.required && param.in !== 'path') makers.push(() => without(call, param.name));
    const value = call.params[param.name];
    if (value === undefined) continue;
    const list = [...mutations(param.schema, value as JsonValue, { document, most: 60 })].filter((each) =>
      canTravel(param, each.make()),
    );
    if (list.length > 0)
      makers.push((draw) => ({ ...call, params: { ...call.params, [param.name]: draw.pick(list).make() } }));
  }
  const other = undeclaredMethod(bench, operation);
  if (other !== undefined) makers.push(() => ({ operation, params: call.params, raw: { method: other } }));
  return makers;
}

function without(call: Call, name: string): Call {
  const { [name]: _left, ...params } = call.params;
  return { ...call, params };
}

/** A method that no operation of the path declares. DELETE only where destroying is allowed. */
function undeclaredMethod({ contract, safe, destructive }: Bench, { path }: Operation): string | undefined {
  if (safe) return undefined;
  const shape = shapeOf(path);
  const declared = contract.operations.filter((each) => shapeOf(each.path) === shape).map(({ method }) => method);
  const others = ['patch', 'put', 'post', ...(destructive ? ['delete'] : [])] as const;
  return others.find((method) => !declared.includes(method as 'put'))?.toUpperCase();
}
