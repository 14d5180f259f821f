import type { CallOptions, OperationDescriptor } from '@plinth/client';
import { infiniteQueryOptions } from '@tanstack/react-query';

interface Page<Item> {
  items: Item[];
  next: string | null;
}

interface PagedRead<Input, Item> {
  (input: Input, options?: CallOptions): Promise<Page<Item>>;
  readonly descriptor: OperationDescriptor;
}

/** A list read page by page, for `useInfiniteQuery`; its data is the members of all pages read so far. */
export function readingPages<Input extends object, Item>(call: PagedRead<Input, Item>, input: Input) {
  return infiniteQueryOptions({
    queryKey: [call.descriptor.capability, call.descriptor.id, 'pages', input],
    queryFn: async ({ pageParam, signal }) =>
      call(pageParam === undefined ? input : { ...input, cursor: pageParam }, { signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    select: (pages) => pages.pages.flatMap((page) => page.items),
  });
}
