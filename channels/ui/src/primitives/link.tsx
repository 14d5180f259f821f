import type { ComponentProps } from 'react';
import { cx } from '../cx.ts';

/** The look of a link inside text, for the links of a router. */
export const linkClass = 'rounded-control text-accent underline decoration-1 underline-offset-4 hover:decoration-2';

export function Link({ className, children, ...rest }: ComponentProps<'a'>) {
  return (
    <a {...rest} className={cx(linkClass, className)}>
      {children}
    </a>
  );
}
