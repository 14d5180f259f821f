import { formatPoints, humanize, linkClass, Panel, reading, Skeleton, View } from '@plinth/channels-ui';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useLoyalty } from '../parts/modules.ts';
import { useIsOffered } from '../parts/offered.ts';

export function PointsCard() {
  const { getMember } = useLoyalty();
  const member = useQuery(reading(getMember, { customerId: 'me' }));
  if (useIsOffered('loyalty.getMember') === false) return null;
  return (
    <View
      framed
      query={member}
      skeleton={
        <Panel>
          <Skeleton className="h-24 w-[50%]" />
        </Panel>
      }
    >
      {({ points, tier, pointsToNextTier }) => (
        <Panel
          title="Rewards"
          aside={
            <Link to="/rewards" className={linkClass}>
              See points
            </Link>
          }
        >
          <p className="tabular text-20 font-semibold">{formatPoints(points)}</p>
          <p className="text-14 text-muted">
            {humanize(tier)} member
            {pointsToNextTier !== null && ` · ${formatPoints(pointsToNextTier)} to the next tier`}
          </p>
        </Panel>
      )}
    </View>
  );
}
