import { PlinthProblem } from '@plinth/client';
import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { type ContractCatalogue, type ContractStates, readCatalogue } from './catalogue.ts';

/** The contracts of this platform, read once per page load. */
export function useOperations(): UseQueryResult<ContractCatalogue> {
  return useQuery({ queryKey: ['contracts'], queryFn: readContracts, staleTime: Infinity, gcTime: Infinity });
}

async function readContracts({ signal }: { signal: AbortSignal }): Promise<ContractCatalogue> {
  const response = await fetch('/openapi.json', { signal, headers: { accept: 'application/json' } });
  if (!response.ok)
    throw new PlinthProblem(response.status, {
      code: 'contracts-unreachable',
      title: 'The services cannot be listed',
      advice: 'Try again in a moment.',
      retryable: true,
    });
  return readCatalogue((await response.json()) as Record<string, unknown>);
}

/** State machine and words of states of one thing; undefined until the contracts are here. */
export function useStates(capability: string, schemaName: string): ContractStates | undefined {
  return useOperations().data?.states(capability, schemaName);
}
