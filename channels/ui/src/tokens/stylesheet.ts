// Writes the tokens as one style sheet: custom properties per role and the Tailwind theme that names them. Only roles
// and steps of the scales become utilities, so `bg-blue-500` or `p-5` do not exist.

import { fills, lines, type Pair, softs, surfaces, texts } from './roles.ts';
import { breakpointsPx, densities, layers, motion, radiiPx, spacesPx, typeSizesPx } from './scales.ts';

const rem = (px: number): string => (px === 0 ? '0px' : `${px / 16}rem`);

const pairs = (prefix: string, roles: Record<string, Pair>): string[] =>
  Object.entries(roles).map(([name, [light, dark]]) => `--${prefix}-${name}: light-dark(${light}, ${dark});`);

const named = (namespace: string, prefix: string, roles: Record<string, Pair>): string[] =>
  Object.keys(roles).map((name) => `--${namespace}-${name}: var(--${prefix}-${name});`);

const block = (head: string, rows: readonly string[]): string =>
  `${head} {\n${rows.map((row) => `  ${row}`).join('\n')}\n}\n`;

/** The whole of `tokens.css`. */
export function stylesheet(): string {
  const roles = [
    ...pairs('surface', surfaces),
    ...pairs('surface', softs),
    ...pairs('fill', fills),
    ...pairs('text', texts),
    ...pairs('line', lines),
    '--shadow-color-raised: light-dark(rgb(28 32 36 / 6%), transparent);',
    '--shadow-color-overlay: light-dark(rgb(28 32 36 / 16%), transparent);',
    ...Object.entries(motion).map(([name, value]) => `--${name}: ${value};`),
    ...Object.entries(layers).map(([name, value]) => `--z-${name}: ${value};`),
  ];
  return [
    '/* Made from channels/ui/src/tokens. Do not edit: run `node channels/ui/print-tokens.ts`. */',
    block(':root', ['color-scheme: light dark;', ...roles]),
    block(":root[data-theme='light']", ['color-scheme: light;']),
    block(":root[data-theme='dark']", ['color-scheme: dark;']),
    moreContrast(),
    ...densityBlocks(),
    block('@theme inline', theme()),
  ].join('\n');
}

function moreContrast(): string {
  return within(
    '@media (prefers-contrast: more)',
    block(':root', ['--text-muted: var(--text-strong);', '--line-subtle: var(--line-control);']),
  );
}

function densityBlocks(): string[] {
  return Object.entries(densities).flatMap(([name, density]) => {
    const own = `[data-density='${name}']`;
    // The default weighs nothing, so that a page's own density wins wherever it stands.
    const head = name === 'comfortable' ? `:where(:root),\n${own}` : own;
    const rows = [
      `--body-size: ${rem(density.textPx)};`,
      `--body-line: ${rem(density.linePx)};`,
      `--control-height: ${rem(density.controlPx)};`,
      `--row-height: ${rem(density.rowPx)};`,
      `--gap: ${rem(density.gapPx)};`,
      `--title-size: ${rem(density.titlePx)};`,
      `--title-line: ${rem(density.titleLinePx)};`,
    ];
    const touch = block(head, [`--control-height: ${rem(density.touchPx)};`]);
    return [block(head, rows), within('@media (pointer: coarse)', touch)];
  });
}

function within(head: string, inner: string): string {
  return `${head} {\n${inner.trimEnd().replaceAll(/^/gm, '  ')}\n}\n`;
}

function theme(): string[] {
  const off = ['color', 'text', 'spacing', 'radius', 'shadow', 'breakpoint', 'font', 'font-weight', 'tracking', 'ease'];
  return [
    ...off.map((namespace) => `--${namespace}-*: initial;`),
    '--spacing: initial;',
    ...named('background-color', 'surface', surfaces),
    ...named('background-color', 'surface', softs),
    ...Object.keys(fills).map((name) => `--background-color-fill-${name}: var(--fill-${name});`),
    '--background-color-line-subtle: var(--line-subtle);',
    '--background-color-line-control: var(--line-control);',
    '--background-color-strong: var(--text-strong);',
    '--background-color-transparent: transparent;',
    ...named('text-color', 'text', texts),
    ...named('border-color', 'line', lines),
    '--border-color-transparent: transparent;',
    ...named('outline-color', 'line', { focus: lines.focus }),
    ...Object.entries(typeSizesPx).flatMap(([size, line]) => [
      `--text-${size}: ${rem(Number(size))};`,
      `--text-${size}--line-height: ${rem(line)};`,
    ]),
    '--text-title: var(--title-size);',
    '--text-title--line-height: var(--title-line);',
    '--text-body: var(--body-size);',
    '--text-body--line-height: var(--body-line);',
    ...spacesPx.map((px) => `--spacing-${px}: ${rem(px)};`),
    '--spacing-px: 1px;',
    '--spacing-control: var(--control-height);',
    '--spacing-row: var(--row-height);',
    '--spacing-gap: var(--gap);',
    ...Object.entries(radiiPx).map(([name, px]) => `--radius-${name}: ${rem(px)};`),
    '--shadow-raised: 0 1px 2px var(--shadow-color-raised);',
    '--shadow-overlay: 0 8px 24px var(--shadow-color-overlay);',
    ...Object.entries(breakpointsPx).map(([name, px]) => `--breakpoint-${name}: ${rem(px)};`),
    "--font-sans: 'Inter Variable', 'Inter fallback', system-ui, sans-serif;",
    "--font-mono: 'JetBrains Mono Variable', ui-monospace, monospace;",
    '--font-weight-regular: 400;',
    '--font-weight-medium: 500;',
    '--font-weight-semibold: 600;',
    '--tracking-tight: -0.01em;',
    '--ease-enter: cubic-bezier(0.2, 0, 0, 1);',
    '--ease-exit: cubic-bezier(0.3, 0, 1, 1);',
  ];
}
