import mark from '../brand/mark.svg';

/** Mark and product name. */
export function Brand({ name }: { name: string }) {
  return (
    <span className="flex items-center gap-8 font-semibold whitespace-nowrap">
      <img src={mark} alt="" width={24} height={24} className="size-24" />
      {name}
    </span>
  );
}
