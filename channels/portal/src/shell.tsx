import {
  asProblem,
  Brand,
  bottomLinkClass,
  Button,
  buttonClass,
  PageTitle,
  PortalShell,
  ProblemPanel,
  topLinkClass,
  useLiveQueries,
  useSession,
  useSignOut,
} from '@plinth/channels-ui';
import { Link, Outlet } from '@tanstack/react-router';
import { CircleUserRound, Ellipsis, House, Mail, ShoppingBag, Wallet } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { ChatLauncher, ChatTopButton } from './chat/launcher.tsx';
import { SignInPage } from './pages/sign-in.tsx';

const OpenAccountMenu = lazy(async () => ({ default: (await import('./account-menu.tsx')).AccountMenu }));

const watched = ['orders', 'tickets', 'loyalty', 'accounts', 'customers', 'notifications', 'assistant'];

/** Around every page. Nothing personal before signing in. */
export function Shell() {
  const session = useSession();
  if (session.isPending) return <div className="min-h-dvh" aria-busy />;
  if (session.isError)
    return (
      <div className="mx-auto max-w-[40rem] p-16 sm:p-24">
        <div className="mb-24">
          <Brand name="Northfold" />
        </div>
        <ProblemPanel problem={asProblem(session.error)} onRetry={() => void session.refetch()} />
      </div>
    );
  if (!session.data.signedIn) return <SignInPage />;
  if (session.data.audience !== 'customer') return <OtherAudience name={session.data.name ?? ''} />;
  return <SignedIn name={session.data.name ?? ''} />;
}

function SignedIn({ name }: { name: string }) {
  useLiveQueries(watched);
  return (
    <PortalShell
      brand={
        <Link to="/" className="flex min-h-control items-center rounded-control text-strong no-underline">
          <Brand name="Northfold" />
        </Link>
      }
      navigation={
        <>
          <Link to="/" className={topLinkClass} activeOptions={{ exact: true }}>
            Home
          </Link>
          <Link to="/accounts" className={topLinkClass}>
            Accounts
          </Link>
          <Link to="/shop" className={topLinkClass}>
            Shop
          </Link>
          <Link to="/orders" className={topLinkClass}>
            Orders
          </Link>
          <Link to="/rewards" className={topLinkClass}>
            Rewards
          </Link>
          <Link to="/requests" className={topLinkClass}>
            Help
          </Link>
          <Link to="/services" className={topLinkClass}>
            All services
          </Link>
        </>
      }
      aside={
        <>
          <Link to="/messages" className={`${topLinkClass} gap-8 max-md:hidden`}>
            <Mail size={16} strokeWidth={1.5} aria-hidden />
            Messages
          </Link>
          <ChatTopButton />
          <AccountMenu name={name} />
        </>
      }
      bottomBar={
        <>
          <Link to="/" className={bottomLinkClass} activeOptions={{ exact: true }}>
            <House size={20} strokeWidth={1.5} aria-hidden />
            Home
          </Link>
          <Link to="/accounts" className={bottomLinkClass}>
            <Wallet size={20} strokeWidth={1.5} aria-hidden />
            Accounts
          </Link>
          <Link to="/shop" className={bottomLinkClass}>
            <ShoppingBag size={20} strokeWidth={1.5} aria-hidden />
            Shop
          </Link>
          <Link to="/messages" className={bottomLinkClass}>
            <Mail size={20} strokeWidth={1.5} aria-hidden />
            Messages
          </Link>
          <Link to="/more" className={bottomLinkClass}>
            <Ellipsis size={20} strokeWidth={1.5} aria-hidden />
            More
          </Link>
        </>
      }
      floating={<ChatLauncher />}
    >
      <Outlet />
    </PortalShell>
  );
}

/** The menu's own code is fetched when somebody reaches for it. */
function AccountMenu({ name }: { name: string }) {
  const [isWanted, setWanted] = useState(false);
  const first = name.split(' ')[0] ?? name;
  const button = (
    <button type="button" className={`${topLinkClass} gap-8`} aria-haspopup="menu" onClick={() => setWanted(true)}>
      <CircleUserRound size={20} strokeWidth={1.5} aria-hidden />
      {first}
    </button>
  );
  if (!isWanted) return button;
  return (
    <Suspense fallback={button}>
      <OpenAccountMenu name={name} trigger={button} />
    </Suspense>
  );
}

/** Staff and partners have their own apps; the portal shows one customer their own things. */
function OtherAudience({ name }: { name: string }) {
  const signOut = useSignOut();
  return (
    <main className="mx-auto flex min-h-dvh max-w-[32rem] flex-col justify-center p-24">
      <PageTitle
        lead={`You are signed in as ${name}, who is not a customer. The portal shows customers their own things.`}
      >
        This is the customer portal
      </PageTitle>
      <div className="flex flex-wrap gap-12">
        <Button variant="primary" onClick={() => void signOut()}>
          Sign in as a customer
        </Button>
        <a href="/desk/" className={buttonClass()}>
          Go to the desk
        </a>
      </div>
    </main>
  );
}
