// Facts, webhooks and callbacks of a contract as an AsyncAPI 3.1.0 document: what the service sends, and in which shape.

import type { Contract, JsonObject, JsonValue, Operation, Schema } from '../model/contract.ts';
import { standAlone } from './stand-alone.ts';

/** One thing that is sent. */
interface Sent {
  /** Key of channel, message and operation: A–Z a–z 0–9 . _ -. */
  name: string;
  title: string;
  summary: string;
  contentType: string;
  schema: Schema;
  address: string | null;
  description: string;
  /** HTTP method of a webhook or callback. */
  method?: string;
  /** True when the payload stands in a CloudEvents envelope. */
  isFact: boolean;
}

/** An AsyncAPI 3.1.0 document; `operations` is empty when the contract tells nothing. References are local. */
export function emitAsyncApi(contract: Contract): JsonObject {
  const all = distinct([
    ...facts(contract),
    ...contract.webhooks.map((operation) => request(operation, 'webhook')),
    ...contract.operations.flatMap(({ callbacks }) => callbacks.map((operation) => request(operation, 'callback'))),
  ]);
  const roots = all.map(({ schema }) => schema);
  const { schemas, definitions } = standAlone(contract, roots, { prefix: '#/components/schemas/' });
  const names = all.map(({ name }) => name);
  const each = (make: (sent: Sent, index: number) => JsonValue): JsonObject =>
    Object.fromEntries(all.map((sent, index) => [names[index] ?? '', make(sent, index)]));
  return {
    asyncapi: '3.1.0',
    id: `urn:plinth:${contract.id}`,
    info: { title: contract.title, version: contract.version },
    defaultContentType: 'application/json',
    channels: each(({ name, address, title, description }) => ({
      address,
      title,
      ...(description === '' ? {} : { description }),
      messages: { [name]: { $ref: `#/components/messages/${name}` } },
    })),
    operations: each(({ name, title, summary, method }) => ({
      action: 'send',
      channel: { $ref: `#/channels/${name}` },
      title,
      ...(summary === '' ? {} : { summary }),
      ...(method === undefined ? {} : { bindings: { http: { method, bindingVersion: '0.3.0' } } }),
      messages: [{ $ref: `#/channels/${name}/messages/${name}` }],
    })),
    components: {
      messages: each(({ name, title, summary, contentType, isFact }, index) => ({
        name,
        title,
        ...(summary === '' ? {} : { summary }),
        contentType,
        payload: isFact ? enveloped(title, schemas[index] ?? {}) : (schemas[index] ?? {}),
      })),
      schemas: all.some(({ isFact }) => isFact) ? { [envelopeName]: envelope, ...definitions } : definitions,
    },
  };
}

/** No component of a contract is likely to bear it; a contract's own `CloudEvent` keeps its name. */
const envelopeName = 'CloudEvents-1.0';

/** CloudEvents 1.0.2, required and optional context attributes, structured mode (JSON event format). */
const envelope: JsonObject = {
  type: 'object',
  description: 'CloudEvents 1.0: what every fact looks like from outside.',
  required: ['specversion', 'id', 'source', 'type'],
  properties: {
    specversion: { const: '1.0' },
    id: { type: 'string', minLength: 1, description: 'The same fact always has the same id.' },
    source: { type: 'string', format: 'uri-reference', minLength: 1 },
    type: { type: 'string', minLength: 1 },
    subject: { type: 'string', minLength: 1, description: 'Id of the thing the fact is about.' },
    time: { type: 'string', format: 'date-time' },
    datacontenttype: { const: 'application/json' },
  },
};

function enveloped(type: string, data: JsonObject): JsonObject {
  return {
    allOf: [{ $ref: `#/components/schemas/${envelopeName}` }],
    type: 'object',
    required: ['data'],
    properties: { type: { const: type }, data },
  };
}

/** Declared facts, then those that operations tell without anybody having declared them. */
function facts(contract: Contract): Sent[] {
  const tellers = new Map<string, string[]>();
  for (const operation of contract.operations) {
    for (const { event } of operation.policy.emits) {
      const known = tellers.get(event);
      if (known) known.push(operation.id);
      else tellers.set(event, [operation.id]);
    }
  }
  const declared = new Set(contract.events.map(({ type }) => type));
  const undeclared = [...tellers.keys()].filter((type) => !declared.has(type));
  return [...contract.events, ...undeclared.map((type) => ({ type, when: '', data: true as Schema }))].map((event) => {
    const by = tellers.get(event.type) ?? [];
    return {
      name: safeName(event.type),
      title: event.type,
      summary: event.when,
      contentType: 'application/cloudevents+json',
      schema: event.data,
      address: event.type,
      description: by.length === 0 ? '' : `Told by ${by.join(', ')}.`,
      isFact: true,
    };
  });
}

function request(operation: Operation, kind: 'webhook' | 'callback'): Sent {
  const media = operation.body?.media.find(({ type }) => type.includes('json')) ?? operation.body?.media[0];
  return {
    name: safeName(operation.id),
    title: operation.summary || operation.id,
    summary: operation.description,
    contentType: media?.type ?? 'application/json',
    schema: media?.schema ?? true,
    // The receiver says where: at registration, or in the request that began it.
    address: null,
    description:
      kind === 'webhook'
        ? 'Sent to the address the receiver registered.'
        : `Sent to ${operation.path || 'the address of the request'}.`,
    method: operation.method.toUpperCase(),
    isFact: false,
  };
}

function safeName(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9._-]/g, '_');
}

/** Callbacks of several operations may share a name; the first keeps it. */
function distinct(all: readonly Sent[]): Sent[] {
  const taken = new Set<string>();
  return all.map((sent) => {
    let { name } = sent;
    for (let count = 2; taken.has(name); count++) name = `${sent.name}-${count}`;
    taken.add(name);
    return { ...sent, name };
  });
}
