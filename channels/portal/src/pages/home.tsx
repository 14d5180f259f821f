import { PageTitle, useSession } from '@plinth/channels-ui';
import { useState } from 'react';
import { AccountCard } from '../home/account-card.tsx';
import { LatestOrder } from '../home/latest-order.tsx';
import { NextForYou } from '../home/next-for-you.tsx';
import { OpenRequests } from '../home/open-requests.tsx';
import { PointsCard } from '../home/points-card.tsx';
import { Recent } from '../home/recent.tsx';

/** What matters today: one suggestion, one figure per card, and what happened last. */
export function HomePage() {
  // Said once per visit: a greeting that changes while one reads is odd.
  const [greeting] = useState(() => greetingAt(new Date().getHours()));
  const first = useSession().data?.name?.split(' ')[0] ?? '';
  return (
    <>
      <PageTitle documentTitle="Home">{`${greeting}, ${first}`}</PageTitle>
      <div className="grid items-start gap-16 md:grid-cols-[minmax(0,1.35fr)_minmax(0,1fr)] md:gap-24">
        <div className="contents md:grid md:gap-24">
          <div className="order-2 empty:hidden md:order-none">
            <NextForYou slot="home.hero" />
          </div>
          <div className="order-6 empty:hidden md:order-none">
            <Recent />
          </div>
        </div>
        <div className="contents md:grid md:gap-16">
          <div className="order-1 empty:hidden md:order-none">
            <AccountCard />
          </div>
          <div className="order-3 empty:hidden md:order-none">
            <LatestOrder />
          </div>
          <div className="order-4 empty:hidden md:order-none">
            <PointsCard />
          </div>
          <div className="order-5 empty:hidden md:order-none">
            <OpenRequests />
          </div>
        </div>
      </div>
    </>
  );
}

function greetingAt(hour: number): string {
  if (hour < 5) return 'Good evening';
  if (hour < 12) return 'Good morning';
  return hour < 18 ? 'Good afternoon' : 'Good evening';
}
