// A thing of the caller's is chosen, never typed: by `x-plinth.skill.from`, else by the list that stands above the thing
// in the paths of its contract.

import type { ContractOperation, LookUp } from './catalogue.ts';
import { type Document, properties, resolve, typeOf } from './schema.ts';

/** What usually names a thing, best first. */
const names = ['label', 'name', 'title', 'number', 'subject', 'reference', 'displayName', 'description'];

/** Fills in the look-ups that no contract had to declare. */
export function withLookUps(operations: readonly ContractOperation[], document: Document): ContractOperation[] {
  const lists = new Map(
    operations.filter(({ descriptor }) => descriptor.method === 'GET').map((each) => [each.descriptor.path, each]),
  );
  return operations.map((operation) => {
    const found = operation.params.flatMap((param): [string, LookUp][] => {
      if (param.in !== 'path' || operation.lookUps[param.name] !== undefined) return [];
      const [above = ''] = operation.descriptor.path.split(`/{${param.name}}`);
      const list = above.includes('{') ? undefined : lists.get(above);
      // Who may do this and not see the list would only be refused.
      const isOpen =
        list !== undefined && operation.audience.every((kind) => !isPerson(kind) || list.audience.includes(kind));
      const lookUp = isOpen ? lookUpIn(list, document) : undefined;
      return lookUp ? [[param.name, lookUp]] : [];
    });
    return found.length === 0
      ? operation
      : { ...operation, lookUps: { ...operation.lookUps, ...Object.fromEntries(found) } };
  });
}

function isPerson(audience: string): boolean {
  return audience === 'customer' || audience === 'staff';
}

function lookUpIn(list: ContractOperation, document: Document): LookUp | undefined {
  if (list.answer === undefined || list.params.some(({ in: place, isRequired }) => isRequired && place === 'query'))
    return undefined;
  const items = list.descriptor.paging?.items ?? 'items';
  const many = resolve(properties(list.answer)[items], document);
  if (typeOf(many) !== 'array') return undefined;
  const members = properties(resolve(many['items'], document));
  if (members['id'] === undefined) return undefined;
  const isText = (name: string): boolean => {
    const member = members[name];
    return member !== undefined && typeOf(resolve(member, document)) === 'string';
  };
  return { operation: list.key, items, value: 'id', label: names.find(isText) ?? 'id' };
}

/** Things as choices. Where names are equal, the first other fact that tells them apart stands beside the name. */
export function choicesOf(answer: unknown, lookUp: LookUp): { value: string; label: string }[] {
  if (typeof answer !== 'object' || answer === null) return [];
  const items = (answer as Record<string, unknown>)[lookUp.items];
  if (!Array.isArray(items)) return [];
  const things = items as Record<string, unknown>[];
  const nameOf = (thing: Record<string, unknown>): string => String(thing[lookUp.label] ?? thing[lookUp.value]);
  return things.map((thing) => {
    const twins = things.filter((other) => nameOf(other) === nameOf(thing));
    const telling = twins.length > 1 ? tellApart(twins, [lookUp.value, lookUp.label]) : undefined;
    const fact = telling === undefined ? '' : `, ${String(thing[telling])}`;
    return { value: String(thing[lookUp.value]), label: nameOf(thing) + fact };
  });
}

function tellApart(things: readonly Record<string, unknown>[], known: readonly string[]): string | undefined {
  const [first = {}] = things;
  return Object.keys(first).find((name) => {
    const values = things.map((thing) => thing[name]);
    const areShort = values.every((value) => ['string', 'number'].includes(typeof value) && String(value).length <= 40);
    return !known.includes(name) && areShort && new Set(values).size === things.length;
  });
}
