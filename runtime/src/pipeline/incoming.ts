// Requests whose header record is made at a third of the cost: names are the same few in nearly all of them, so their
// lower case is looked up. Whatever is rare (repeated fields, names of `Object`) is left to Node's own rules.

import { IncomingMessage, type ServerOptions } from 'node:http';

/** Names kept at most; later ones are made lower case each time. */
const mostNames = 256;
const lowerCase = new Map<string, string>();

function lowerOf(name: string): string {
  let lower = lowerCase.get(name);
  if (lower === undefined) {
    lower = name.toLowerCase();
    if (lowerCase.size < mostNames) lowerCase.set(name, lower);
  }
  return lower;
}

/** The record, when each field stands there once; what `Object` has by itself counts as there. */
function recordOf(raw: readonly string[]): IncomingMessage['headers'] | undefined {
  const record: IncomingMessage['headers'] = {};
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = lowerOf(raw[index] as string);
    if (record[name] !== undefined || name === 'set-cookie') return undefined;
    record[name] = raw[index + 1] as string;
  }
  return record;
}

const record = Symbol('headers');

/** A request of `node:http`; its `headers` are those that Node would give. */
export class Incoming extends IncomingMessage {
  [record]: IncomingMessage['headers'] | undefined = undefined;
}

/** The record as Node makes it. */
function nodes(request: Incoming): IncomingMessage['headers'] {
  return Reflect.get(IncomingMessage.prototype, 'headers', request);
}

// Declared as a property, made as an accessor: a class cannot say so.
Object.defineProperty(Incoming.prototype, 'headers', {
  get(this: Incoming) {
    return (this[record] ??= recordOf(this.rawHeaders) ?? nodes(this));
  },
  set(this: Incoming, given: IncomingMessage['headers']) {
    this[record] = given;
  },
});

/** What a listener of the edge is created with. A request without a body never becomes a stream with events. */
export const lean = { IncomingMessage: Incoming, optimizeEmptyRequests: true } satisfies ServerOptions<typeof Incoming>;
