// A contract before a service that is there already: the manifest that passes every call on to it.

import type { Contract } from '@plinth/contract/serving';
import type { Manifest } from './manifest.ts';

/** A contract with whoever fulfils it. */
export interface Front {
  contract: Contract;
  manifest: Manifest & { baseUrl: string };
}

/** A service may know more than its contract: what that does not name goes through, unless it says otherwise. */
export function passingUnknown(contract: Contract): Contract {
  const own = contract.document['x-plinth'] as { unknown?: unknown } | undefined;
  if (own?.unknown !== undefined) return contract;
  return {
    ...contract,
    operations: contract.operations.map((each) => ({ ...each, policy: { ...each.policy, unknown: 'pass' } })),
  };
}

/** A service with a path of its own stands for the contract's base path. */
export function passingOn({ id, major, basePath }: Contract, { origin, pathname }: URL): Front['manifest'] {
  const baseUrl = origin + (pathname === '/' ? basePath : pathname.replace(/\/+$/, ''));
  return { upstream: id, contract: `${id}@${major}`, pass: 'all', baseUrl };
}
