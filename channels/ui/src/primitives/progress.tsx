/** How far along: `value` of `max`, as a bar. */
export function Progress({ value, max, label }: { value: number; max: number; label: string }) {
  const share = max === 0 ? 0 : Math.min(1, Math.max(0, value / max));
  return (
    <div
      // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- browsers draw <progress> in colours of their own.
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={max}
      aria-valuenow={value}
      className="h-12 w-full overflow-clip rounded-pill bg-sunken"
    >
      <div className="h-12 bg-fill-accent" style={{ inlineSize: `${share * 100}%` }} />
    </div>
  );
}
