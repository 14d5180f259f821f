import type { ReactNode } from 'react';

export interface EmptyProps {
  /** What will stand here. */
  title: string;
  /** Why it helps, or which filter hides it. */
  text: string;
  icon?: ReactNode;
  /** One action, at most one link beside it. */
  action?: ReactNode;
}

export function Empty({ title, text, icon, action }: EmptyProps) {
  return (
    <div className="flex flex-col items-start gap-8 p-24">
      {icon && <span className="text-muted">{icon}</span>}
      <p className="font-semibold">{title}</p>
      <p className="measure text-muted">{text}</p>
      {action && <div className="mt-8 flex flex-wrap items-center gap-16">{action}</div>}
    </div>
  );
}
