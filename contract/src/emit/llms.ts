// A contract for language models: an index (llms.txt), everything in one file (llms-full.txt), one page an operation.

import { createGenerator, type Generator } from '../generate/instance.ts';
import { isObject } from '../load/pointer.ts';
import type { Contract, JsonValue, Operation, Schema } from '../model/contract.ts';
import { components, type Components, declarationOf } from './components.ts';
import { answerType, inputType, successes } from './operation-type.ts';
import { policyWords } from './policy-words.ts';
import { sampleOf } from './samples.ts';

/** Types printed on one page; what lies deeper is named only. */
const mostTypes = 30;

/** Files by path: `llms.txt`, `llms-full.txt`, `operations/<id>.md`. `now` dates the samples. */
export function emitLlms(contract: Contract, options: { now: Temporal.Instant }): Record<string, string> {
  const generator = createGenerator({ document: contract.document, seed: 1, now: options.now });
  const types = components(contract);
  const pages = contract.operations.map((operation) => ({
    operation,
    path: `operations/${operation.id.replaceAll(/[^A-Za-z0-9._-]/g, '_')}.md`,
    text: page(contract, operation, { generator, types }),
  }));
  const files: Record<string, string> = { 'llms.txt': index(contract, pages) };
  files['llms-full.txt'] = `${heading(contract)}\n${pages.map(({ text }) => text).join('\n')}`;
  for (const { path, text } of pages) files[path] = text;
  return files;
}

function heading({ title, version, document }: Contract): string {
  const info = document['info'];
  const words = isObject(info) && typeof info['description'] === 'string' ? firstParagraph(info['description']) : '';
  return `# ${oneLine(title)} ${oneLine(version)}\n${words === '' ? '' : `\n> ${words}\n`}`;
}

function index(contract: Contract, pages: readonly { operation: Operation; path: string }[]): string {
  const byTag = new Map<string, string[]>();
  for (const { operation, path } of pages) {
    const tag = operation.tags[0] ?? 'Operations';
    const line = `- [${oneLine(operation.id)}](${path}): ${oneLine(operation.summary)}`;
    byTag.set(tag, [...(byTag.get(tag) ?? []), line]);
  }
  const sections = [...byTag].map(([tag, lines]) => `## ${oneLine(tag)}\n\n${lines.join('\n')}\n`);
  return `${heading(contract)}\n${sections.join('\n')}\n## Optional\n\n- [Everything in one file](llms-full.txt)\n`;
}

interface Tools {
  generator: Generator;
  types: Components;
}

function page(contract: Contract, operation: Operation, { generator, types }: Tools): string {
  const { scope } = types;
  const method = operation.method.toUpperCase();
  const answers = successes(operation).map(
    ({ status, response }) => `type Answer${status} = ${answerType(response, scope, '')};`,
  );
  const shapes = [
    `type Input = ${inputType(operation, scope, '')};`,
    ...answers,
    ...needed(contract, operation, types),
  ];
  const problems = problemLines(contract, operation);
  return [
    `# ${oneLine(operation.id)}\n`,
    `${oneLine(operation.summary)}\n`,
    `\`${method} ${contract.basePath}${operation.path}\`\n`,
    ...(operation.description === '' ? [] : [`${operation.description.trim()}\n`]),
    `${policyWords(contract, operation)
      .map((words) => `- ${words}`)
      .join('\n')}\n`,
    `## Input and answer\n\n${fenced('ts', shapes.join('\n'))}`,
    `## Example\n\n${fenced('sh', sampleOf(contract, operation, generator).curl)}`,
    ...(problems.length === 0 ? [] : [`## Problems\n\n${problems.join('\n')}\n`]),
  ].join('\n');
}

/** Declarations of the components an operation mentions, nearest first. */
function needed(contract: Contract, operation: Operation, { scope }: Components): string[] {
  const roots: (Schema | undefined)[] = [
    ...operation.params.map(({ schema }) => schema),
    ...(operation.body?.media ?? []).map(({ schema }) => schema),
    ...successes(operation).flatMap(({ response }) => response.media.map(({ schema }) => schema)),
  ];
  const names = new Set<string>();
  let queue: JsonValue[] = roots.filter((schema) => schema !== undefined);
  while (queue.length > 0) {
    const next: JsonValue[] = [];
    for (const node of queue) {
      for (const name of mentions(node)) {
        if (names.has(name)) continue;
        names.add(name);
        const schema = contract.schemas.get(name);
        if (schema !== undefined) next.push(schema);
      }
    }
    queue = next;
  }
  const shown = [...names].slice(0, mostTypes);
  const rest = names.size - shown.length;
  const declared = shown.flatMap((name) => declarationOf(name, contract, scope));
  return rest > 0 ? [...declared, `// and ${rest} types that these mention`] : declared;
}

function mentions(root: JsonValue): string[] {
  const found: string[] = [];
  const queue: JsonValue[] = [root];
  for (let node = queue.pop(); node !== undefined; node = queue.pop()) {
    if (typeof node !== 'object' || node === null) continue;
    if (isObject(node) && typeof node['$ref'] === 'string') {
      const name = /^#\/components\/schemas\/([^/]+)$/.exec(node['$ref'])?.[1];
      if (name !== undefined) found.push(decodeURIComponent(name).replaceAll('~1', '/').replaceAll('~0', '~'));
    }
    queue.push(...Object.values(node).toReversed());
  }
  return found;
}

function problemLines(contract: Contract, operation: Operation): string[] {
  const named = contract.problems.filter(({ code }) => operation.policy.problems.includes(code));
  if (named.length > 0)
    return named.map(({ code, status, title, advice }) =>
      `- \`${code}\` (${status}): ${oneLine(title)} ${oneLine(advice)}`.trim(),
    );
  return operation.responses.flatMap(({ status, description }) =>
    typeof status === 'number' && status >= 400 ? [`- ${status}: ${oneLine(firstParagraph(description))}`] : [],
  );
}

/** A code block whose fence is longer than any inside. */
function fenced(language: string, text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}\n`;
}

function firstParagraph(text: string): string {
  return oneLine(text.trim().split(/\n\s*\n/)[0] ?? '');
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
