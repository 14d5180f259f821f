// Names for what becomes a component.

import type { JsonObject } from '../model/contract.ts';
import { isObject, segmentsOf, textOf, valueAt } from './pointer.ts';
import { derivedId } from './read.ts';

/** Steps of a pointer that say nothing about what stands there. */
const silent = new Set(['content', 'schema', 'properties', 'headers', 'callbacks']);

/** The last key of a pointer into components or a file; inside an operation, whose it is and what. */
export function componentName(pointer: string, file: string, document: JsonObject): string {
  const segments = segmentsOf(pointer);
  const name =
    segments[0] === 'paths' || segments[0] === 'webhooks'
      ? nameInside(segments, document)
      : (segments.at(-1) ?? fileName(file));
  const plain = name.replaceAll(/[^a-zA-Z0-9._-]+/g, '_');
  // As a key this name would change the object instead of standing in it.
  return plain === '' || plain === '__proto__' ? 'Part' : plain;
}

/** `/paths/~1things/get/responses/200/content/application~1json/schema` → `getThingsResponse200`. */
function nameInside([section, path = '', method, ...rest]: string[], document: JsonObject): string {
  if (method === undefined || rest.length === 0) return words([path, method ?? '']);
  const operation = valueAt(document, `/${section}/${path.replaceAll('~', '~0').replaceAll('/', '~1')}/${method}`);
  const owner = (isObject(operation) && textOf(operation['operationId'])) || derivedId(method, path);
  const about = rest.flatMap((step, index) => {
    if (step === 'responses') return ['response'];
    if (step === 'requestBody') return ['request'];
    if (step === 'parameters') return ['parameter'];
    return silent.has(step) || rest[index - 1] === 'content' ? [] : [step];
  });
  return `${owner}${words(about)}`;
}

function words(parts: readonly string[]): string {
  return parts
    .flatMap((part) => part.split(/[^a-zA-Z0-9]+/))
    .filter(Boolean)
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('');
}

function fileName(file: string): string {
  return (file.split('/').at(-1) ?? '').replace(/\.\w+$/, '');
}
