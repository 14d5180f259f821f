import { buttonClass, Panel, Skeleton, View } from '@plinth/channels-ui';
import { Link } from '@tanstack/react-router';
import { type AccountPage, Balance } from '../accounts/account.tsx';
import { useIsOffered, useRead } from '../parts/offered.ts';

/** The first account's balance: the largest figure of the page. */
export function AccountCard() {
  const accounts = useRead<AccountPage>('accounts.listAccounts');
  const isOffered = useIsOffered('accounts.listAccounts');
  if (isOffered === false) return null;
  return (
    <View
      framed
      query={accounts}
      skeleton={
        <Panel>
          <Skeleton className="h-24 w-[40%]" />
          <Skeleton className="mt-12 h-32 w-[60%]" />
        </Panel>
      }
      isEmpty={(page) => page.items.length === 0}
      empty={null}
    >
      {(page) => {
        const account = page.items[0];
        if (!account) return null;
        return (
          <Panel>
            <Balance account={account} />
            <div className="mt-16 flex flex-wrap gap-12">
              <Link to="/transfer" search={{ from: account.id }} className={buttonClass()}>
                Transfer money
              </Link>
              <Link to="/accounts/$accountId" params={{ accountId: account.id }} className={buttonClass('quiet')}>
                See transactions
              </Link>
            </div>
          </Panel>
        );
      }}
    </View>
  );
}
