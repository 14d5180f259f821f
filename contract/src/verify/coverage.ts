// Phase `coverage`: each constraint of each parameter and property at, just inside and just outside its bound, each member
// of an enumeration, each optional part left out alone, each media type. What is sent is decided by the validator.

import { Choices } from '../generate/choices.ts';
import { hashText } from '../generate/draw.ts';
import { mutations } from '../generate/mutate.ts';
import { isObject, segmentsOf } from '../load/pointer.ts';
import type { Contract, JsonValue, Operation } from '../model/contract.ts';
import { isJson, isStructured } from './body.ts';
import { type Bindings, canTravel } from './builder.ts';
import type { Call } from './exchange.ts';
import type { Job, Planning } from './plan.ts';
import type { Trial } from './trial.ts';

/** Changes of one body, and of one parameter. */
const mostOfBody = 300;
const mostOfParam = 40;

/** One change to a call that uses everything an operation offers. */
interface Variant {
  /** `body/lines/0/quantity maximum 2`. */
  key: string;
  apply(call: Call): Call;
}

export function coverageJobs(planning: Planning): { jobs: Job[]; constraints: Map<Operation, ReadonlySet<string>> } {
  const constraints = new Map<Operation, ReadonlySet<string>>();
  const jobs = planning.operations.flatMap((operation): Job[] => {
    // Which changes there are does not depend on the values of the run.
    const base = planning.builder.valid(operation, Choices.record(hashText(operation.id)), {}, true);
    if (!base) return [];
    const keys = variantsOf(planning.contract, base).map(({ key }) => key);
    constraints.set(operation, new Set(keys));
    const test = (trial: Trial, index: number): Promise<void> => sendVariant(trial, operation, keys[index] ?? '');
    return keys.length === 0 ? [] : [{ phase: 'coverage', operation, cases: keys.length, test }];
  });
  return { jobs, constraints };
}

async function sendVariant(trial: Trial, operation: Operation, key: string): Promise<void> {
  const { wire, meter, builder } = trial.bench;
  const bindings = await trial.bind(operation);
  const base = baseOf(trial, operation, bindings);
  const variant = base?.variants.get(key);
  if (!base || !variant) return;
  const bound = { ...base.call.params, ...bindings };
  const changed = variant.apply({ ...base.call, params: bound, headers: builder.policyHeaders(operation) });
  const call = pruned(changed, base.optional, { about: key, draw: trial.draw.at('keep') });
  const request = wire.encode(call);
  const faults = request ? wire.faults(operation, request) : [];
  if (!request || faults.some(({ rule }) => rule === 'route')) return;
  trial.settle(await trial.send(call, faults.length === 0 ? 'accept' : 'refuse'));
  meter.constraint(operation, key);
}

interface Base {
  call: Call;
  variants: ReadonlyMap<string, Variant>;
  /** `limit`, `body/note`: what may be left out. */
  optional: readonly string[];
}

/** A call with everything; the same one for all cases of a job. */
function baseOf({ bench, shelf }: Trial, operation: Operation, bindings: Bindings): Base | undefined {
  const known = shelf.memo.get('base') as Base | undefined;
  if (known) return known;
  const call = bench.builder.valid(operation, Choices.record(hashText(operation.id)), bindings, true);
  if (!call) return undefined;
  const variants = variantsOf(bench.contract, call);
  const optional = variants.flatMap(({ key }) =>
    key.endsWith(' optional') ? [key.slice(0, -' optional'.length)] : [],
  );
  const base = { call, variants: new Map(variants.map((each) => [each.key, each])), optional };
  shelf.memo.set('base', base);
  return base;
}

/** Leaves out whatever is optional, lies elsewhere than the change, and was chosen to be 0: never at first, only when the test is simplified. */
function pruned(call: Call, optional: readonly string[], { about, draw }: { about: string; draw: Choices }): Call {
  let next = call;
  for (const place of optional) {
    const isKept = draw.next() > 0;
    if (isKept || about.startsWith(`${place} `) || about.startsWith(`${place}/`)) continue;
    if (place === 'body') {
      const { body: _left, ...rest } = next;
      next = rest;
    } else if (!place.startsWith('body/')) next = { ...next, params: omit(next.params, place) };
    else if (next.body !== undefined)
      next = { ...next, body: withoutAt(next.body, segmentsOf(place.slice('body'.length))) };
  }
  return next;
}

function withoutAt(value: JsonValue, [name = '', ...rest]: readonly string[]): JsonValue {
  if (Array.isArray(value)) return value.map((item, index) => (String(index) === name ? withoutAt(item, rest) : item));
  if (!isObject(value) || value[name] === undefined) return value;
  if (rest.length > 0) return { ...value, [name]: withoutAt(value[name], rest) };
  return Object.fromEntries(Object.entries(value).filter(([each]) => each !== name));
}

function variantsOf(contract: Contract, base: Call): Variant[] {
  return [...paramVariants(contract, base), ...bodyVariants(contract, base)];
}

function* paramVariants({ document }: Contract, { operation, params }: Call): Iterable<Variant> {
  const key = keys();
  for (const param of operation.params) {
    const value = params[param.name];
    if (value === undefined) continue;
    if (param.in !== 'path')
      yield {
        key: key(param.name, param.required ? 'required' : 'optional'),
        apply: (call) => ({ ...call, params: omit(call.params, param.name) }),
      };
    for (const change of mutations(param.schema, value as JsonValue, { document, most: mostOfParam }))
      if (canTravel(param, change.make()))
        yield {
          key: key(`${param.name}${change.pointer}`, change.rule),
          apply: (call) => ({ ...call, params: { ...call.params, [param.name]: change.make() } }),
        };
  }
}

function* bodyVariants({ document }: Contract, { operation, body, media }: Call): Iterable<Variant> {
  if (body === undefined || media === undefined) return;
  const key = keys();
  yield {
    key: key('body', operation.body?.required ? 'required' : 'optional'),
    apply: ({ body: _left, ...call }) => call,
  };
  for (const other of operation.body?.media ?? [])
    if (other !== media && isStructured(other.type) && JSON.stringify(other.schema) === JSON.stringify(media.schema))
      yield { key: key('body', other.type), apply: (call) => ({ ...call, media: other }) };
  if (media.schema === undefined || !isJson(media.type)) return;
  for (const change of mutations(media.schema, body, { document, most: mostOfBody }))
    yield { key: key(`body${change.pointer}`, change.rule), apply: (call) => ({ ...call, body: change.make() }) };
}

/** Names of changes: place, rule, and which one of several. */
function keys(): (place: string, rule: string) => string {
  const counts = new Map<string, number>();
  return (place, rule) => {
    const name = `${place} ${rule}`;
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return count === 1 ? name : `${name} ${count}`;
  };
}

function omit(params: Call['params'], name: string): Call['params'] {
  const { [name]: _left, ...rest } = params;
  return rest;
}
