// What is looked at in a JSON body before it is parsed, as a share of the parsing: a usual body, which is seen to be within
// the bounds at a glance, one with escapes, and a long one, which is looked at letter by letter. In this process, medians.

import { checkJsonText, isPlainJson } from '../../contract/src/codec/json.ts';
import { newOrder } from '../edge/job.ts';
import type { BenchOptions, BenchResult } from '../run.ts';
import { held, median, ratio, runsOf } from './processes.ts';

const texts = {
  usual: JSON.stringify(newOrder),
  escaped: JSON.stringify({ ...newOrder, note: 'a "b"' }),
  long: JSON.stringify(Array.from({ length: 60 }, () => newOrder)),
};

/** Shares of the time of `JSON.parse`, by kind of text. */
export async function run(options: BenchOptions): Promise<BenchResult> {
  const figures: Record<string, number> = {};
  for (const [kind, text] of Object.entries(texts)) {
    const bytes = Buffer.from(text);
    const times = Math.ceil(20_000_000 / text.length);
    const looked: number[] = [];
    const parsed: number[] = [];
    for (let round = 0; round <= runsOf(options); round++) {
      const look = milliseconds(times, () => isPlainJson(text) || checkJsonText(bytes) === undefined);
      const parse = milliseconds(times, () => JSON.parse(text) !== undefined);
      if (round === 0) continue; // The first round only warms up.
      looked.push(look);
      parsed.push(parse);
    }
    figures[`${kind}Share`] = ratio(median(looked), median(parsed));
    options.say(`json, ${kind} (${text.length} bytes): ${figures[`${kind}Share`]} of the parsing`);
  }
  return { figures, ...held(figures, { usualShare: { atMost: 0.2 }, escapedShare: { atMost: 0.2 } }) };
}

function milliseconds(times: number, work: () => boolean): number {
  const started = performance.now();
  let right = 0;
  for (let n = 0; n < times; n++) if (work()) right += 1;
  if (right !== times) throw new Error('the text must be within the bounds');
  return performance.now() - started;
}
