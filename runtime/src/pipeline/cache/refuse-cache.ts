// Cache policies that would leak, do nothing, or keep what depends on something that is not in the key. Such a contract is
// not installed.

import type { Contract, Finding, Operation } from '@plinth/contract';
import type { BoundHandler } from '../../capability.ts';
import type { Binding } from '../edge.ts';
import { unknownPlaces } from './tags.ts';

type Fault = readonly [message: string, fix: string];

/** One finding per fault. */
export function checkCaches({ contract, handlers }: Binding): Finding[] {
  return contract.operations.flatMap((operation) =>
    faultsOf(operation, handlers[operation.id]).map(([message, fix]) => finding(contract, operation, message, fix)),
  );
}

function finding(contract: Contract, operation: Operation, message: string, fix: string): Finding {
  const place = contract.at(operation.node);
  return { ...place, rule: 'cache-unsafe', severity: 'error', message: `${operation.id} ${message}`, fix };
}

function faultsOf(operation: Operation, handler: BoundHandler | undefined): Fault[] {
  const { cache, effect } = operation.policy;
  if (cache === undefined) return [];
  const isRead = effect === 'read' && (operation.method === 'get' || operation.method === 'head');
  const faults = isRead ? faultsOfRead(operation, handler) : faultsOfWrite(operation, handler);
  const templates = [
    ...cache.tags.map((tag) => [tag, false] as const),
    ...cache.purges.map((tag) => [tag, true] as const),
  ];
  for (const [template, isPurge] of templates) {
    for (const place of unknownPlaces(template, operation, isPurge))
      faults.push([
        `names the tag ${template}, and has no ${place}.`,
        `Use path.name, query.name or header.name of a declared parameter${isPurge ? ', body#/pointer or response.body#/pointer' : ''}.`,
      ]);
  }
  return faults;
}

function faultsOfRead(operation: Operation, handler: BoundHandler | undefined): Fault[] {
  const { cache, ownerCheck } = operation.policy;
  const faults: Fault[] = [];
  if (cache?.ttlS === undefined || cache.ttlS === 0)
    faults.push(['has a cache without a time.', 'Write  cache: { ttl: PT1M }  or leave it out.']);
  if (cache !== undefined && cache.purges.length > 0)
    faults.push(['changes nothing, so it cannot purge.', 'Move  purges  to the operations that write.']);
  if (cache?.scope === 'public' && operation.security?.length !== 0)
    faults.push([
      'asks who calls and is cached for everybody.',
      'Write  scope: private,  or  security: []  if everybody may see the same.',
    ]);
  if (cache?.scope === 'public' && ownerCheck.length > 0)
    faults.push(['has an ownerCheck and is cached for everybody.', 'Write  scope: private.']);
  if (operation.body !== undefined || operation.params.some((param) => param.in === 'cookie'))
    faults.push([
      'is cached and takes a body or a cookie.',
      'Take its values as query parameters, or leave cache out.',
    ]);
  if (handler !== undefined && handler.kind !== 'read')
    faults.push(['is cached, and its handler is not of kind read.', 'Bind it with read(…), or leave cache out.']);
  return faults;
}

function faultsOfWrite(operation: Operation, handler: BoundHandler | undefined): Fault[] {
  const { cache } = operation.policy;
  const faults: Fault[] = [];
  if (cache?.ttlS !== undefined)
    faults.push(['is no GET that reads, so it cannot be cached.', 'Write only  cache: { purges: [tag] }.']);
  if (cache !== undefined && cache.ttlS === undefined && cache.purges.length === 0)
    faults.push(['has a cache that does nothing.', 'Write  cache: { purges: [tag] }  or leave it out.']);
  if (handler?.kind === 'read')
    faults.push(['purges, and its handler is of kind read.', 'Bind it with write(…) or open(…).']);
  return faults;
}
