import { Brand, buttonClass, PageTitle, signInPath, ThemeSwitch } from '@plinth/channels-ui';

const demoAccounts = [
  { username: 'ada', name: 'Ada Lindqvist', about: 'Coffee lover with open orders' },
  { username: 'ben', name: 'Ben Okoro', about: 'Gave no consent to suggestions' },
  { username: 'cleo', name: 'Cleo Park', about: 'Waits for an answer from us' },
] as const;

/** Before signing in: what this is, the way in, and who one can be in the demo. */
export function SignInPage() {
  const failed = new URLSearchParams(location.search).get('signin') === 'failed';
  return (
    <div className="flex min-h-dvh flex-col">
      <header className="flex items-center justify-between p-16 sm:px-24">
        <Brand name="Northfold" />
        <ThemeSwitch />
      </header>
      <main
        id="content"
        className="mx-auto flex w-full max-w-[32rem] flex-1 flex-col justify-center px-16 pb-96 sm:px-24"
      >
        <PageTitle
          documentTitle="Sign in"
          lead="Your accounts, orders, rewards and requests in one place, and somebody to ask when you need it."
        >
          Welcome to Northfold
        </PageTitle>
        {failed && (
          <p role="alert" className="mb-16 rounded-card bg-caution-soft p-16">
            You were not signed in. Start again here: it takes a moment.
          </p>
        )}
        <a href={signInPath('portal')} className={buttonClass('primary', 'sm:self-start')}>
          Sign in
        </a>
        <section className="mt-48 border-t border-subtle pt-24">
          <h2 className="font-semibold">Demo accounts</h2>
          <p className="mt-4 text-14 text-muted">
            Everybody’s password is <code className="font-mono text-strong">demo</code>.
          </p>
          <ul className="mt-16 grid gap-12">
            {demoAccounts.map((account) => (
              <li key={account.username} className="grid grid-cols-[5rem_1fr] items-baseline gap-12">
                <code className="font-mono text-14">{account.username}</code>
                <span>
                  {account.name}
                  <span className="block text-14 text-muted">{account.about}</span>
                </span>
              </li>
            ))}
          </ul>
        </section>
      </main>
    </div>
  );
}
