// Names of code as words: for members a contract gave no title.

/** `trackingCode` → `Tracking code`; `order_id` → `Order id`; `IBAN` stays. */
export function humanize(name: string): string {
  const words = name
    .replaceAll(/[_.-]+/g, ' ')
    .replaceAll(/([a-z0-9])([A-Z])/g, (_whole, before: string, after: string) => `${before} ${after.toLowerCase()}`)
    .trim();
  return words === '' ? '' : words[0]?.toUpperCase() + words.slice(1);
}
