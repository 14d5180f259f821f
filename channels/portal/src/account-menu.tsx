import { Menu, MenuItem, MenuLabel, MenuLink, MenuSeparator, ThemeSwitch, useSignOut } from '@plinth/channels-ui';
import { Link } from '@tanstack/react-router';
import { LogOut, UserRound } from 'lucide-react';
import type { ReactNode } from 'react';

/** Opens as soon as it is there: somebody pressed for it. */
export function AccountMenu({ name, trigger }: { name: string; trigger: ReactNode }) {
  const signOut = useSignOut();
  return (
    <Menu startsOpen trigger={trigger}>
      <MenuLabel>Signed in as {name}</MenuLabel>
      <MenuLink>
        <Link to="/profile" className="no-underline">
          <UserRound size={16} strokeWidth={1.5} aria-hidden />
          Profile and consent
        </Link>
      </MenuLink>
      <div className="flex items-center justify-between gap-16 px-12 py-4">
        <span>Theme</span>
        <ThemeSwitch />
      </div>
      <MenuSeparator />
      <MenuItem onSelect={() => void signOut()} icon={<LogOut size={16} strokeWidth={1.5} aria-hidden />}>
        Sign out
      </MenuItem>
    </Menu>
  );
}
