// Stage `route`: raw target → operation, decoded path parameters, raw query. No redirects: another spelling of a path is
// another path.

import { compileRoutes, type Contract, type Operation, type RouteMatch } from '@plinth/contract/serving';
import type { CompiledOperation } from './operation.ts';

const mostTargetBytes = 8192;

export type Found =
  | {
      kind: 'match';
      operation: CompiledOperation;
      path: Record<string, string>;
      rawPath: Record<string, string>;
      query: string;
    }
  | { kind: 'method'; allow: string }
  | { kind: 'none' }
  | { kind: 'refused'; code: 'malformed-request' | 'target-too-long'; reason: string };

const none = { kind: 'none' } as const;

/** A table of all operations. Later installs make a new one. */
export class Routes {
  readonly #match: (method: string, path: string) => RouteMatch;
  readonly #compiled: ReadonlyMap<Operation, CompiledOperation>;

  constructor(contracts: readonly Contract[], operations: readonly CompiledOperation[]) {
    this.#match = compileRoutes(contracts);
    this.#compiled = new Map(operations.map((each) => [each.operation, each]));
  }

  find(method: string, target: string): Found {
    if (target.length > mostTargetBytes) return { kind: 'refused', code: 'target-too-long', reason: '' };
    const mark = target.indexOf('?');
    const path = mark < 0 ? target : target.slice(0, mark);
    if (hasDotSegment(path)) return malformed;
    const match = this.#match(method, path);
    if (match.kind === 'method') return { kind: 'method', allow: [...match.allow, 'OPTIONS'].join(', ') };
    if (match.kind === 'none') return isWellEncoded(path) ? none : malformed;
    const operation = this.#compiled.get(match.operation) as CompiledOperation;
    const query = mark < 0 ? '' : target.slice(mark + 1);
    return { kind: 'match', operation, path: match.params, rawPath: match.raw, query };
  }
}

const malformed = { kind: 'refused', code: 'malformed-request', reason: 'the path is not well encoded' } as const;

/** `.` or `..`, in any spelling: whoever stands behind us would take it for a step to another path. */
const dotSegment = /\/(?:\.|%2e){1,2}(?:\/|$)/i;

function hasDotSegment(path: string): boolean {
  return (path.includes('/.') || path.includes('/%')) && dotSegment.test(path);
}

/** Escapes are UTF-8 and hide no NUL. */
function isWellEncoded(path: string): boolean {
  if (!path.includes('%')) return true;
  try {
    return path.split('/').every((segment) => !decodeURIComponent(segment).includes('\0'));
  } catch {
    // A broken escape.
    return false;
  }
}
