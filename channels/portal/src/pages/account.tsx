import {
  Badge,
  buttonClass,
  Empty,
  InstantText,
  MoneyText,
  PageTitle,
  Panel,
  RowList,
  SkeletonRows,
  StateBadge,
  View,
} from '@plinth/channels-ui';
import { Link, useParams } from '@tanstack/react-router';
import { type Account, Balance, ibanOf, nameOf, type Transaction } from '../accounts/account.tsx';
import { useRead } from '../parts/offered.ts';

export function AccountPage() {
  const { accountId } = useParams({ from: '/accounts/$accountId' });
  const account = useRead<Account>('accounts.getAccount', { accountId });
  return (
    <View
      framed
      query={account}
      skeleton={
        <Panel flush>
          <SkeletonRows rows={6} />
        </Panel>
      }
    >
      {(found) => (
        <>
          <PageTitle
            lead={<span className="tabular">{ibanOf(found)}</span>}
            aside={
              <Link to="/transfer" search={{ from: found.id }} className={buttonClass('primary')}>
                Transfer money
              </Link>
            }
          >
            {nameOf(found)}
          </PageTitle>
          <div className="mb-24 flex flex-wrap items-end gap-16">
            <Balance account={found} isTitle={false} />
            {found.state && found.state !== 'active' && <StateBadge state={found.state} />}
          </div>
          <Transactions accountId={found.id} />
        </>
      )}
    </View>
  );
}

function Transactions({ accountId }: { accountId: string }) {
  const transactions = useRead<{ items: Transaction[] }>('accounts.listTransactions', { accountId, limit: 50 });
  return (
    <Panel title="Transactions" flush>
      <View
        query={transactions}
        skeleton={<SkeletonRows rows={8} />}
        isEmpty={(page) => page.items.length === 0}
        empty={<Empty title="Nothing booked yet" text="What comes in and goes out stands here, newest first." />}
      >
        {(page) => (
          <RowList
            label="Transactions"
            entries={page.items.map((entry) => ({
              key: entry.id,
              title: entry.counterparty ?? entry.title ?? entry.text ?? 'Transaction',
              detail: <When entry={entry} />,
              value: <MoneyText money={entry.amount} signed className="font-medium" />,
            }))}
          />
        )}
      </View>
    </Panel>
  );
}

function When({ entry }: { entry: Transaction }) {
  const at = entry.bookedAt ?? entry.at;
  return (
    <>
      {at ? <InstantText instant={at} /> : <Badge>Pending</Badge>}
      {entry.counterparty && entry.text && ` · ${entry.text}`}
    </>
  );
}
