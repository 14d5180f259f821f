export interface Format {
  kind: 'string' | 'number';
  fits: (value: never) => boolean;
}

const formats = new Map<string, Format>();

export function formatOf(name: string): Format | undefined {
  return formats.get(name);
}
