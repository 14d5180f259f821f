import {
  buttonClass,
  Empty,
  humanize,
  InstantText,
  linkClass,
  PageTitle,
  Panel,
  reading,
  SkeletonRows,
  Table,
  useModule,
  View,
} from '@plinth/channels-ui';
import { createPersonalization, type DecisionRecord } from '@plinth/client/personalization';
import { useQuery } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import { History } from 'lucide-react';

/** What was decided in every channel, newest first. */
export function LogPage() {
  const { customer } = useSearch({ from: '/log' });
  const { listDecisions } = useModule(createPersonalization);
  const found = useQuery(
    reading(listDecisions, { limit: 50, ...(customer === undefined ? {} : { customerId: customer }) }),
  );
  return (
    <>
      <PageTitle
        lead="What was decided, for whom and why. Each decision is kept with everything that was considered."
        aside={
          customer !== undefined && (
            <Link to="/log" className={buttonClass()}>
              Show all customers
            </Link>
          )
        }
      >
        Decision log
      </PageTitle>
      <Panel flush>
        <View
          query={found}
          skeleton={<SkeletonRows rows={10} />}
          isEmpty={({ items }) => items.length === 0}
          empty={
            <Empty
              icon={<History size={24} strokeWidth={1.5} aria-hidden />}
              title={customer === undefined ? 'Nothing was decided yet' : 'Nothing was decided for this customer'}
              text="Each time a channel asks what to show next, the decision stands here with its reasons."
            />
          }
        >
          {({ items }) => (
            <Table<DecisionRecord>
              caption="Decisions"
              rows={items}
              keyOf={({ id }) => id}
              columns={[
                {
                  id: 'at',
                  title: 'When',
                  renderCell: ({ id, at }) => (
                    <Link to="/log/$decisionId" params={{ decisionId: id }} className={linkClass}>
                      <InstantText instant={at} />
                    </Link>
                  ),
                },
                {
                  id: 'what',
                  title: 'Chosen',
                  renderCell: ({ slots }) =>
                    slots.flatMap(({ items: chosen }) => chosen.map(({ title }) => title)).join(', ') || 'Nothing',
                },
                {
                  id: 'slots',
                  title: 'Slots',
                  wideOnly: true,
                  renderCell: ({ slots }) => (
                    <span className="text-muted">{slots.map(({ slot }) => slot).join(', ')}</span>
                  ),
                },
                {
                  id: 'outcome',
                  title: 'What became of it',
                  wideOnly: true,
                  renderCell: ({ outcomes }) => outcomes?.map(({ kind }) => humanize(kind)).join(', ') ?? '',
                },
                {
                  id: 'revision',
                  title: 'Revision',
                  numeric: true,
                  renderCell: ({ policyRevision }) => policyRevision,
                },
              ]}
            />
          )}
        </View>
      </Panel>
    </>
  );
}
