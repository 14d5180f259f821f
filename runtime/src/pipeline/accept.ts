// `Accept` against what an operation can answer (RFC 9110 12.5.1). Problems are sent whatever a caller accepts: who cannot
// read them loses nothing that another refusal would tell.

import type { Operation } from '@plinth/contract';

/** Entries of one field that are looked at. */
const mostRanges = 50;

/** undefined = nothing to compare with: the operation answers without a body, or with any type. */
export function compileAccept({ responses }: Operation): ((field: string) => boolean) | undefined {
  const types = responses
    .filter(({ status }) => /^[23]/.test(String(status)) || status === 'default')
    .flatMap(({ media }) => media.map(({ type }) => bare(type)));
  if (types.length === 0 || types.some((type) => type.startsWith('*/'))) return undefined;
  // A job is JSON, whatever its result will be.
  const all = [...new Set([...types, ...types.flatMap(structured)])];
  // Callers repeat themselves: the last field and what came of it.
  let last: { field: string; isFine: boolean } | undefined;
  return (field) => {
    if (field !== last?.field) {
      const ranges = field.split(',', mostRanges).map(rangeOf);
      last = { field, isFine: all.some((type) => isWanted(type, ranges)) };
    }
    return last.isFine;
  };
}

interface Range {
  type: string;
  /** The most specific range counts: 0 for all, 1 `text/*`, 2 `text/html`. */
  weight: number;
  isRefused: boolean;
}

function rangeOf(text: string): Range {
  const [type = '', ...params] = text.split(';').map((part) => part.trim().toLowerCase());
  const weight = type === '*/*' || type === '*' ? 0 : type.endsWith('/*') ? 1 : 2;
  return { type, weight, isRefused: params.some((param) => /^q\s*=\s*0(\.0{0,3})?$/.test(param)) };
}

function isWanted(type: string, ranges: readonly Range[]): boolean {
  const fitting = ranges.filter(({ type: range, weight }) => {
    if (weight === 0) return true;
    return weight === 1 ? type.startsWith(range.slice(0, -1)) : type === range;
  });
  const best = fitting.toSorted((a, b) => b.weight - a.weight)[0];
  return best !== undefined && !best.isRefused;
}

function bare(type: string): string {
  return (type.split(';', 1)[0] as string).trim().toLowerCase();
}

/** `application/hal+json` is JSON, too (RFC 6839). */
function structured(type: string): string[] {
  return type.endsWith('+json') ? ['application/json'] : [];
}
