// The only colours that exist in components: each role has a value for light and one for dark.

/** Text, surface, line or fill of one meaning, as `[light, dark]`. */
export type Pair = readonly [light: string, dark: string];

/** Grounds that text stands on. Dark raises by lightness, light by shadow. */
export const surfaces = {
  page: ['#f9f9fb', '#111113'],
  panel: ['#ffffff', '#18191b'],
  raised: ['#ffffff', '#212225'],
  sunken: ['#f0f0f3', '#0b0b0d'],
} as const satisfies Record<string, Pair>;

/** Softly tinted grounds; each carries only the text of its own meaning, and `text.strong`. */
export const softs = {
  'accent-soft': ['#edf2fe', '#182449'],
  'positive-soft': ['#e6f6eb', '#132d21'],
  'caution-soft': ['#fff7c2', '#302008'],
  'critical-soft': ['#feebec', '#3b1219'],
  'info-soft': ['#e6f4fe', '#0d2847'],
} as const satisfies Record<string, Pair>;

/** Fills that carry `text.on-accent`. */
export const fills = {
  accent: ['#3e63dd', '#3e63dd'],
  'accent-hover': ['#3358d4', '#3358d4'],
  'accent-pressed': ['#2c4bb8', '#2c4bb8'],
  critical: ['#ce2c31', '#ce2c31'],
  'critical-hover': ['#b9272c', '#b9272c'],
} as const satisfies Record<string, Pair>;

export const texts = {
  strong: ['#1c2024', '#edeef0'],
  muted: ['#60646c', '#b0b4ba'],
  'on-accent': ['#ffffff', '#ffffff'],
  accent: ['#3a5bc7', '#9eb1ff'],
  positive: ['#157b51', '#3dd68c'],
  caution: ['#9d5b00', '#ffca16'],
  critical: ['#cc2a2f', '#ff9592'],
  info: ['#006cc4', '#70b8ff'],
} as const satisfies Record<string, Pair>;

/** `subtle` is decoration only; `control` is the edge of what can be operated. */
export const lines = {
  subtle: ['#d9d9e0', '#363a3f'],
  control: ['#80838d', '#777b84'],
  accent: ['#3e63dd', '#9eb1ff'],
  critical: ['#cc2a2f', '#ff9592'],
  focus: ['#3e63dd', '#9eb1ff'],
} as const satisfies Record<string, Pair>;
