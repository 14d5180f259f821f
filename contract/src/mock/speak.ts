// From things to bodies: how a thing, or a list of them, stands in the answer of an operation.

import { follow, isObject } from '../load/pointer.ts';
import type { JsonObject, JsonValue, Schema } from '../model/contract.ts';
import { declaredMembers } from '../schema/members.ts';
import type { Kind } from './kinds.ts';
import { put } from './overlay.ts';
import { thingPlace, withPart } from './places.ts';
import { withoutSecrets } from './secrets.ts';
import type { Thing } from './store.ts';
import { doneState, isDateTime, newId, propertyOf, stateProperty } from './things.ts';
import type { Turn, World } from './world.ts';

/** Actions that answer with the things themselves, whatever form they have there: their ids must be found again. */
const itself: ReadonlySet<string> = new Set(['create', 'list', 'remove']);

/** A thing as a schema describes it: itself, inside an envelope, or something about it (a task, a receipt). */
export function speakThing(world: World, turn: Turn, schema: Schema, of: { kind: Kind; thing: Thing }): JsonValue {
  const { kind } = of;
  const { document } = world.contract;
  const shown = { schema: kind.schema, document, isMaking: turn.plan.action === 'create' };
  const fits = (item: JsonObject): boolean => world.fits(kind, turn)(item);
  const item = world.readable(kind, withoutSecrets(of.thing.item, shown, fits));
  const form = formOf(kind, schema, document);
  if (form.isItself) return item;
  const validator = turn.generator.validator(schema, 'response');
  const isAbout = !itself.has(turn.plan.action) && form.isAnother;
  if (!isAbout && validator.check(item)) return item;
  const place = thingPlace(world.contract, schema, kind.word);
  if (place.path.length > 0 && isObject(schema)) {
    const inner = speakThing(world, turn, place.schema, of);
    const whole = withPart(world.envelopeOf(turn, schema, place.path), place.path, inner);
    if (validator.check(whole)) return whole;
  }
  const key = `about/${kind.name}/${of.thing.id}/${isAbout ? world.store.next() : ''}`;
  const { value } = turn.generator.instance(schema, { name: kind.name, direction: 'response', key });
  return isObject(value) ? aboutThing(world, turn, schema, { kind, item, value, isAbout, key }) : value;
}

/** How a schema of an answer speaks of a kind. */
interface Form {
  /** It is the schema of the kind. */
  isItself: boolean;
  isAnother: boolean;
}

const forms = new WeakMap<Kind, Map<Schema, Form>>();

function formOf(kind: Kind, schema: Schema, document: JsonObject): Form {
  let known = forms.get(kind);
  if (!known) forms.set(kind, (known = new Map()));
  let form = known.get(schema);
  if (!form) {
    const isItself = follow(document, schema) === follow(document, kind.schema);
    form = { isItself, isAnother: isAnother(kind, declaredMembers(schema, document).properties, document) };
    known.set(schema, form);
  }
  return form;
}

/** A task, a receipt, an entry: it names the thing, or shares little with it. A summary shares most. */
function isAnother(kind: Kind, properties: ReadonlyMap<string, Schema>, document: JsonObject): boolean {
  if (properties.has(`${kind.word}Id`) || properties.has(`${kind.word}_id`)) return true;
  if (!properties.has('id')) return false;
  const own = declaredMembers(kind.schema, document).properties;
  const names = [...properties.keys()].filter((name) => name !== 'id');
  return names.filter((name) => own.has(name)).length * 2 < names.length;
}

/** A value of another form takes over what it can say of the thing, and of the request. */
function aboutThing(
  world: World,
  turn: Turn,
  schema: Schema,
  of: { kind: Kind; item: JsonObject; value: JsonObject; isAbout: boolean; key: string },
): JsonObject {
  const { kind, item, value, isAbout, key } = of;
  const { contract } = world;
  const validator = turn.generator.validator(schema, 'response');
  const fits = (candidate: JsonObject): boolean => validator.check(candidate);
  const body = turn.input['body'];
  const given: JsonObject = isObject(body) ? body : {};
  const id = kind.id === undefined ? undefined : item[kind.id];
  for (const name of declaredMembers(schema, contract.document).properties.keys()) {
    const isName = name === `${kind.word}Id` || name === `${kind.word}_id`;
    // What a task calls its state or id is its own.
    const isOwn = isAbout && (name === 'id' || name === 'state');
    const said = isName ? id : (given[name] ?? (isOwn ? undefined : item[name]));
    if (said !== undefined) put(value, name, said, fits);
  }
  if (isAbout) settleTask(world, turn, schema, { kind, value, key });
  return value;
}

/** A task of now, with an id of its own, done. */
function settleTask(
  world: World,
  turn: Turn,
  schema: Schema,
  { kind, value, key }: { kind: Kind; value: JsonObject; key: string },
): void {
  const { contract } = world;
  const validator = turn.generator.validator(schema, 'response');
  const fits = (candidate: JsonObject): boolean => validator.check(candidate);
  const task: Kind = { ...kind, name: nameOf(schema) ?? `${kind.name}-task`, id: 'id', schema, examples: [] };
  const stamp = turn.now.toString({ smallestUnit: 'second' });
  for (const name of Object.keys(value)) {
    if (name === 'id') put(value, name, newId(contract, task, { given: value[name], key }), fits);
    else if (isDateTime(propertyOf(contract, schema, name))) put(value, name, stamp, fits);
  }
  const state = stateProperty(contract, schema);
  const done = state && doneState(state.values);
  if (state && done !== undefined) put(value, state.name, done, fits);
}

/** `Freeze` of `#/components/schemas/Freeze`. */
function nameOf(schema: Schema): string | undefined {
  const reference = isObject(schema) ? schema['$ref'] : undefined;
  return typeof reference === 'string' ? reference.split('/').at(-1) : undefined;
}
