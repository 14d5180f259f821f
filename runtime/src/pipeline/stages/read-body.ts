// Stage `readBody`: bytes are only read for a caller who may act, only of a declared media type, and never more than
// the limit; only signals may be packed (unpack.ts). JSON is decoded fatally and scanned for depth, size and poison before it is parsed.

import { isUtf8 } from 'node:buffer';
import { parseJson } from '@plinth/contract/serving';
import { later, proceed, type Answer, type Exchange, type Step } from '../exchange.ts';
import { refuse, type CompiledOperation } from '../operation.ts';
import type { EdgeParts } from '../stages.ts';
import type { Transport } from '../transport.ts';
import { compileReadForm } from './read-form.ts';
import { isGzip, takesPacked, unpack } from './unpack.ts';

/** Bytes of a body, unless the operation allows fewer. */
export const mostBodyBytes = 1_048_576;

/** undefined when the operation has no body: bytes sent to it are not read, and the connection ends. */
export function compileReadBody(operation: CompiledOperation, parts: EdgeParts): Step | undefined {
  const { shapes } = operation;
  if (shapes.body === undefined) return undefined;
  const { accepted, required } = shapes.body;
  const readForm = compileReadForm(operation, parts);
  const mostBytes = Math.min(mostBodyBytes, operation.operation.policy.size?.bodyBytes ?? mostBodyBytes);
  const mayBePacked = takesPacked(operation);
  const encodings = ['Accept-Encoding', mayBePacked ? 'gzip' : 'identity'];
  const plainType = accepted.find((type) => type.endsWith('json')) ?? accepted[0];
  const take = (x: Exchange, bytes: Buffer | undefined, fault: string | undefined): Answer | undefined => {
    if (fault === 'too-large') {
      x.transport?.endConnection();
      return refuse(x, 'body-too-large', { values: { bytes: mostBytes } });
    }
    if (bytes === undefined) {
      x.transport?.endConnection();
      return refuse(x, 'request-too-slow');
    }
    x.body = bytes;
    if (bytes.length > 0) return undefined;
    return required
      ? refuse(x, 'invalid-body', { status: invalidBodyStatus(operation), errors: [missing] })
      : undefined;
  };
  return (x) => {
    const transport = x.transport as Transport;
    if (!transport.hasBody) return take(x, emptyBody, undefined);
    const encoding = transport.header('content-encoding');
    const isPacked = encoding !== undefined && encoding !== 'identity';
    if (isPacked && !(mayBePacked && isGzip(encoding)))
      return refuse(x, 'unsupported-encoding', { headers: encodings });
    const type = transport.header('content-type');
    if (type !== plainType && !isAccepted(type, accepted)) {
      return refuse(x, 'unsupported-media-type', {
        values: { type: type === undefined ? '(none)' : `“${type.slice(0, 80)}”`, accepted },
        headers: ['Accept', accepted.join(', ')],
      });
    }
    if (readForm !== undefined && type?.toLowerCase().startsWith('multipart/form-data') === true) return readForm(x);
    transport.readBody(mostBytes, (bytes, fault) => {
      if (!isPacked || bytes === undefined) return proceed(x, take(x, bytes, fault));
      unpack(x, bytes, mostBytes, (unpacked, refused) => proceed(x, refused ?? take(x, unpacked, undefined)));
    });
    return later;
  };
}

/** Decodes and parses. The second half of reading, before validation. */
export function parseJsonBody(x: Exchange): { value: unknown } | { refused: Answer } {
  const bytes = x.body as Buffer;
  if (!isUtf8(bytes)) return { refused: refuse(x, 'malformed-json', { values: { reason: 'it is not UTF-8' } }) };
  // The bytes were checked, so the direct slice is safe; it is faster than toString.
  const parsed = parseJson(bytes, (bytes as SliceableBuffer).utf8Slice(0, bytes.length));
  return 'value' in parsed ? parsed : { refused: refuse(x, parsed.rule, { values: { reason: parsed.reason } }) };
}

/** 422 if the operation documents 422 and not 400, else 400. */
export function invalidBodyStatus(operation: CompiledOperation): number {
  const statuses = new Set(operation.operation.responses.map((response) => response.status));
  return statuses.has(422) && !statuses.has(400) ? 422 : 400;
}

type SliceableBuffer = Buffer & { utf8Slice(start: number, end: number): string };

const emptyBody = Buffer.alloc(0);
const missing = { in: 'body', pointer: '', rule: 'required', message: 'A body is needed.' };

/** The media type without parameters is declared, or matches a declared range. `charset` may only be UTF-8. */
function isAccepted(field: string | undefined, accepted: readonly string[]): boolean {
  if (field === undefined) return false;
  const [name = '', ...params] = field.split(';');
  const type = name.trim().toLowerCase();
  const charset = params.map((part) => part.trim().toLowerCase()).find((part) => part.startsWith('charset='));
  if (charset !== undefined && !/^charset="?utf-?8"?$/.test(charset)) return false;
  return accepted.some((each) => {
    const wanted = (each.split(';')[0] as string).trim().toLowerCase();
    return wanted === type || wanted === '*/*' || (wanted.endsWith('/*') && type.startsWith(wanted.slice(0, -1)));
  });
}
