import {
  buttonClass,
  Empty,
  formatMoney,
  MoneyText,
  PageTitle,
  Panel,
  RowList,
  SkeletonRows,
  View,
} from '@plinth/channels-ui';
import { Link } from '@tanstack/react-router';
import { Wallet } from 'lucide-react';
import { type AccountPage, bookedOf, ibanOf, nameOf } from '../accounts/account.tsx';
import { NotOffered } from '../parts/not-offered.tsx';
import { useIsOffered, useRead } from '../parts/offered.ts';

export function AccountsPage() {
  const isOffered = useIsOffered('accounts.listAccounts');
  const accounts = useRead<AccountPage>('accounts.listAccounts');
  return (
    <>
      <PageTitle
        aside={
          isOffered && (
            <Link to="/transfer" className={buttonClass('primary')}>
              Transfer money
            </Link>
          )
        }
      >
        Accounts
      </PageTitle>
      {isOffered === false ? (
        <NotOffered what="Accounts" />
      ) : (
        <Panel flush>
          <View
            query={accounts}
            skeleton={<SkeletonRows rows={3} />}
            isEmpty={(page) => page.items.length === 0}
            empty={
              <Empty
                icon={<Wallet size={24} strokeWidth={1.5} aria-hidden />}
                title="No account yet"
                text="With an account you see what comes in and goes out, and transfer money from here."
                action={
                  <Link
                    to="/do/$capability/$operationId"
                    params={{ capability: 'accounts', operationId: 'openAccount' }}
                    className={buttonClass('primary')}
                  >
                    Open an account
                  </Link>
                }
              />
            }
          >
            {(page) => (
              <RowList
                label="Accounts"
                entries={page.items.map((account) => {
                  const booked = bookedOf(account);
                  return {
                    key: account.id,
                    title: nameOf(account),
                    detail: <span className="tabular">{ibanOf(account)}</span>,
                    value: booked && (
                      <span className="flex flex-col">
                        <MoneyText money={booked} className="text-18 font-semibold" />
                        {account.available && account.available.amount !== booked.amount && (
                          <span className="text-14 text-muted">{formatMoney(account.available)} available</span>
                        )}
                      </span>
                    ),
                  };
                })}
                renderLink={(entry, className, children) => (
                  <Link to="/accounts/$accountId" params={{ accountId: entry.key }} className={className}>
                    {children}
                  </Link>
                )}
              />
            )}
          </View>
        </Panel>
      )}
    </>
  );
}
