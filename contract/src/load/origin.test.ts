import { expect, it } from 'vitest';
import type { JsonValue } from '../model/contract.ts';
import { Origins } from './origin.ts';
import { parseText } from './parse.ts';

const text = `{ "a": [1, {"deep": [[], [{"x": "]}\\"{["}]]}, "two", {}],
  "": {"": {}},
  "a/b~c": { "\\u0061\\"": {"n": -1.5e3, "t": true}, "z": null,
    "last": [ { } ]
  } }
`;

function nodes(value: JsonValue): object[] {
  if (typeof value !== 'object' || value === null) return [];
  return [value, ...Object.values(value).flatMap(nodes)];
}

it('a place in JSON, which is found by scanning, is where a YAML parser sees it', () => {
  const [json, yaml] = [new Origins(), new Origins()];
  const fromJson = nodes(parseText(text, 'a', json)).map((node) => json.at(node));
  // With a comment above, the same text is YAML, whose parser tells offsets.
  const fromYaml = nodes(parseText(`# YAML\n${text}`, 'a', yaml)).map((node) => yaml.at(node));
  expect(fromJson.length).toBe(14);
  expect(fromJson).toEqual(fromYaml.map((place) => ({ ...place, line: place.line - 1 })));
});
