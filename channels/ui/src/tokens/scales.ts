// Sizes that exist: type, space, corners, motion, layers, and the three densities.

/** Line height in px by text size in px. */
export const typeSizesPx = {
  12: 16,
  13: 18,
  14: 20,
  16: 24,
  18: 26,
  20: 28,
  24: 32,
  30: 38,
  36: 44,
  48: 56,
} as const;

export const spacesPx = [0, 2, 4, 8, 12, 16, 24, 32, 48, 64, 96] as const;

export const radiiPx = { control: 6, card: 8, dialog: 12, pill: 999 } as const;

export const layers = { content: 0, sticky: 10, overlay: 20, toast: 30 } as const;

export const motion = {
  'duration-press': '120ms',
  'duration-menu': '160ms',
  'duration-panel': '240ms',
  'ease-enter': 'cubic-bezier(0.2, 0, 0, 1)',
  'ease-exit': 'cubic-bezier(0.3, 0, 1, 1)',
} as const;

/** Widths at which layouts are tested; the names are used as Tailwind variants. */
export const breakpointsPx = { sm: 672, md: 1056, lg: 1312, xl: 1584 } as const;

interface Density {
  textPx: number;
  linePx: number;
  controlPx: number;
  /** Control height where the pointer is coarse. */
  touchPx: number;
  rowPx: number;
  gapPx: number;
  /** Of the page's `h1`. */
  titlePx: number;
  titleLinePx: number;
}

export const densities = {
  compact: { textPx: 14, linePx: 20, controlPx: 32, touchPx: 40, rowPx: 36, gapPx: 12, titlePx: 20, titleLinePx: 28 },
  comfortable: {
    textPx: 16,
    linePx: 24,
    controlPx: 40,
    touchPx: 44,
    rowPx: 48,
    gapPx: 16,
    titlePx: 30,
    titleLinePx: 38,
  },
  roomy: { textPx: 22, linePx: 30, controlPx: 72, touchPx: 72, rowPx: 88, gapPx: 24, titlePx: 48, titleLinePx: 56 },
} as const satisfies Record<string, Density>;
