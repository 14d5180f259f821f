import { Button, words } from '@plinth/channels-ui';

/** Under a list of pages that has more. */
export function MoreButton({
  query,
}: {
  query: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => Promise<unknown> };
}) {
  if (!query.hasNextPage) return null;
  return (
    <div className="border-t border-subtle p-12">
      <Button variant="quiet" busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
        {words.showMore}
      </Button>
    </div>
  );
}
