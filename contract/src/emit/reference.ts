// Reference pages in Markdown, made from the contracts: operations, events, problems.

import type { Contract, Operation } from '../model/contract.ts';

/** `docs/reference/<name>.md` by name. Contracts are printed in the order given. */
export function emitReference(contracts: readonly Contract[]): Record<'operations' | 'events' | 'problems', string> {
  return {
    operations: page('Operations', 'Every operation of the platform, by capability.', contracts, operationsOf),
    events: page(
      'Events',
      'Facts the capabilities tell. Each is a CloudEvent; its data has the shape named.',
      contracts,
      eventsOf,
    ),
    problems: page(
      'Problems',
      'What can go wrong, as `application/problem+json` (RFC 9457) with these codes. The edge adds its own, without prefix.',
      contracts,
      problemsOf,
    ),
  };
}

function page(
  title: string,
  lead: string,
  contracts: readonly Contract[],
  table: (contract: Contract) => string,
): string {
  const parts = contracts.flatMap((contract) => {
    const text = table(contract);
    return text === '' ? [] : [`## ${cell(contract.title)}\n\n${text}`];
  });
  return `<!-- Made from capabilities/*/: npm run generate -->\n# ${title}\n\n${lead}\n\n${parts.join('\n')}`;
}

function operationsOf(contract: Contract): string {
  const rows = contract.operations.map((operation) => [
    `\`${operation.id}\``,
    `\`${operation.method.toUpperCase()} ${contract.basePath}${operation.path}\``,
    operation.policy.audience.join(', '),
    operation.policy.effect ?? '',
    safety(operation),
    operation.summary,
  ]);
  return tableText(['Operation', 'Request', 'Audience', 'Effect', 'Repeating', 'What it does'], rows);
}

/** What repeating the request does, in words. */
function safety(operation: Operation): string {
  const { effect, idempotency } = operation.policy;
  if (effect === 'read') return 'safe';
  if (idempotency.mode === 'none') return 'acts again';
  const key = idempotency.mode === 'required' ? 'key needed' : 'safe with a key';
  return `${key}, kept ${hours(idempotency.retainS)}`;
}

function hours(seconds: number): string {
  return seconds % 86_400 === 0 && seconds > 86_400 ? `${seconds / 86_400} d` : `${Math.round(seconds / 3600)} h`;
}

function eventsOf(contract: Contract): string {
  const rows = contract.events.map((event) => [
    `\`${event.type}\``,
    event.when,
    shapeOf(event.data),
    contract.operations
      .filter((operation) => operation.policy.emits.some((emitted) => emitted.event === event.type))
      .map((operation) => `\`${operation.id}\``)
      .join(', '),
  ]);
  return tableText(['Event', 'When', 'Data', 'By'], rows);
}

function shapeOf(schema: unknown): string {
  if (typeof schema !== 'object' || schema === null) return 'any';
  if ('$ref' in schema) return `\`${String(schema.$ref).split('/').at(-1) ?? ''}\``;
  const properties =
    'properties' in schema && typeof schema.properties === 'object' && schema.properties ? schema.properties : {};
  return Object.keys(properties)
    .map((name) => `\`${name}\``)
    .join(', ');
}

function problemsOf(contract: Contract): string {
  const rows = contract.problems.map((problem) => [
    `\`${problem.code}\``,
    String(problem.status),
    problem.title,
    problem.advice,
    problem.next.map((id) => `\`${id}\``).join(', '),
    problem.retryable ? 'yes' : 'no',
  ]);
  return tableText(['Code', 'Status', 'What happened', 'What to do', 'Next', 'Worth repeating'], rows);
}

function tableText(head: readonly string[], rows: readonly string[][]): string {
  if (rows.length === 0) return '';
  const lines = [head, head.map(() => '---'), ...rows.map((row) => row.map(cell))];
  return `${lines.map((line) => `| ${line.join(' | ')} |`).join('\n')}\n`;
}

/** Text that can neither end the cell nor become markup of the page. */
function cell(text: string): string {
  return text
    .replaceAll(/\s+/g, ' ')
    .replaceAll('|', String.raw`\|`)
    .replaceAll('<', '&lt;')
    .trim();
}
