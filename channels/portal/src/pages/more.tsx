import { PageTitle, Panel, RowList, ThemeSwitch, Button, useSignOut } from '@plinth/channels-ui';
import { Link, type LinkProps } from '@tanstack/react-router';
import { Gift, LayoutGrid, LifeBuoy, LogOut, Package, UserRound } from 'lucide-react';

const entries: readonly { to: LinkProps['to']; title: string; detail: string; Icon: typeof Gift }[] = [
  { to: '/orders', title: 'Orders', detail: 'Follow, cancel, ask', Icon: Package },
  { to: '/rewards', title: 'Rewards', detail: 'Points and tier', Icon: Gift },
  { to: '/requests', title: 'Help', detail: 'Your requests and our answers', Icon: LifeBuoy },
  { to: '/services', title: 'All services', detail: 'Everything you can do here', Icon: LayoutGrid },
  { to: '/profile', title: 'Profile and consent', detail: 'Your details and what we may use', Icon: UserRound },
];

/** What the bottom bar of a phone has no room for. */
export function MorePage() {
  const signOut = useSignOut();
  return (
    <>
      <PageTitle>More</PageTitle>
      <Panel flush>
        <RowList
          label="More"
          entries={entries.map(({ to, title, detail, Icon }) => ({
            key: String(to),
            title,
            detail,
            icon: <Icon size={20} strokeWidth={1.5} aria-hidden />,
          }))}
          renderLink={(entry, className, children) => (
            <Link to={entry.key} className={className}>
              {children}
            </Link>
          )}
        />
      </Panel>
      <div className="mt-24 flex flex-wrap items-center justify-between gap-16">
        <span className="flex items-center gap-12">
          Theme <ThemeSwitch />
        </span>
        <Button icon={<LogOut size={16} strokeWidth={1.5} aria-hidden />} onClick={() => void signOut()}>
          Sign out
        </Button>
      </div>
    </>
  );
}
