import {
  Brand,
  Button,
  Gate,
  reading,
  sideLinkClass,
  ThemeSwitch,
  ToolShell,
  useLiveQueries,
  useSignOut,
} from '@plinth/channels-ui';
import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useMatchRoute } from '@tanstack/react-router';
import { Inbox, LogOut, MessagesSquare, Users, Wrench } from 'lucide-react';
import { KeyHelp } from './parts/keys.tsx';
import { useAssistant } from './parts/modules.ts';

const watched = ['tickets', 'assistant', 'orders', 'customers', 'loyalty', 'accounts'];

export function Shell() {
  return (
    <Gate
      name="Northfold desk"
      audience="staff"
      people="service agents"
      lead="Requests and conversations of customers, with everything about them beside it."
    >
      {({ name = '' }) => <SignedIn name={name} />}
    </Gate>
  );
}

function SignedIn({ name }: { name: string }) {
  useLiveQueries(watched);
  const signOut = useSignOut();
  const matchRoute = useMatchRoute();
  const isQueue = matchRoute({ to: '/' }) !== false || matchRoute({ to: '/tickets/$ticketId' }) !== false;
  const icon = { size: 16, strokeWidth: 1.5, 'aria-hidden': true } as const;
  return (
    <ToolShell
      brand={<Brand name="Northfold desk" />}
      isFlush={isQueue}
      navigation={
        <>
          <Link to="/" className={sideLinkClass} aria-current={isQueue ? 'page' : undefined}>
            <Inbox {...icon} />
            Queue
          </Link>
          <Link to="/conversations" className={sideLinkClass}>
            <MessagesSquare {...icon} />
            Conversations
            <Waiting />
          </Link>
          <Link to="/customers" className={sideLinkClass}>
            <Users {...icon} />
            Customers
          </Link>
          <Link to="/services" className={sideLinkClass}>
            <Wrench {...icon} />
            All services
          </Link>
        </>
      }
      foot={
        <>
          <span className="px-8 font-medium max-md:sr-only">{name}</span>
          <Button variant="quiet" icon={<LogOut {...icon} />} onClick={() => void signOut()}>
            Sign out
          </Button>
          <KeyHelp />
          <ThemeSwitch />
        </>
      }
    >
      <Outlet />
    </ToolShell>
  );
}

/** How many customers wait for a person. */
function Waiting() {
  const { listConversations } = useAssistant();
  const { data } = useQuery(reading(listConversations, { control: 'waiting', limit: 50 }));
  const count = data?.items.length ?? 0;
  if (count === 0) return null;
  return (
    <span className="tabular ms-auto rounded-pill bg-caution-soft px-8 text-13 text-caution">
      {count}
      <span className="sr-only"> waiting</span>
    </span>
  );
}
