import { Brand, Button, Gate, sideLinkClass, ThemeSwitch, ToolShell, useSignOut } from '@plinth/channels-ui';
import { Link, Outlet } from '@tanstack/react-router';
import { FileText, FlaskConical, History, LogOut, Palette, Tag } from 'lucide-react';

export function Shell() {
  return (
    <Gate
      name="Plinth studio"
      audience="staff"
      people="people who design contracts, offers and rules"
      lead="Contracts in force, offers and rules with their reasons, and what was decided."
    >
      {({ name = '' }) => <SignedIn name={name} />}
    </Gate>
  );
}

function SignedIn({ name }: { name: string }) {
  const signOut = useSignOut();
  const icon = { size: 16, strokeWidth: 1.5, 'aria-hidden': true } as const;
  return (
    <ToolShell
      brand={<Brand name="Plinth studio" />}
      navigation={
        <>
          <Link to="/contracts" className={sideLinkClass}>
            <FileText {...icon} />
            Contracts
          </Link>
          <Link to="/offers" className={sideLinkClass}>
            <Tag {...icon} />
            Offers and rules
          </Link>
          <Link to="/try" className={sideLinkClass}>
            <FlaskConical {...icon} />
            Try a person
          </Link>
          <Link to="/log" className={sideLinkClass}>
            <History {...icon} />
            Decision log
          </Link>
          <Link to="/gallery" className={sideLinkClass}>
            <Palette {...icon} />
            Gallery
          </Link>
        </>
      }
      foot={
        <>
          <span className="px-8 font-medium max-md:sr-only">{name}</span>
          <Button variant="quiet" icon={<LogOut {...icon} />} onClick={() => void signOut()}>
            Sign out
          </Button>
          <ThemeSwitch />
        </>
      }
    >
      <Outlet />
    </ToolShell>
  );
}
