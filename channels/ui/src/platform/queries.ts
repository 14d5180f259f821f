// Reads as TanStack queries: the key is capability, operation and input, so live facts can find what they changed.

import type { CallOptions, OperationDescriptor } from '@plinth/client';
import { queryOptions, useMutation } from '@tanstack/react-query';
import { useRef } from 'react';

interface Call<Input, Output> {
  (input: Input, options?: CallOptions): Promise<Output>;
  readonly descriptor: OperationDescriptor;
}

/** `useQuery(reading(orders.getOrder, { orderId }))`. */
export function reading<Input, Output>(call: Call<Input, Output>, input: Input) {
  return queryOptions({
    queryKey: [call.descriptor.capability, call.descriptor.id, input],
    queryFn: async ({ signal }) => call(input, { signal }),
  });
}

/**
 * A write with one idempotency key until it succeeded: pressing again after a lost answer does not act twice. What it
 * may have changed is for the caller to read again (or for live facts).
 */
export function useAct<Input, Output>(call: Call<Input, Output>, options: { decision?: string } = {}) {
  const key = useRef(crypto.randomUUID());
  return useMutation({
    mutationFn: async (input: Input) => call(input, { ...options, key: key.current }),
    onSuccess: () => {
      key.current = crypto.randomUUID();
    },
  });
}
