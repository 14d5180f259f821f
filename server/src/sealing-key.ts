// The key that rows are sealed with: the configured one, or, where the database is the private one, a file of the data
// folder. Processes on a database of your own share a configured key; without one their rows stay in clear.

import { randomBytes } from 'node:crypto';
import path from 'node:path';
import type { Config } from './config.ts';
import { keyOfFile } from './key-file.ts';

const fileName = 'sealing-key';

/** undefined = there is none: nothing configured, and the data folder is not what all processes share, or is thrown away. */
export function sealingKeyOf(
  config: Pick<Config, 'sealingKey' | 'databaseUrl' | 'dataFolder' | 'ephemeral'>,
): string | undefined {
  const { sealingKey, databaseUrl, dataFolder, ephemeral } = config;
  if (sealingKey !== undefined || databaseUrl !== undefined || ephemeral) return sealingKey;
  return keyOfFile(path.join(dataFolder, fileName), () => randomBytes(32).toString('base64url'));
}
