// Schemas that reach another on many ways, as a diamond of references does. Followed way by way, time doubles with each
// layer; answers are remembered instead, since the same schema says the same of the same value.

import { inPlaceOf, type Node } from './ir.ts';

/** Applications to one value that are harmless, however often the same schema is among them. */
const fewApplications = 256;
/** Applications of one schema to one value that are usual. */
const usualRepeats = 4;

const known = new WeakMap<Node, number>();

/** How many schemas are applied to one value when every way is followed. Each node is counted once and remembered. */
function applicationsOf(start: Node): number {
  const stack = [start];
  for (let node = stack.at(-1); node; node = stack.at(-1)) {
    const inner = node.inPlace.flatMap(({ nodes }) => nodes as Node[]);
    const unknown = inner.filter((next) => !known.has(next));
    if (unknown.length > 0) stack.push(...unknown);
    else {
      known.set(
        node,
        inner.reduce((sum, next) => sum + (known.get(next) ?? 0), 1),
      );
      stack.pop();
    }
  }
  return known.get(start) ?? 1;
}

/** True where following every way would take much longer than judging each schema once. */
export function isManifold(node: Node): boolean {
  if (node.inPlace.length === 0) return false;
  const applications = applicationsOf(node);
  return applications > fewApplications && applications > usualRepeats * inPlaceOf([node]).size;
}

/** The nodes under a node that several others apply to the same value. */
export function repeatedIn(node: Node): Node[] {
  const uses = new Map<Node, number>();
  for (const { inPlace } of inPlaceOf([node]))
    for (const { nodes } of inPlace) for (const next of nodes) uses.set(next, (uses.get(next) ?? 0) + 1);
  return [...uses].filter(([next, count]) => count > 1 && next.inPlace.length > 0).map(([next]) => next);
}
