import { ChevronRight } from 'lucide-react';
import type { ReactNode } from 'react';

/** Content of a row that leads somewhere. */
export function RowArrow({ children }: { children: ReactNode }) {
  return (
    <>
      {children}
      <ChevronRight size={16} strokeWidth={1.5} aria-hidden className="shrink-0 text-muted rtl:-scale-x-100" />
    </>
  );
}
