// Trees as text. YAML is written so that readers of YAML 1.1 and 1.2 see the same values: `no`, dates and numbers in
// quotes where they are texts, no anchors.

import { dump } from 'js-yaml';
import type { JsonValue } from '../model/contract.ts';

/** Reading the text gives the tree again. Keys keep their order. */
export function print(tree: JsonValue, format: 'yaml' | 'json'): string {
  if (format === 'json') return `${JSON.stringify(tree, undefined, 2)}\n`;
  return dump(tree, { noRefs: true, lineWidth: 120 });
}
