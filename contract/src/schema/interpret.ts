// Judges values without code generation: the verdict, and with `faults` everything that is wrong. Each node becomes a
// chain of closures when a value first reaches it; emitted code must say the same.

import { Faults } from './faults.ts';
import { judgeChoice } from './interpret-choice.ts';
import { judgeItems, judgeLeftOver, judgeMembers, memberOf } from './interpret-parts.ts';
import { type Applicator, isTrivial, kind, type Node } from './ir.ts';
import { type Judge, type Judged, meets, refuse, sequence, yes } from './judge.ts';
import { isAlike, wordingOf } from './messages.ts';
import { forget, remembering } from './remember.ts';
import { isManifold, repeatedIn } from './repeats.ts';
import { Seen } from './seen.ts';

/** Whether the value is valid. Depth is bounded by the stack: bodies are at most 64 deep. */
export function isValid(node: Node, value: unknown): boolean {
  forget();
  return judgedOf(node).judge(value, undefined, undefined);
}

/** What is wrong, at most `max`; empty where nothing is. */
export function faultsOf(node: Node, value: unknown, max: number): Faults {
  forget();
  const faults = new Faults(max, isAlike);
  judgedOf(node).judge(value, undefined, faults);
  return faults;
}

function judgedOf(node: Node): Judged {
  if (node.judged) return node.judged;
  const judged: Judged = { judge: yes };
  node.judged = judged;
  makeLater(judged, node);
  return judged;
}

/** Closures are made at the first value, so that circles end and what no value reaches costs nothing. */
function makeLater(judged: Judged, node: Node): void {
  judged.judge = (value, seen, faults) => {
    if (isManifold(node)) for (const inner of repeatedIn(node)) remember(inner);
    const judge = compile(node);
    judged.judge = node.isRemembered ? remembering(judge) : judge;
    return judged.judge(value, seen, faults);
  };
}

/** Others may hold its judge already; that one remembers from now on too. */
function remember(node: Node): void {
  if (node.isRemembered) return;
  node.isRemembered = true;
  makeLater(judgedOf(node), node);
}

function compile(node: Node): Judge {
  const { refusal, types } = node;
  if (refusal !== undefined) return refuse(() => wordingOf(node, { rule: refusal }));
  if (isTrivial(node)) return yes;
  const wrong = refuse(() => wordingOf(node, { rule: 'type' }));
  const same: Same = { node, values: meets(node, node.values), applied: node.inPlace.map((each) => apply(node, each)) };
  const of = (bit: number, make: () => Judge): Judge => (types & bit ? make() : wrong);
  const text = of(kind.string, () => judgeScalar(same, meets(node, node.strings)));
  if (types === kind.string)
    return text === yes
      ? (value, seen, faults) => typeof value === 'string' || wrong(value, seen, faults)
      : (value, seen, faults) => (typeof value === 'string' ? text(value, seen, faults) : wrong(value, seen, faults));
  const object = of(kind.object, () => judgeObject(same));
  if (types === kind.object)
    return (value, seen, faults) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? object(value, seen, faults)
        : wrong(value, seen, faults);
  const list = of(kind.array, () => judgeList(same));
  if (types === kind.array)
    return (value, seen, faults) => (Array.isArray(value) ? list(value, seen, faults) : wrong(value, seen, faults));
  return byKind({
    string: text,
    number: judgeNumber(same, wrong),
    boolean: of(kind.boolean, () => judgeScalar(same, [])),
    null: of(kind.null, () => judgeScalar(same, [])),
    array: list,
    object,
    wrong,
  });
}

type Kinds = Record<'string' | 'number' | 'boolean' | 'null' | 'array' | 'object' | 'wrong', Judge>;

