import { Check } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import type { ReactNode } from 'react';

export interface MenuProps {
  /** The button that opens it. */
  trigger: ReactNode;
  children: ReactNode;
  align?: 'start' | 'end';
  startsOpen?: boolean;
}

/** Acts on one thing. Not modal: locking the page would need a style element the page's policy refuses. */
export function Menu({ trigger, children, align = 'end', startsOpen = false }: MenuProps) {
  return (
    <DropdownMenu.Root modal={false} defaultOpen={startsOpen}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Content
        align={align}
        sideOffset={4}
        collisionPadding={8}
        className="enter z-(--z-overlay) min-w-[12rem] rounded-card border border-subtle bg-raised p-4 shadow-overlay"
      >
        {children}
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  );
}

const item =
  'flex min-h-control cursor-pointer items-center gap-8 rounded-control px-12 outline-none data-highlighted:bg-sunken data-disabled:cursor-not-allowed data-disabled:text-muted';

export function MenuItem({
  onSelect,
  icon,
  children,
  disabled,
}: {
  onSelect: () => void;
  icon?: ReactNode;
  children: ReactNode;
  disabled?: boolean;
}) {
  return (
    <DropdownMenu.Item className={item} onSelect={onSelect} disabled={disabled ?? false}>
      {icon}
      {children}
    </DropdownMenu.Item>
  );
}

/** One child: a link of the router. */
export function MenuLink({ children }: { children: ReactNode }) {
  return (
    <DropdownMenu.Item asChild className={item}>
      {children}
    </DropdownMenu.Item>
  );
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return <DropdownMenu.Label className="px-12 py-8 text-14 text-muted">{children}</DropdownMenu.Label>;
}

export function MenuSeparator() {
  return <DropdownMenu.Separator className="-mx-4 my-4 h-px bg-line-subtle" />;
}

/** One of several, chosen at once; the menu stays open to show it. */
export function MenuChoice<Value extends string>({
  label,
  value,
  choices,
  onChange,
}: {
  label: string;
  value: Value;
  choices: readonly { value: Value; label: string; icon?: ReactNode }[];
  onChange: (value: Value) => void;
}) {
  return (
    <DropdownMenu.RadioGroup value={value} onValueChange={(chosen) => onChange(chosen as Value)} aria-label={label}>
      <DropdownMenu.Label className="px-12 py-8 text-14 text-muted">{label}</DropdownMenu.Label>
      {choices.map((choice) => (
        <DropdownMenu.RadioItem
          key={choice.value}
          value={choice.value}
          className={item}
          onSelect={(event) => event.preventDefault()}
        >
          {choice.icon}
          <span className="flex-1">{choice.label}</span>
          <DropdownMenu.ItemIndicator>
            <Check size={16} strokeWidth={1.5} aria-hidden />
          </DropdownMenu.ItemIndicator>
        </DropdownMenu.RadioItem>
      ))}
    </DropdownMenu.RadioGroup>
  );
}
