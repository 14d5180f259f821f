// The log of business code over the process's logger.

import type { Logger } from 'pino';
import type { Log } from '../context.ts';

/** What the edge needs of a logger: pino's, or one that says nothing. */
export type EdgeLogger = Pick<Logger, 'info' | 'warn' | 'error' | 'isLevelEnabled'>;

const mostLength = 256;

/** Log of business code: constant message, values as fields; strings longer than 256 characters are cut. */
export function logOf(logger: EdgeLogger, bindings: Record<string, unknown> = {}): Log {
  const write =
    (level: 'info' | 'warn' | 'error') =>
    (message: string, fields: Record<string, unknown> = {}) => {
      if (logger.isLevelEnabled(level)) logger[level]({ ...bindings, ...cut(fields) }, message);
    };
  return { info: write('info'), warn: write('warn'), error: write('error') };
}

function cut(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      typeof value === 'string' && value.length > mostLength ? `${value.slice(0, mostLength)}…` : value,
    ]),
  );
}
