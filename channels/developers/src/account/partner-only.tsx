import { buttonClass, Panel, signInPath, useSession } from '@plinth/channels-ui';
import type { ReactNode } from 'react';

/** Shows its content to partners; everybody else learns how to get there. */
export function PartnerOnly({ what, children }: { what: string; children: ReactNode }) {
  const session = useSession();
  if (session.isPending) return <div className="min-h-96" aria-busy />;
  if (session.data?.audience === 'partner') return children;
  const isSomebodyElse = session.data?.signedIn === true;
  return (
    <Panel className="max-w-[48rem]">
      <p className="measure mb-16">
        {isSomebodyElse
          ? `You are signed in as ${session.data?.name ?? 'somebody'}, who is no partner. ${what} belong to a partner; the reference is open to everybody.`
          : `Sign in as a partner to see your ${what.toLowerCase()}. The reference is open to everybody.`}
      </p>
      <a href={signInPath('developers')} className={buttonClass('primary')}>
        {isSomebodyElse ? 'Sign in as a partner' : 'Sign in'}
      </a>
    </Panel>
  );
}
