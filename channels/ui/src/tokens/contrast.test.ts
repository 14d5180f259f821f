import { expect, test } from 'vitest';
import { fills, lines, type Pair, softs, surfaces, texts } from './roles.ts';

/** WCAG 2.2 relative luminance. */
function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].toSorted((left, right) => left - right);
  return (high + 0.05) / (low + 0.05);
}

function worst(front: Pair, grounds: readonly Pair[]): number {
  return Math.min(...grounds.flatMap((ground) => ([0, 1] as const).map((mode) => contrast(front[mode], ground[mode]))));
}

const everySurface = Object.values<Pair>(surfaces);

test.each(Object.keys(texts).filter((name) => name !== 'on-accent'))('text %s can be read on every surface', (name) => {
  expect(worst(texts[name as keyof typeof texts], everySurface)).toBeGreaterThanOrEqual(4.5);
});

test.each(['accent', 'positive', 'caution', 'critical', 'info'] as const)('text %s can be read on its soft', (name) => {
  expect(worst(texts[name], [softs[`${name}-soft`]])).toBeGreaterThanOrEqual(4.5);
  expect(worst(texts.strong, [softs[`${name}-soft`]])).toBeGreaterThanOrEqual(4.5);
});

test('white can be read on every fill', () => {
  expect(worst(texts['on-accent'], Object.values<Pair>(fills))).toBeGreaterThanOrEqual(4.5);
});

test('edges of controls and the focus ring stand out from every surface', () => {
  for (const line of [lines.control, lines.focus, lines.critical])
    expect(worst(line, everySurface)).toBeGreaterThanOrEqual(3);
});
