// The reference operations as the generated client knows them.

import type { OperationDescriptor } from '@plinth/client';

const common = { capability: 'reference', params: [], effect: 'read', idempotency: 'none' } as const;

export const kinds = ['critical', 'burn', 'echo', 'list'] as const;
export type Kind = (typeof kinds)[number];

export const operations: Readonly<Record<Kind, OperationDescriptor>> = {
  critical: {
    ...common,
    id: 'burnCritical',
    method: 'GET',
    path: '/reference/v1/burn-critical',
    criticality: 'critical',
    hasBody: false,
  },
  burn: { ...common, id: 'burnTime', method: 'GET', path: '/reference/v1/burn', hasBody: false },
  echo: { ...common, id: 'echoText', method: 'POST', path: '/reference/v1/echo', hasBody: true },
  list: { ...common, id: 'listKept', method: 'GET', path: '/reference/v1/notes', hasBody: false },
};
