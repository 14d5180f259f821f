// Whether the document that an edge serves tells of what it answers.

import type { Contract, JsonObject } from '@plinth/contract';
import type { RunningEdge } from './edge-options.ts';
import { servedDocument } from './openapi.ts';

export class Documented {
  /** Operation and answer of what the document does not tell of. */
  readonly missing = new Set<string>();
  /** Answers that were looked up. */
  looked = 0;
  readonly #documents = new WeakMap<Contract, JsonObject>();

  /** `asked`: method and target. `answer` begins with its status. Operations that stand in no document are passed over. */
  note(edge: RunningEdge, asked: string, answer: string): void {
    const [method = '', target = ''] = asked.split(' ');
    const found = edge.find(method, target);
    if (found.kind !== 'match') return;
    const { contract, operation } = found.operation;
    const document = this.#documents.get(contract) ?? servedDocument(contract);
    this.#documents.set(contract, document);
    const item = (document['paths'] as Record<string, JsonObject | undefined>)[operation.path];
    const node = item?.[operation.method] as { responses: JsonObject } | undefined;
    if (node === undefined) return;
    this.looked += 1;
    if (!(answer.slice(0, 3) in node.responses)) this.missing.add(`${operation.id}: ${answer}`);
  }
}
