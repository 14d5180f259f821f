// The same call in three languages. Each works on paste.

import type { ContractOperation } from '@plinth/channels-ui';

export interface SampleParts {
  operation: ContractOperation;
  /** `https://api.example`, without a slash at its end. */
  base: string;
  /** The reader's key; a placeholder when they have none. */
  apiKey: string;
  /** Values of path and query parameters by name. */
  params: Readonly<Record<string, unknown>>;
  body: unknown;
}

export const languages = ['curl', 'TypeScript', 'Python'] as const;
export type Language = (typeof languages)[number];

export function sampleIn(language: Language, parts: SampleParts): string {
  switch (language) {
    case 'curl':
      return curl(parts);
    case 'TypeScript':
      return typescript(parts);
    default:
      return python(parts);
  }
}

/** Path and query of the call, encoded. */
export function targetOf({ operation, params }: Pick<SampleParts, 'operation' | 'params'>): string {
  const path = operation.descriptor.path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(textOf(params[name])),
  );
  const query = operation.params
    .filter((param) => param.in === 'query' && params[param.name] !== undefined && params[param.name] !== '')
    .map((param) => `${encodeURIComponent(param.name)}=${encodeURIComponent(textOf(params[param.name]))}`);
  return query.length === 0 ? path : `${path}?${query.join('&')}`;
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

function needsKey({ descriptor }: ContractOperation): boolean {
  return descriptor.effect !== 'read' && descriptor.idempotency !== 'none';
}

function curl(parts: SampleParts): string {
  const { operation, base, apiKey, body } = parts;
  const { method } = operation.descriptor;
  const lines = [
    `curl ${method === 'GET' ? '' : `-X ${method} `}'${base}${targetOf(parts)}'`,
    `-H 'Authorization: Bearer ${apiKey}'`,
    ...(needsKey(operation) ? [`-H "Idempotency-Key: $(uuidgen)"`] : []),
    ...(body === undefined
      ? []
      : [
          `-H 'Content-Type: application/json'`,
          `-d '${JSON.stringify(body, undefined, 2).replaceAll("'", String.raw`'\''`)}'`,
        ]),
  ];
  return lines.join(' \\\n  ');
}

function typescript({ operation, base, apiKey, params, body }: SampleParts): string {
  const { capability, descriptor } = operation;
  const factory = `create${capability.charAt(0).toUpperCase()}${capability.slice(1)}`;
  const given = Object.fromEntries(Object.entries(params).filter(([, value]) => value !== undefined && value !== ''));
  const input = { ...given, ...(body === undefined ? {} : { body }) };
  const argument =
    Object.keys(input).length === 0 ? '' : JSON.stringify(input, undefined, 2).replaceAll(/"(\w+)":/g, '$1:');
  return [
    `import { createClient } from '@plinth/client';`,
    `import { ${factory} } from '@plinth/client/${capability}';`,
    '',
    `const client = createClient({ baseUrl: '${base}', auth: () => '${apiKey}' });`,
    `const answer = await ${factory}(client).${descriptor.id}(${argument});`,
  ].join('\n');
}

function python(parts: SampleParts): string {
  const { operation, base, apiKey, body } = parts;
  const { method } = operation.descriptor;
  return [
    ...(needsKey(operation) ? ['import uuid'] : []),
    'import requests',
    '',
    'answer = requests.request(',
    `    "${method}",`,
    `    "${base}${targetOf(parts)}",`,
    '    headers={',
    `        "Authorization": "Bearer ${apiKey}",`,
    ...(needsKey(operation) ? ['        "Idempotency-Key": str(uuid.uuid4()),'] : []),
    '    },',
    ...(body === undefined ? [] : [`    json=${pythonOf(body, 1)},`]),
    ')',
    'print(answer.status_code, answer.json())',
  ].join('\n');
}

/** JSON as a Python literal. */
function pythonOf(value: unknown, depth: number): string {
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value !== 'object') return JSON.stringify(value);
  const pad = '    '.repeat(depth + 1);
  const end = '    '.repeat(depth);
  const [open, close, rows] = Array.isArray(value)
    ? ['[', ']', value.map((item) => pythonOf(item, depth + 1))]
    : ['{', '}', Object.entries(value).map(([name, item]) => `${JSON.stringify(name)}: ${pythonOf(item, depth + 1)}`)];
  return rows.length === 0 ? open + close : `${open}\n${rows.map((row) => `${pad}${row},`).join('\n')}\n${end}${close}`;
}
