// Parameters against parameters: by place and name, path variables by their position.

import { follow, isObject } from '../load/pointer.ts';
import type { Contract, JsonObject, JsonValue, Operation, Param } from '../model/contract.ts';
import type { Touch } from './finding.ts';
import { type Gate, nameOfOperation, objectOf } from './gate.ts';
import { isOver, lifeChanges, lifeOf } from './life.ts';

export function compareParams(old: Operation, fresh: Operation, side: 'request' | 'webhook', gate: Gate): void {
  const renamed = renamedVariables(old, fresh);
  const freshByKey = new Map(fresh.params.map((param) => [keyOf(param), param]));
  const left: Param[] = [];
  for (const param of old.params) {
    const key = keyOf(param.in === 'path' ? { ...param, name: renamed.get(param.name) ?? param.name } : param);
    const now = freshByKey.get(key);
    freshByKey.delete(key);
    if (now === undefined) left.push(param);
    else
      compareParam(
        { side, gate, old: nodeOf(gate.base, old, param), fresh: nodeOf(gate.revision, fresh, now) },
        [param, now],
        fresh,
      );
  }
  for (const param of left) {
    const moved = [...freshByKey.values()].find((one) => one.name === param.name);
    if (moved === undefined) tellRemoved(param, old, fresh, { side, gate });
    else {
      freshByKey.delete(keyOf(moved));
      const node = nodeOf(gate.revision, fresh, moved);
      gate.tell({
        ...at(fresh, moved),
        rule: `${side}.parameter.moved`,
        fresh: node,
        before: param.in,
        after: moved.in,
        touch: touchOf(param, moved.required ? 'omit' : 'use'),
      });
    }
  }
  for (const param of freshByKey.values())
    gate.tell({
      ...at(fresh, param),
      rule: `${side}.parameter.added${param.required ? '-required' : ''}`,
      fresh: nodeOf(gate.revision, fresh, param),
      after: keyOf(param),
      touch: touchOf(param, 'omit'),
    });
}

interface Both {
  side: 'request' | 'webhook';
  gate: Gate;
  old?: JsonObject | undefined;
  fresh?: JsonObject | undefined;
}

function compareParam({ side, gate, old, fresh }: Both, [was, is]: [Param, Param], operation: Operation): void {
  const place = { ...at(operation, is), old, fresh };
  const tell = (change: string, before?: JsonValue, after?: JsonValue, by: Touch['by'] = 'use'): void =>
    gate.tell({ ...place, rule: `${side}.parameter.${change}`, before, after, touch: touchOf(is, by) });
  if (was.in === 'path' && was.name !== is.name) tell('renamed', was.name, is.name);
  if (was.required !== is.required)
    tell(is.required ? 'made-required' : 'made-optional', keyOf(was), keyOf(is), is.required ? 'omit' : 'use');
  if ((was.media ?? '') !== (is.media ?? '')) tell('media-changed', was.media ?? was.style, is.media ?? is.style);
  else if (was.style !== is.style || was.explode !== is.explode) {
    const matters = canBeMany(was, gate.base) || canBeMany(is, gate.revision) || was.style !== is.style;
    if (matters) tell('style-changed', styleOf(was), styleOf(is));
  }
  for (const { subject, change, before, after } of lifeChanges(lifeOf(old), lifeOf(fresh), gate.day))
    tell(`${subject}.${change}`, before, after);
  const words = `${nameOfOperation(operation)} ${is.in} parameter ${is.name}`;
  gate.schemas(was.schema, is.schema, {
    side,
    part: 'parameter',
    words,
    operation: operation.id,
    at: `${is.in}.${is.name}`,
  });
}

function tellRemoved(param: Param, old: Operation, fresh: Operation, { side, gate }: Both): void {
  const node = nodeOf(gate.base, old, param);
  const life = lifeOf(node);
  const change =
    life.sunset === undefined
      ? 'removed'
      : isOver(life, gate.day.today)
        ? 'removed-after-sunset'
        : 'removed-before-sunset';
  gate.tell({
    ...at(fresh, param),
    rule: `${side}.parameter.${change}`,
    old: node,
    before: life.sunset ?? keyOf(param),
    touch: touchOf(param, 'use'),
  });
}

function at(operation: Operation, param: Param): { place: string; operation: string } {
  return { place: `${nameOfOperation(operation)} ${param.in} parameter ${param.name}`, operation: operation.id };
}

function touchOf(param: Param, by: Touch['by']): Touch {
  return { kind: 'parameter', at: `${param.in}.${param.name}`, by };
}

function keyOf(param: Pick<Param, 'in' | 'name'>): string {
  return `${param.in}.${param.in === 'header' ? param.name.toLowerCase() : param.name}`;
}

function styleOf(param: Param): string {
  return param.explode ? `${param.style}, exploded` : param.style;
}

/** Styles tell values apart only where there may be several. */
function canBeMany(param: Param, contract: Contract): boolean {
  const schema = follow(contract.document, param.schema);
  if (!isObject(schema)) return true;
  const types = [schema['type'] ?? ['object']].flat();
  return types.includes('array') || types.includes('object');
}

/** Old name → new name of path variables that stand in the same place. */
function renamedVariables(old: Operation, fresh: Operation): Map<string, string> {
  const now = variablesOf(fresh.path);
  return new Map(variablesOf(old.path).map((name, index) => [name, now[index] ?? name]));
}

function variablesOf(path: string): string[] {
  return [...path.matchAll(/\{([^}]*)\}/g)].map(([, name = '']) => name);
}

/** The parameter as it is written: on the operation, else on its path. */
function nodeOf(contract: Contract, operation: Operation, param: Param): JsonObject | undefined {
  const item = follow(contract.document, objectOf(contract.document['paths'])[operation.path]);
  const lists = [operation.node['parameters'], isObject(item) ? item['parameters'] : undefined];
  for (const list of lists)
    for (const entry of Array.isArray(list) ? list : []) {
      const node = follow(contract.document, entry);
      if (isObject(node) && node['name'] === param.name && node['in'] === param.in) return node;
    }
  return undefined;
}
