// One call of an operation with believable values, as curl and as TypeScript. Both work on paste.

import { encodeParams } from '../codec/params.ts';
import type { Generator } from '../generate/instance.ts';
import { isObject } from '../load/pointer.ts';
import type { Contract, JsonValue, Operation } from '../model/contract.ts';
import { keyModeOf } from './descriptor.ts';
import { camel, keyText, pascal } from './names.ts';

export interface Sample {
  input: Record<string, JsonValue>;
  curl: string;
  typescript: string;
}

/** Web addresses the contract names as servers, without a path: `https://api.example.com`. In its order, each once. */
export function originsOf({ servers }: Contract): string[] {
  const origins = servers.flatMap(({ url }) => {
    if (!URL.canParse(url)) return [];
    const { protocol, origin } = new URL(url);
    return protocol === 'https:' || protocol === 'http:' ? [origin] : [];
  });
  return [...new Set(origins)];
}

/** Where calls go: the contract's first absolute server, else a placeholder. No slash at its end. */
export function originOf(contract: Contract): string {
  return originsOf(contract)[0] ?? 'https://api.example';
}

/** The contract's own examples where it has some, else generated ones. */
export function sampleOf(contract: Contract, operation: Operation, generator: Generator): Sample {
  const input: Record<string, JsonValue> = {};
  for (const param of operation.params) {
    if (!param.required || isKey(param)) continue;
    input[param.name] = generator.instance(param.schema, { name: param.name, direction: 'request' }).value;
  }
  const media = operation.body?.media.find(({ type }) => type.includes('json')) ?? operation.body?.media[0];
  if (media && (media.examples.length > 0 || media.schema !== undefined)) {
    const [example] = media.examples;
    input['body'] = example
      ? example.value
      : generator.instance(media.schema ?? true, { name: operation.id, direction: 'request' }).value;
  }
  return {
    input,
    curl: curl(contract, operation, input, media?.type),
    typescript: typescript(contract, operation, input),
  };
}

function isKey(param: { in: string; name: string }): boolean {
  return param.in === 'header' && param.name.toLowerCase() === 'idempotency-key';
}

function curl(contract: Contract, operation: Operation, input: Record<string, JsonValue>, media = ''): string {
  const { path, query, headers } = encodeParams(operation, input);
  const method = operation.method.toUpperCase();
  const lines = [
    `curl ${method === 'GET' ? '' : `-X ${method} `}${shell(`${originOf(contract)}${contract.basePath}${path}${query}`)}`,
    ...(operation.security?.length === 0 ? [] : [`-H "Authorization: Bearer $TOKEN"`]),
    ...(keyModeOf(contract, operation) === 'none' ? [] : [`-H "Idempotency-Key: $(uuidgen)"`]),
    ...Object.entries(headers).map(([name, value]) => `-H ${shell(`${name}: ${value}`)}`),
    ...bodyLines(input['body'], media),
  ];
  return lines.join(' \\\n  ');
}

function bodyLines(body: JsonValue | undefined, media: string): string[] {
  if (body === undefined) return [];
  if (media.startsWith('multipart/') && isObject(body)) {
    return Object.entries(body).map(([name, value]) => `-F ${shell(`${name}=${textOf(value)}`)}`);
  }
  if (!media.includes('json')) return [`-H ${shell(`Content-Type: ${media}`)}`, `--data-binary @body`];
  return [`-H ${shell(`Content-Type: ${media}`)}`, `-d ${shell(JSON.stringify(body, undefined, 2))}`];
}

function textOf(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** One word of a POSIX shell. */
export function shell(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

function typescript(contract: Contract, operation: Operation, input: Record<string, JsonValue>): string {
  const factory = `create${pascal(contract.id)}`;
  const from = contract.foreign ? `./${contract.id}.ts` : `@plinth/client/${contract.id}`;
  const runtime = contract.foreign ? './runtime/index.ts' : '@plinth/client';
  const name = camel(contract.id);
  const member = keyText(operation.id);
  const call = member === operation.id ? `${name}.${member}` : `${name}[${member}]`;
  return [
    `import { createClient } from '${runtime}';`,
    `import { ${factory} } from '${from}';`,
    '',
    `const ${name} = ${factory}(createClient({ baseUrl: '${originOf(contract)}', auth: () => token }));`,
    `const answer = await ${call}(${Object.keys(input).length === 0 ? '' : source(input, '')});`,
  ].join('\n');
}

/** A value as TypeScript source; keys bare where they can be. */
function source(value: JsonValue, indent: string): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const inner = `${indent}  `;
  const rows = Array.isArray(value)
    ? value.map((item) => source(item, inner))
    : Object.entries(value).map(([key, item]) => `${keyText(key)}: ${source(item, inner)}`);
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  return rows.length === 0
    ? open + close
    : `${open}\n${rows.map((row) => `${inner}${row},`).join('\n')}\n${indent}${close}`;
}
