import {
  Brand,
  Button,
  type ContractOperation,
  humanize,
  matches,
  sideLinkClass,
  signInPath,
  TextInput,
  ThemeSwitch,
  ToolShell,
  useOperations,
  useSession,
  useSignOut,
} from '@plinth/channels-ui';
import { Link, Outlet } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';

/** The reference is open to everybody; what belongs to a partner asks them to sign in. */
export function Shell() {
  const session = useSession();
  const signOut = useSignOut();
  return (
    <ToolShell
      brand={<Brand name="Northfold developers" />}
      navigation={
        <>
          <Link to="/" className={sideLinkClass} activeOptions={{ exact: true }}>
            Start
          </Link>
          <Link to="/webhooks" className={sideLinkClass}>
            Webhooks
          </Link>
          <Link to="/events" className={sideLinkClass}>
            Events
          </Link>
          <Link to="/problems" className={sideLinkClass}>
            Problems
          </Link>
          <Link to="/reference" className={sideLinkClass} activeOptions={{ exact: true }}>
            All operations
          </Link>
          <OperationLinks />
        </>
      }
      foot={
        <>
          {session.data?.signedIn ? (
            <>
              <span className="px-8 font-medium max-md:sr-only">{session.data.name}</span>
              <Button variant="quiet" onClick={() => void signOut()}>
                Sign out
              </Button>
            </>
          ) : (
            <a href={signInPath('developers')} className={sideLinkClass}>
              Sign in
            </a>
          )}
          <ThemeSwitch />
        </>
      }
    >
      <Outlet />
    </ToolShell>
  );
}

function OperationLinks() {
  const contracts = useOperations();
  const [typed, setTyped] = useState('');
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if (event.key !== '/' || ['INPUT', 'TEXTAREA', 'SELECT'].includes((event.target as HTMLElement).tagName)) return;
      event.preventDefault();
      box.current?.focus();
    };
    addEventListener('keydown', listen);
    return () => removeEventListener('keydown', listen);
  }, []);
  const found = (contracts.data?.operations ?? []).filter((operation) => matches(operation, typed));
  return (
    <div className="mt-12 flex flex-col gap-2 max-md:hidden">
      <TextInput
        ref={box}
        type="search"
        aria-label="Find an operation"
        placeholder="Find an operation  /"
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
      {[...Map.groupBy(found, ({ capability }) => capability)]
        .toSorted(([left], [right]) => left.localeCompare(right))
        .map(([capability, operations]) => (
          <Capability key={capability} name={capability} operations={operations} isOpen={typed !== ''} />
        ))}
      {contracts.data && found.length === 0 && <p className="p-8 text-muted">Nothing found for “{typed}”.</p>}
    </div>
  );
}

function Capability({
  name,
  operations,
  isOpen,
}: {
  name: string;
  operations: readonly ContractOperation[];
  isOpen: boolean;
}) {
  return (
    <details open={isOpen || location.pathname.includes(`/reference/${name}/`)}>
      <summary className="flex min-h-24 items-center rounded-control px-8 py-4 font-medium">{humanize(name)}</summary>
      {operations.map((operation) => (
        <Link
          key={operation.key}
          to="/reference/$capability/$operationId"
          params={{ capability: operation.capability, operationId: operation.descriptor.id }}
          className={`${sideLinkClass} ps-16 font-regular whitespace-normal!`}
        >
          {operation.title}
        </Link>
      ))}
    </details>
  );
}
