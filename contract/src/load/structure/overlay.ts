// How Overlay documents are built (Overlay Specification 1.0, 1.1, and 1.2 as far as it is written).

import type { ShapeSource, Table } from './shape.ts';

const common: Record<string, string | ShapeSource> = {
  Document: 'overlay! info!:Info extends actions!:+#[Action]',
  Info: 'title! version! description',
};

function action(keys: string): ShapeSource {
  return {
    keys,
    check: ({ target }) =>
      typeof target === 'string' && !target.startsWith('$') ? '`target` is a JSONPath and begins with `$`.' : undefined,
  };
}

export const overlay10: Table = {
  ...common,
  Info: 'title! version!',
  Action: action('target! description update:any remove:boolean'),
};
export const overlay11: Table = { ...common, Action: action('target! description update:any copy remove:boolean') };

/** The table of a version such as `1.1.0`; undefined for a version that nobody defined. */
export function overlayTable(version: unknown): Table | undefined {
  const minor = /^1\.([012])\.\d+$/.exec(typeof version === 'string' ? version : '')?.[1];
  return minor === undefined ? undefined : minor === '0' ? overlay10 : overlay11;
}
