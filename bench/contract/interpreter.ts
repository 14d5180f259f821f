// The interpreter alone, which a validator leaves after its first calls.

import type { JsonObject, JsonValue, Schema } from '../../contract/src/model/contract.ts';
import { engineFor } from '../../contract/src/schema/engine.ts';
import { isValid } from '../../contract/src/schema/interpret.ts';

export function interpret(schema: Schema, document: JsonObject): (value: JsonValue) => boolean {
  const node = engineFor({ document, formats: 'annotate' }).node(schema);
  return (value) => isValid(node, value);
}
