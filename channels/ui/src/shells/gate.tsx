import type { ReactNode } from 'react';
import { PageTitle } from '../data/page-title.tsx';
import { ProblemPanel } from '../data/problem-panel.tsx';
import { asProblem } from '../data/view.tsx';
import { type Session, signInPath, usePlinth, useSession, useSignOut } from '../platform/plinth.tsx';
import { Button, buttonClass } from '../primitives/button.tsx';
import { ThemeSwitch } from '../product/theme-switch.tsx';
import { Brand } from './brand.tsx';

export interface GateProps {
  /** Shown at the top: `Northfold desk`. */
  name: string;
  /** What this app is for, before signing in. */
  lead: string;
  audience: 'staff' | 'partner';
  /** Who belongs here, in words: `service agents`. */
  people: string;
  children: (session: Session) => ReactNode;
}

/** Nothing is shown before signing in; whoever belongs elsewhere is told where they are. */
export function Gate({ name, lead, audience, people, children }: GateProps) {
  const session = useSession();
  const { app } = usePlinth();
  const signOut = useSignOut();
  if (session.isPending) return <div className="min-h-dvh" aria-busy />;
  if (session.isError)
    return (
      <Page name={name}>
        <ProblemPanel problem={asProblem(session.error)} onRetry={() => void session.refetch()} />
      </Page>
    );
  const { signedIn } = session.data;
  if (signedIn && session.data.audience === audience) return children(session.data);
  const failed = new URLSearchParams(location.search).get('signin') === 'failed';
  return (
    <Page name={name}>
      {signedIn ? (
        <>
          <PageTitle lead={`You are signed in as ${session.data.name ?? 'somebody'}. This app is for ${people}.`}>
            {`This is the ${name}`}
          </PageTitle>
          <div className="flex flex-wrap gap-12">
            <Button variant="primary" onClick={() => void signOut()}>
              Sign in as somebody else
            </Button>
            <a href="/portal/" className={buttonClass()}>
              Go to the portal
            </a>
          </div>
        </>
      ) : (
        <>
          <PageTitle documentTitle="Sign in" lead={lead}>
            {name}
          </PageTitle>
          {failed && (
            <p role="alert" className="mb-16 rounded-card bg-caution-soft p-16">
              You were not signed in. Start again here: it takes a moment.
            </p>
          )}
          <a href={signInPath(app)} className={buttonClass('primary')}>
            Sign in
          </a>
        </>
      )}
    </Page>
  );
}

function Page({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="flex min-h-dvh flex-col">
      <header className="flex items-center justify-between p-16 sm:px-24">
        <Brand name={name} />
        <ThemeSwitch />
      </header>
      <main
        id="content"
        className="mx-auto flex w-full max-w-[32rem] flex-1 flex-col justify-center px-16 pb-96 sm:px-24"
      >
        {children}
      </main>
    </div>
  );
}
