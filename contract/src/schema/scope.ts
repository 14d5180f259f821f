// Dynamic scopes: which `$dynamicAnchor` of a name a `$dynamicRef` means, given the resources entered on the way.

import { isObject } from '../load/pointer.ts';
import type { Place, Resource, Resources } from './resources.ts';

/** The first resource entered that defines each dynamic anchor. `key` is equal for equal scopes. */
export interface Scope {
  key: string;
  places: ReadonlyMap<string, Place>;
}

export const noScope: Scope = { key: '', places: new Map() };

/** The scope after a resource was entered: anchors that are known already keep their meaning. */
export function enterScope(scope: Scope, resource: Resource, resources: Resources): Scope {
  let entered = scope;
  for (const [name, place] of resources.dynamicAnchors(resource)) {
    if (entered.places.has(name)) continue;
    const key = `${entered.key} ${name}@${place.resource.id}`;
    entered = { key, places: new Map([...entered.places, [name, place]]) };
  }
  return entered;
}

/** Where the reference meets a dynamic anchor, the outermost one of that name counts; else it is like any other. */
export function dynamicTarget(reference: string, from: Place, scope: Scope, resources: Resources): Place {
  const target = resources.resolve(reference, from);
  const name = reference.slice(reference.indexOf('#') + 1);
  const meets = isObject(target.schema) && target.schema['$dynamicAnchor'] === name;
  return (meets ? scope.places.get(name) : undefined) ?? target;
}
