// A proposal as an Overlay 1.1 document in YAML: one action a place, one line a key, doubtful keys commented out.

import type { JsonValue } from '../model/contract.ts';
import { type ProposedAction, type ProposedKey, type Proposal, writtenFrom } from './proposal.ts';

/**
 * Text of the Overlay; undefined where nothing is sure enough, since an Overlay needs an action. `extends`: the contract as
 * a URI reference from where the Overlay will stand.
 */
export function overlayText(proposal: Proposal, { extends: target }: { extends?: string }): string | undefined {
  const places = [...Map.groupBy(proposal.actions, ({ pointer }) => targetOf(pointer))];
  const [on, off] = [true, false].map((wanted) =>
    places
      .filter(([, actions]) => actions.some(({ keys }) => keys.some(isWritten)) === wanted)
      .map(([place, actions]) => actionText(place, actions, wanted)),
  ) as [string[], string[]];
  if (on.length === 0) return undefined;
  return `# Proposed by \`plinth import\`: what ${line(proposal.title)} leaves unsaid, guessed from names and shapes.
# Behind each key: how sure it is, from 0 to 1, and why. Read it, correct it, then use it. What is less sure than
# ${writtenFrom} is commented out. With \`capability\` the contract counts as one of yours: what it then leaves unsaid is refused.
overlay: 1.1.0
info: { title: ${flow(`x-plinth for ${proposal.title}`)}, version: ${flow(proposal.version)} }
${target === undefined ? '' : `extends: ${flow(target)}\n`}actions:
${[...on, ...off].join('')}`;
}

function isWritten({ confidence }: ProposedKey): boolean {
  return confidence >= writtenFrom;
}

/** Properties of one schema are updated together. */
function targetOf(pointer: string): string {
  return /^(.*\/properties)\/[^/]+$/.exec(pointer)?.[1] ?? pointer;
}

/** One action; as a whole it is a comment where nothing in it is sure enough. */
function actionText(place: string, actions: readonly ProposedAction[], isOn: boolean): string {
  const row = (indent: string, { key, confidence, because }: ProposedKey, value: string): string =>
    `${indent}${isOn && confidence < writtenFrom ? '# ' : ''}${key}: ${value} # ${confidence.toFixed(2)}, ${line(because)}`;
  const rows = actions.flatMap(({ pointer, name, keys }) =>
    pointer === place
      ? ['      x-plinth:', ...inOrder(keys).map((key) => row('        ', key, flow(key.value)))]
      : keys.map((key) =>
          row('      ', { ...key, key: flow(name) }, `{ x-plinth: ${flow({ [key.key]: key.value })} }`),
        ),
  );
  const [only] = actions;
  const label = only === undefined || only.pointer !== place || only.name === '' ? '' : ` # ${line(only.name)}`;
  return [`  - target: ${block(jsonPath(place))}${label}`, '    update:', ...rows]
    .map((each) => `${isOn ? each : `  # ${each.slice(2)}`}\n`)
    .join('');
}

function inOrder(keys: readonly ProposedKey[]): ProposedKey[] {
  return keys.toSorted((a, b) => Number(isWritten(b)) - Number(isWritten(a)));
}

/** JSON Pointer → RFC 9535 query for that one place. */
export function jsonPath(pointer: string): string {
  const segments = pointer.split('/').slice(1);
  return `$${segments
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((name) => (/^[A-Za-z_]\w*$/.test(name) ? `.${name}` : `['${escape(name)}']`))
    .join('')}`;
}

/** Inside single quotes: backslash, quote and control characters are escaped. */
function escape(name: string): string {
  return JSON.stringify(name)
    .slice(1, -1)
    .replaceAll(String.raw`\"`, '"')
    .replaceAll("'", String.raw`\'`);
}

/** YAML in flow style: JSON whose plain words need no quotes. */
function flow(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (typeof value === 'string') return isPlain(value) ? value : quoted(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{ ${Object.entries(value)
    .map(([key, member]) => `${flow(key)}: ${flow(member)}`)
    .join(', ')} }`;
}

/** Words no reader can take for something else. */
function isPlain(value: string): boolean {
  return (
    /^(\.{0,2}\/|[A-Za-z_])[\w./-]*( [\w./-]+)*$/.test(value) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(value)
  );
}

/** A JSONPath on a line of its own: it begins with `$`, so brackets in it are text. */
function block(path: string): string {
  return /^\$[\x21-\x7e]*$/.test(path) && !path.endsWith(':') ? path : quoted(path);
}

function quoted(value: string): string {
  return JSON.stringify(value).replaceAll(
    /[\u0085\u2028\u2029\ufeff]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** For a comment: everything on one line. */
function line(value: string): string {
  return value.replaceAll(/[\s\u0085\u2028\u2029]+/gu, ' ').trim();
}
