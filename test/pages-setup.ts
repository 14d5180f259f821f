// Once per run: the pages are built before the first platform starts, so that no two of them build at the same time.

import { buildChannels } from '../server/src/web/build.ts';

// oxlint-disable-next-line import/no-default-export -- how the test runner finds it.
export default async function setup(): Promise<void> {
  await buildChannels({ log: (text) => void process.stderr.write(`${text}\n`) });
}
