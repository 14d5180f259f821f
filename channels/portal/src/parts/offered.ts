// Reads of capabilities that a platform may not have: known only by what the contracts say.

import { useOperations, usePlinth } from '@plinth/channels-ui';
import { useQuery } from '@tanstack/react-query';

/** True, false, or undefined while the contracts are not here. */
export function useIsOffered(key: string): boolean | undefined {
  const contracts = useOperations();
  if (contracts.data === undefined) return contracts.isError ? false : undefined;
  return contracts.data.byKey(key) !== undefined;
}

/** The answer of an operation by its name; does nothing where it is not offered. */
export function useRead<Answer>(key: string, input: Readonly<Record<string, unknown>> = {}) {
  const { client } = usePlinth();
  const operation = useOperations().data?.byKey(key);
  const [capability = '', id = ''] = key.split('.');
  return useQuery({
    queryKey: [capability, id, input],
    queryFn: async ({ signal }): Promise<Answer> => {
      if (!operation) throw new Error(`${key} is not offered.`);
      return (await client.call(operation.descriptor, input, { signal })) as Answer;
    },
    enabled: operation !== undefined,
  });
}
