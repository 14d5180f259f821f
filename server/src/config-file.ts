// Settings beside the environment: what is the same on every machine of an enterprise stands in a file that is reviewed.

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { ConfigError } from './config-error.ts';

/** In the folder that Plinth is started in. */
const configFile = 'plinth.config.ts';

/**
 * Settings of the file under their names in the environment, as text: `export default { PORT: 4100, PLINTH_CORS_ORIGINS:
 * ['https://shop.example'] }`. None where there is no file. `isKnown`: any other name is refused. Throws ConfigError.
 */
export function readConfigFile(folder: string, isKnown: (name: string) => boolean): Record<string, string> {
  const file = path.join(folder, configFile);
  if (!existsSync(file)) return {};
  const settings = load(file);
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => {
      if (!isKnown(name))
        throw new ConfigError(
          name,
          `${file}: ${name} is not a setting of Plinth`,
          'Run `npm run plinth -- config` to see all settings.',
        );
      return [name, textOf(file, name, value)];
    }),
  );
}

function load(file: string): object {
  const advice = 'Its default export is an object: export default { PORT: 4100 };';
  let settings: unknown;
  try {
    ({ default: settings } = createRequire(file)(file) as { default?: unknown });
  } catch (error) {
    throw new ConfigError(configFile, `${file} cannot be read: ${String(error)}`, advice);
  }
  if (typeof settings === 'object' && settings !== null && !Array.isArray(settings)) return settings;
  throw new ConfigError(configFile, `${file} exports no settings`, advice);
}

function textOf(file: string, name: string, value: unknown): string {
  const parts = Array.isArray(value) ? (value as unknown[]) : [value];
  const texts = parts.map((part) => (typeof part === 'number' ? String(part) : part));
  if (texts.every((text) => typeof text === 'string')) return texts.join(',');
  throw new ConfigError(name, `${file}: ${name} is neither text nor a number nor a list of these`, 'Write it as text.');
}
