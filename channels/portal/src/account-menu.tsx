import {
  Menu,
  MenuChoice,
  MenuItem,
  MenuLabel,
  MenuLink,
  MenuSeparator,
  setTheme,
  themeChoices,
  useSignOut,
  useTheme,
} from '@plinth/channels-ui';
import { Link } from '@tanstack/react-router';
import { LogOut, UserRound } from 'lucide-react';
import type { ReactNode } from 'react';

/** Opens as soon as it is there: somebody pressed for it. */
export function AccountMenu({ name, trigger }: { name: string; trigger: ReactNode }) {
  const signOut = useSignOut();
  const theme = useTheme();
  return (
    <Menu startsOpen trigger={trigger}>
      <MenuLabel>Signed in as {name}</MenuLabel>
      <MenuLink>
        <Link to="/profile" className="no-underline">
          <UserRound size={16} strokeWidth={1.5} aria-hidden />
          Profile and consent
        </Link>
      </MenuLink>
      <MenuSeparator />
      <MenuChoice
        label="Theme"
        value={theme}
        onChange={setTheme}
        choices={themeChoices.map(({ theme: value, label, Icon }) => ({
          value,
          label,
          icon: <Icon size={16} strokeWidth={1.5} aria-hidden />,
        }))}
      />
      <MenuSeparator />
      <MenuItem onSelect={() => void signOut()} icon={<LogOut size={16} strokeWidth={1.5} aria-hidden />}>
        Sign out
      </MenuItem>
    </Menu>
  );
}
