import type { ReactNode } from 'react';

export interface KioskFrameProps {
  brand: ReactNode;
  /** Always there while someone is served: end the session. */
  aside?: ReactNode;
  /** Step and progress. */
  progress?: ReactNode;
  children: ReactNode;
  /** Controls: they stand in the lower two thirds, where a seated person reaches. */
  controls?: ReactNode;
}

/** One task per screen for a 1080 × 1920 touch screen; also fits a desk screen for development. */
export function KioskFrame({ brand, aside, progress, children, controls }: KioskFrameProps) {
  return (
    <div className="mx-auto flex min-h-dvh max-w-[68rem] flex-col p-32 text-body">
      <header className="flex min-h-control items-center justify-between gap-24 text-24">
        {brand}
        {aside}
      </header>
      {progress}
      <main id="content" className="flex min-h-0 flex-1 flex-col gap-32 py-48 [@media(min-height:90rem)]:pt-[22dvh]">
        {children}
      </main>
      {controls && <footer className="flex flex-wrap gap-24">{controls}</footer>}
    </div>
  );
}
