// A schema that applies itself to the same value again adds nothing: such references are cut, so that judging ends.

import { blankNode, type Node } from './ir.ts';

/** Replaces each application that leads back to a node on the way to it. */
export function cutLoops(nodes: readonly Node[]): void {
  const done = new Set<Node>();
  for (const start of nodes) if (start.inPlace.length > 0 && !done.has(start)) walk(start, done);
}

interface Step {
  node: Node;
  /** What is applied to the same value, with the way to replace it. */
  next: { list: Node[]; index: number }[];
}

/** Depth first with a stack of its own: chains of references may be long. */
function walk(start: Node, done: Set<Node>): void {
  const path = [stepOf(start)];
  const onPath = new Set([start]);
  for (let step = path.at(-1); step; step = path.at(-1)) {
    const edge = step.next.pop();
    if (!edge) {
      path.pop();
      onPath.delete(step.node);
      done.add(step.node);
      continue;
    }
    const target = edge.list[edge.index];
    if (!target || done.has(target)) continue;
    if (onPath.has(target)) edge.list[edge.index] = blankNode(-1, target.at);
    else {
      onPath.add(target);
      path.push(stepOf(target));
    }
  }
}

function stepOf(node: Node): Step {
  const next = node.inPlace.flatMap(({ nodes }) =>
    (nodes as Node[]).map((_, index) => ({ list: nodes as Node[], index })),
  );
  return { node, next };
}
