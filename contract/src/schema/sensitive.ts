// Which places of a value are personal or secret (`x-plinth.sensitivity`), so that no message repeats them.

import { inPlaceOf, type Node, partsOf } from './ir.ts';

const known = new WeakMap<Node, boolean>();

/** Answers that are remembered for each root, and letters of a place that is: names may be the sender's. */
const remembered = { answers: 1000, letters: 200 } as const;
const answers = new WeakMap<Node, Map<string, boolean>>();

/** True when the place is declared sensitive, on it or on something around it, in any branch. */
export function isSensitive(root: Node, pointer: string): boolean {
  let ofRoot = answers.get(root);
  if (!ofRoot) answers.set(root, (ofRoot = new Map()));
  let answer = ofRoot.get(pointer);
  if (answer === undefined) {
    answer = isAnySensitive(root, pointer);
    if (ofRoot.size < remembered.answers && pointer.length <= remembered.letters) ofRoot.set(pointer, answer);
  }
  return answer;
}

function isAnySensitive(root: Node, pointer: string): boolean {
  let nodes = inPlaceOf([root]);
  for (const part of segmentsOf(pointer)) {
    if (isAny(nodes)) return true;
    nodes = inPlaceOf([...nodes].flatMap((node) => partAt(node, part)));
  }
  return isAny(nodes);
}

/** The pointer without the names that its sender chose inside of something sensitive: they are part of its value. */
export function withoutOwnNames(root: Node, pointer: string): string {
  let nodes = inPlaceOf([root]);
  let hides = false;
  let shown = '';
  for (const [index, part] of segmentsOf(pointer).entries()) {
    hides ||= isAny(nodes);
    if (hides && ![...nodes].some((node) => isDeclared(node, part))) return shown;
    shown += `/${pointer.split('/')[index + 1]}`;
    nodes = inPlaceOf([...nodes].flatMap((node) => partAt(node, part)));
  }
  return pointer;
}

function isDeclared({ members, items }: Node, part: string): boolean {
  return members?.properties.has(part) === true || (items !== undefined && /^\d+$/.test(part));
}

/** The names and indexes of a violation's pointer, in which nothing is percent-encoded. */
export function segmentsOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function isAny(nodes: ReadonlySet<Node>): boolean {
  return [...nodes].some((node) => node.sensitive);
}

/** The nodes that may speak about one part of a value. */
function partAt({ members, items, unevaluatedItems, unevaluatedProperties }: Node, part: string): Node[] {
  const property = members?.properties.get(part);
  const named = members?.patterns.filter(({ matcher }) => matcher.fits(part)).map(({ node }) => node) ?? [];
  const listed = items ? [items.prefix[Number(part)] ?? items.items, items.contains?.node] : [];
  const rest = [members?.additional, unevaluatedItems, unevaluatedProperties];
  return [property, ...named, ...listed, ...rest].filter((node) => node !== undefined);
}

/** Whether anything below is sensitive; most schemas know no such place. */
export function reachesSensitive(root: Node): boolean {
  let reaches = known.get(root);
  if (reaches === undefined) {
    const seen = new Set([root]);
    for (const node of seen) {
      for (const { nodes } of node.inPlace) for (const next of nodes) seen.add(next);
      for (const next of partsOf(node)) seen.add(next);
    }
    known.set(root, (reaches = isAny(seen)));
  }
  return reaches;
}
