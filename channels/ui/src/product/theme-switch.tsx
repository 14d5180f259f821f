import { Monitor, Moon, Sun } from 'lucide-react';
import { cx } from '../cx.ts';
import { setTheme, type Theme, useTheme } from '../platform/theme.ts';

/** The three choices with their icons, also for menus. */
export const themeChoices: readonly { theme: Theme; label: string; Icon: typeof Sun }[] = [
  { theme: 'system', label: 'As the system', Icon: Monitor },
  { theme: 'light', label: 'Light', Icon: Sun },
  { theme: 'dark', label: 'Dark', Icon: Moon },
];

export function ThemeSwitch() {
  const current = useTheme();
  return (
    <fieldset aria-label="Theme" className="inline-flex gap-2 rounded-control bg-sunken p-2">
      {themeChoices.map(({ theme, label, Icon }) => (
        <button
          key={theme}
          type="button"
          aria-pressed={current === theme}
          aria-label={label}
          title={label}
          onClick={() => setTheme(theme)}
          className={cx(
            'inline-grid size-32 place-items-center rounded-control pointer-coarse:size-control',
            current === theme ? 'bg-raised text-strong shadow-raised' : 'text-muted hover:text-strong',
          )}
        >
          <Icon size={16} strokeWidth={1.5} aria-hidden />
        </button>
      ))}
    </fieldset>
  );
}
