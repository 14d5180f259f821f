import {
  Badge,
  Empty,
  formatPoints,
  humanize,
  InstantText,
  PageTitle,
  Panel,
  reading,
  RowList,
  Skeleton,
  SkeletonRows,
  View,
} from '@plinth/channels-ui';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useLoyalty } from '../parts/modules.ts';
import { MoreButton } from '../parts/more-button.tsx';
import { readingPages } from '../parts/pages.ts';

export function RewardsPage() {
  const { getMember, listPointMovements } = useLoyalty();
  const member = useQuery(reading(getMember, { customerId: 'me' }));
  const movements = useInfiniteQuery(readingPages(listPointMovements, { customerId: 'me', limit: 20 }));
  return (
    <>
      <PageTitle lead="You earn points with every order. One point pays one cent at the checkout.">Rewards</PageTitle>
      <div className="mb-32">
        <View query={member} skeleton={<Skeleton className="h-64 w-[16rem]" />}>
          {({ points, heldPoints, tier, pointsToNextTier }) => (
            <div>
              <div className="flex flex-wrap items-center gap-16">
                <p className="tabular text-36 font-semibold tracking-tight">{formatPoints(points)}</p>
                <Badge tone="info">{humanize(tier)} member</Badge>
              </div>
              <p className="text-muted">
                {pointsToNextTier === null
                  ? 'You are in our highest tier.'
                  : `${formatPoints(pointsToNextTier)} to the next tier.`}
                {heldPoints > 0 && ` ${formatPoints(heldPoints)} set aside for an order.`}
              </p>
            </div>
          )}
        </View>
      </div>
      <Panel title="Where your points came from" flush>
        <View
          query={movements}
          skeleton={<SkeletonRows rows={6} />}
          isEmpty={(items) => items.length === 0}
          empty={<Empty title="No points yet" text="Points of your orders stand here as soon as an order is placed." />}
        >
          {(items) => (
            <>
              <RowList
                label="Points"
                entries={items.map((movement) => ({
                  key: movement.id,
                  title: movement.reason,
                  detail: (
                    <>
                      {humanize(movement.kind)} · <InstantText instant={movement.at} />
                    </>
                  ),
                  value: (
                    <span className={movement.points > 0 ? 'font-medium text-positive' : 'font-medium'}>
                      {signedPoints(movement.points)}
                    </span>
                  ),
                }))}
              />
              <MoreButton query={movements} />
            </>
          )}
        </View>
      </Panel>
    </>
  );
}

function signedPoints(points: number): string {
  return `${points > 0 ? '+' : ''}${formatPoints(points)}`;
}
