import {
  Badge,
  DescriptionList,
  formatPoints,
  humanize,
  InstantText,
  Link as TextLink,
  linkClass,
  MoneyText,
  reading,
  ResourceState,
  SkeletonRows,
  Timeline,
  View,
} from '@plinth/channels-ui';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useAccounts, useCustomers, useLoyalty, useOrders } from '../parts/modules.ts';
import { NextAction } from './next-action.tsx';

/** Everything about one customer, beside what they asked. Each part stands for itself: one that fails hides no other. */
export function CustomerPane({ customerId }: { customerId: string }) {
  return (
    <div className="divide-y divide-subtle">
      <NextAction customerId={customerId} className="border-subtle p-16" />
      <Who customerId={customerId} />
      <Orders customerId={customerId} />
      <Money customerId={customerId} />
      <Happened customerId={customerId} />
    </div>
  );
}

function Part({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <section className="border-subtle p-16">
      <header className="mb-8 flex items-baseline justify-between gap-16">
        <h2 className="font-semibold">{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  );
}

export function Who({ customerId }: { customerId: string }) {
  const { getCustomer, listConsents } = useCustomers();
  const customer = useQuery(reading(getCustomer, { customerId }));
  const consents = useQuery(reading(listConsents, { customerId }));
  return (
    <section className="border-subtle p-16">
      <View query={customer} skeleton={<SkeletonRows rows={3} />}>
        {(found) => (
          <>
            <h2 className="text-16 font-semibold">
              <Link to="/customers/$customerId" params={{ customerId }} className={linkClass}>
                {found.givenName} {found.familyName}
              </Link>
            </h2>
            <p className="mb-12 text-13 text-muted">
              {found.number} · customer since {found.since.slice(0, 4)}
            </p>
            <DescriptionList
              figures
              entries={[
                { term: 'E-mail', value: <TextLink href={`mailto:${found.email}`}>{found.email}</TextLink> },
                ...(found.phone ? [{ term: 'Phone', value: found.phone }] : []),
                { term: 'Lives in', value: `${found.city}, ${found.country}` },
                ...(found.closedAt
                  ? [
                      {
                        term: 'Closed',
                        value: (
                          <>
                            <InstantText instant={found.closedAt} /> · {humanize(found.closedBecause ?? '')}
                          </>
                        ),
                      },
                    ]
                  : []),
              ]}
            />
          </>
        )}
      </View>
      <ul aria-label="Consents" className="mt-12 flex flex-wrap gap-8">
        {consents.data?.items.map((consent) => (
          <li key={consent.purpose}>
            <Badge tone={consent.given ? 'positive' : 'neutral'}>
              {humanize(consent.purpose)} {consent.given ? 'allowed' : 'not allowed'}
            </Badge>
          </li>
        ))}
      </ul>
    </section>
  );
}

export function Orders({ customerId }: { customerId: string }) {
  const { listOrders } = useOrders();
  const orders = useQuery(reading(listOrders, { customerId, limit: 5 }));
  return (
    <Part title="Latest orders">
      <View
        query={orders}
        skeleton={<SkeletonRows rows={3} />}
        isEmpty={({ items }) => items.length === 0}
        empty={<p className="text-muted">Nothing ordered yet.</p>}
      >
        {({ items }) => (
          <ul className="flex flex-col gap-8">
            {items.map((order) => (
              <li key={order.id} className="flex items-start justify-between gap-12">
                <span>
                  <span className="block font-medium">{order.number}</span>
                  <span className="text-13 text-muted">
                    <InstantText instant={order.placedAt} />
                  </span>
                </span>
                <span className="flex flex-col items-end gap-2">
                  <MoneyText money={order.total} className="tabular" />
                  <ResourceState capability="orders" schema="Order" state={order.state} />
                </span>
              </li>
            ))}
          </ul>
        )}
      </View>
    </Part>
  );
}

export function Money({ customerId }: { customerId: string }) {
  const { listAccounts } = useAccounts();
  const { getMember } = useLoyalty();
  const accounts = useQuery(reading(listAccounts, { customerId, limit: 10 }));
  const member = useQuery(reading(getMember, { customerId }));
  return (
    <Part title="Accounts and points">
      <View query={accounts} skeleton={<SkeletonRows rows={2} />}>
        {({ items }) => (
          <DescriptionList
            figures
            entries={[
              ...items.map((account) => ({ term: account.name, value: <MoneyText money={account.booked} /> })),
              ...(member.data ? [{ term: 'Points', value: formatPoints(member.data.points) }] : []),
            ]}
          />
        )}
      </View>
    </Part>
  );
}

export function Happened({ customerId }: { customerId: string }) {
  const { listTimeline } = useCustomers();
  const timeline = useQuery(reading(listTimeline, { customerId, limit: 20 }));
  return (
    <Part title="What happened">
      <View
        query={timeline}
        skeleton={<SkeletonRows rows={6} />}
        isEmpty={({ items }) => items.length === 0}
        empty={<p className="text-muted">Nothing yet, in any channel.</p>}
      >
        {({ items }) => (
          <Timeline
            label="What happened"
            items={items.map((entry) => ({
              key: entry.id,
              title: entry.title,
              at: <InstantText instant={entry.at} />,
              text: entry.channel && <span className="text-13">by {humanize(entry.channel).toLowerCase()}</span>,
            }))}
          />
        )}
      </View>
    </Part>
  );
}
