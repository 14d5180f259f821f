// Which schemas become functions of their own in emitted code; all others are written where they are applied.

import { everyKind, inPlaceOf, type Node, partsOf } from './ir.ts';
import { isManifold } from './repeats.ts';

/** Statements that a function may hold: one used once, one used in several places. */
export interface Largest {
  once: number;
  often: number;
}
/** Schemas of one value written into one function to know what they evaluate; beyond, the node is interpreted. */
const mostTracked = 64;

/** What cannot be told without remembering at run time what was judged, or which items or members were evaluated. */
export function isInterpreted(node: Node): boolean {
  if (isManifold(node)) return true;
  if (node.unevaluatedItems === undefined && node.unevaluatedProperties === undefined) return false;
  if (trackedSize(node) > mostTracked) return true;
  const nodes = [...inPlaceOf([node])];
  return nodes.some((inner) => inner.unevaluatedItems) && nodes.some(({ items }) => items?.contains);
}

/** How many schemas are written when all that speaks about the same value is; counted up to the bound. */
function trackedSize(node: Node): number {
  const sizes = new Map<Node, number>();
  const sizeOf = (inner: Node): number => {
    let size = sizes.get(inner) ?? 0;
    if (size > 0) return size;
    size = 1;
    for (const { nodes } of inner.inPlace) for (const next of nodes) if (size <= mostTracked) size += sizeOf(next);
    sizes.set(inner, size);
    return size;
  };
  return sizeOf(node);
}

/** Recursive nodes, interpreted ones, and those too large to be written in place. */
export function chooseFunctions(entries: readonly Node[], largest: Largest): Set<Node> {
  const { functions, uses } = findCircles(entries);
  const sizes = new Map<Node, number>();
  const sizeOf = (node: Node): number => {
    const known = sizes.get(node);
    if (known !== undefined) return known;
    // What is called ends here: circles all lead through functions.
    if (functions.has(node)) sizes.set(node, 1);
    let size = ownSize(node);
    for (const { nodes } of node.inPlace) for (const inner of nodes) size += sizeOf(inner);
    for (const part of partsOf(node)) size += sizeOf(part);
    const limit = (uses.get(node) ?? 0) > 1 ? largest.often : largest.once;
    if (size > limit || isInterpreted(node)) functions.add(node);
    if (functions.has(node)) size = 1;
    sizes.set(node, size);
    return size;
  };
  for (const entry of entries) sizeOf(entry);
  return functions;
}

function ownSize({ values, numbers, strings, lists, objects, members, types }: Node): number {
  const checks = values.length + numbers.length + strings.length + lists.length + objects.length;
  return 1 + checks + (members?.required.length ?? 0) + (types === everyKind ? 0 : 1);
}

interface Visit {
  index: number;
  low: number;
  /** Whether its circle is not complete yet. */
  isOpen: boolean;
}

/**
 * Circles of the graph (Tarjan's strongly connected components). Inside one, every part of a value is judged by a
 * function: what speaks about the same value may have to be written in place, so that no circle can be cut there.
 */
function findCircles(entries: readonly Node[]): { functions: Set<Node>; uses: Map<Node, number> } {
  const visits = new Map<Node, Visit>();
  const open: Node[] = [];
  const circleOf = new Map<Node, number>();
  const uses = new Map<Node, number>();
  const partEdges: [from: Node, to: Node][] = [];
  let circles = 0;
  const visit = (node: Node): Visit => {
    const here: Visit = { index: visits.size, low: visits.size, isOpen: true };
    visits.set(node, here);
    open.push(node);
    const follow = (next: Node): void => {
      uses.set(next, (uses.get(next) ?? 0) + 1);
      const seen = visits.get(next);
      if (!seen) here.low = Math.min(here.low, visit(next).low);
      else if (seen.isOpen) here.low = Math.min(here.low, seen.index);
    };
    for (const { nodes } of node.inPlace) for (const inner of nodes) follow(inner);
    for (const part of partsOf(node)) {
      partEdges.push([node, part]);
      follow(part);
    }
    if (here.low === here.index) {
      for (let member = open.pop(); member; member = open.pop()) {
        circleOf.set(member, circles);
        (visits.get(member) as Visit).isOpen = false;
        if (member === node) break;
      }
      circles += 1;
    }
    return here;
  };
  for (const entry of entries) if (!visits.has(entry)) visit(entry);
  const inCircle = partEdges.filter(([from, to]) => circleOf.get(from) === circleOf.get(to));
  return { functions: new Set(inCircle.map(([, to]) => to)), uses };
}
