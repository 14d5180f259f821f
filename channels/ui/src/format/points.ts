/** `1240` → `1,240 points`. */
export function formatPoints(points: number, locale = 'en'): string {
  const number = new Intl.NumberFormat(locale).format(Math.abs(points));
  return `${points < 0 ? '\u2212' : ''}${number} ${Math.abs(points) === 1 ? 'point' : 'points'}`;
}