function byKind({ string, number, boolean, null: nothing, array, object, wrong }: Kinds): Judge {
  return (value, seen, faults) => {
    switch (typeof value) {
      case 'string':
        return string(value, seen, faults);
      case 'number':
        return number(value, seen, faults);
      case 'boolean':
        return boolean(value, seen, faults);
      case 'object':
        if (value === null) return nothing(value, seen, faults);
        return Array.isArray(value) ? array(value, seen, faults) : object(value, seen, faults);
      default:
        return wrong(value, seen, faults);
    }
  };
}

/** What is said of a value whatever its kind: constants, and schemas applied to the same value. */
interface Same {
  node: Node;
  values: readonly Judge[];
  applied: readonly Judge[];
}

function judgeScalar({ values, applied }: Same, own: readonly Judge[]): Judge {
  return sequence([...values, ...own, ...applied], applied.length > 0);
}

function judgeNumber(same: Same, wrong: Judge): Judge {
  const { types, numbers } = same.node;
  if ((types & (kind.number | kind.integer)) === 0) return wrong;
  const number = judgeScalar(same, meets(same.node, numbers));
  if (types & kind.number) return number;
  return (value, seen, faults) => (Number.isInteger(value) ? number(value, seen, faults) : wrong(value, seen, faults));
}

function judgeList({ node, values, applied }: Same): Judge {
  const items = node.items ? [judgeItems(node, node.items, judgedOf)] : [];
  const judge = sequence([...values, ...meets(node, node.lists), ...items, ...applied], applied.length > 0);
  return node.unevaluatedItems ? withLeftOver(node, node.unevaluatedItems, judge) : judge;
}

function judgeObject({ node, values, applied }: Same): Judge {
  const members = node.members ? [judgeMembers(node, node.members, judgedOf)] : [];
  const judge = sequence([...values, ...meets(node, node.objects), ...members, ...applied], applied.length > 0);
  return node.unevaluatedProperties ? withLeftOver(node, node.unevaluatedProperties, judge) : judge;
}

/** What nothing else evaluated is judged last. */
function withLeftOver(node: Node, rest: Node, judge: Judge): Judge {
  const judgeRest = judgeLeftOver(node, rest, judgedOf);
  return (value, seen, faults) => {
    const own = new Seen();
    const start = faults?.count ?? 0;
    const valid = judge(value, own, faults);
    if (!valid && !faults) return false;
    const middle = faults?.count ?? 0;
    const isRestValid = judgeRest(value, own, faults);
    if (!isRestValid && middle > start) faults?.dropRepeated(start, middle);
    seen?.absorb(own);
    return valid && isRestValid;
  };
}

function apply(node: Node, applicator: Applicator): Judge {
  switch (applicator.kind) {
    case 'all': {
      const all = applicator.nodes.map(judgedOf);
      const [first] = all;
      if (first && all.length === 1) return (value, seen, faults) => first.judge(value, seen, faults);
      return sequence(
        all.map((each) => (value, seen, faults) => each.judge(value, seen, faults)),
        true,
      );
    }
    case 'any':
    case 'one':
      return judgeChoice(node, applicator, judgedOf);
    case 'not': {
      const inner = judgedOf(applicator.nodes[0]);
      const no = refuse(() => wordingOf(node, { rule: 'not', keyword: 'not' }));
      return (value, _seen, faults) => !inner.judge(value, undefined, undefined) || no(value, undefined, faults);
    }
    case 'if':
      return decide(applicator.nodes.map(judgedOf) as [Judged, Judged, Judged]);
    default:
      return depend(applicator.name, judgedOf(applicator.nodes[0]));
  }
}

function decide([condition, then, otherwise]: readonly [Judged, Judged, Judged]): Judge {
  return (value, seen, faults) => {
    const tried = seen && new Seen();
    const holds = condition.judge(value, tried, undefined);
    if (holds && tried) seen?.absorb(tried);
    return (holds ? then : otherwise).judge(value, seen, faults);
  };
}

function depend(name: string, inner: Judged): Judge {
  return (value, seen, faults) => {
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return !isObject || memberOf(value, name) === undefined || inner.judge(value, seen, faults);
  };
}
