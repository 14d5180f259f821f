// Lists page by page: the answer names the next page, or the caller counts.

import type { OperationDescriptor } from './descriptor.ts';
import type { CallInput } from './request.ts';

const mostPages = 1000;

/** Members of all pages, each page read when its first member is wanted. Throws RangeError beyond 1,000 pages. */
export async function* pages(
  operation: OperationDescriptor,
  input: CallInput,
  read: (input: CallInput) => Promise<unknown>,
): AsyncGenerator<unknown, void, undefined> {
  const { paging } = operation;
  if (!paging) throw new TypeError(`${operation.id} does not answer page by page.`);
  const param = paging.param ?? 'cursor';
  let at: unknown = input[param];
  for (let count = 0; count < mostPages; count++) {
    const page = (await read(at === undefined ? input : { ...input, [param]: at })) as Record<string, unknown>;
    const found = page[paging.items];
    const items: unknown[] = Array.isArray(found) ? found : [];
    yield* items;
    if (paging.more !== undefined && page[paging.more] !== true) return;
    const next = paging.next === undefined ? counted(paging.style, at, items.length) : page[paging.next];
    if (next === null || next === undefined || next === '' || next === at) return;
    at = next;
  }
  throw new RangeError(`${operation.id} has more than ${mostPages} pages; ask for a narrower list.`);
}

/** Where the next page begins; undefined after an empty one. */
function counted(style: string | undefined, at: unknown, length: number): number | undefined {
  if (length === 0) return undefined;
  return style === 'offset' ? Number(at ?? 0) + length : Number(at ?? 1) + 1;
}
