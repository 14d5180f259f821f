import { cx } from '../cx.ts';

/** A grey shape of the size of what will come. */
export function Skeleton({ className }: { className?: string }) {
  return <span aria-hidden className={cx('shimmer block rounded-control bg-sunken', className ?? 'h-16 w-full')} />;
}

/** The shape of a list: as many rows as will probably come. */
export function SkeletonRows({ rows = 4 }: { rows?: number }) {
  return (
    <div className="divide-y divide-subtle">
      {Array.from({ length: rows }, (_row, index) => (
        <div key={index} className="flex min-h-row items-center gap-16 border-subtle px-16 py-8">
          <div className="flex-1">
            <Skeleton className={cx('h-16', index % 2 === 0 ? 'w-[40%]' : 'w-[55%]')} />
            <Skeleton className="mt-8 h-12 w-[25%]" />
          </div>
          <Skeleton className="h-16 w-64" />
        </div>
      ))}
    </div>
  );
}
