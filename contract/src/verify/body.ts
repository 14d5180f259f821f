// Which bodies the test runner makes: those whose media types say what a value is.

import { isForm, isJson, mediaName } from '../codec/media.ts';

export { isJson };

/** True for media types whose bodies are made from a schema. */
export function isStructured(type: string): boolean {
  return isJson(type) || isForm(type) || mediaName(type) === 'multipart/form-data';
}
