// A chain of requests as lines for a POSIX shell, to be pasted. Values that an earlier answer gave are taken from the
// answer again; what proves a principal stands in a variable and is not printed.

import { shell } from '../emit/samples.ts';
import type { FailureStep } from './failure.ts';

/** Commands that repeat the steps against `baseUrl`; the last one prints headers and body. Needs `jq` when values are passed on. */
export function curlOf(steps: readonly FailureStep[], baseUrl: string): string[] {
  const known: { name: string; text: string }[] = [];
  return steps.map((step, index) => {
    const line = lineOf(step, baseUrl, { known, isLast: index === steps.length - 1 });
    const used = step.captures.filter(({ text }) => steps.slice(index + 1).some((later) => repeats(later, text)));
    known.push(...used);
    const [first] = used;
    if (!first) return line;
    if (used.length === 1) return `${first.name}=$(${line} | jq -r '${pathOf(first.pointer)}')`;
    const rest = used.map(({ name, pointer }) => `${name}=$(printf %s "$answer" | jq -r '${pathOf(pointer)}')`);
    return [`answer=$(${line})`, ...rest].join('; ');
  });
}

/** Shorter texts stand in requests by chance. */
const leastLetters = 3;

function repeats({ request }: FailureStep, text: string): boolean {
  if (text.length < leastLetters) return false;
  const body = typeof request.body === 'string' ? request.body : '';
  return [request.target, body, ...Object.values(request.headers)].some(
    (part) => part.includes(text) || part.includes(encodeURIComponent(text)),
  );
}

function lineOf(
  { request, principal }: FailureStep,
  baseUrl: string,
  { known, isLast }: { known: readonly { name: string; text: string }[]; isLast: boolean },
): string {
  const word = (text: string): string =>
    known.reduce((line, { name, text: value }) => replaced(line, value, name), shell(text));
  const parts = [`curl ${isLast ? '-i' : '-s'} -X ${request.method} ${word(`${baseUrl}${request.target}`)}`];
  for (const [name, value] of Object.entries(request.headers)) {
    const isProof = principal?.headers[name] === value;
    parts.push(isProof ? `-H "${name}: $${variableOf(principal.name, name)}"` : `-H ${word(`${name}: ${value}`)}`);
  }
  if (typeof request.body === 'string') parts.push(`--data-raw ${word(request.body)}`);
  else if (request.body) parts.push('--data-binary @body');
  return parts.join(' ');
}

function replaced(line: string, value: string, name: string): string {
  if (value.length < leastLetters) return line;
  const by = `'"$${name}"'`;
  return line.replaceAll(value, by).replaceAll(encodeURIComponent(value), by);
}

/** `ADA_AUTHORIZATION`. */
function variableOf(principal: string, header: string): string {
  return `${principal}_${header}`.toUpperCase().replaceAll(/[^A-Z0-9]+/g, '_');
}

/** `/items/0/id` → `.["items"][0]["id"]`. */
function pathOf(pointer: string): string {
  const parts = pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  return `.${parts.map((part) => (/^\d+$/.test(part) ? `[${part}]` : `[${JSON.stringify(part)}]`)).join('')}`;
}
