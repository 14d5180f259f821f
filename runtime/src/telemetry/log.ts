// The log of business code over the process's logger.

import type { Logger } from 'pino';
import type { Log } from '../context.ts';
import type { LogFields } from './log-fields.ts';

/** What the edge needs of a logger: pino's, or one that says nothing. */
export type EdgeLogger = Pick<Logger, 'info' | 'warn' | 'error' | 'isLevelEnabled'>;

/** Log of business code: constant message, values as fields. */
export function logOf(logger: EdgeLogger, bindings: LogFields = {}): Log {
  const write =
    (level: 'info' | 'warn' | 'error') =>
    (message: string, fields: LogFields = {}) => {
      if (logger.isLevelEnabled(level)) logger[level]({ ...bindings, ...fields }, message);
    };
  return { info: write('info'), warn: write('warn'), error: write('error') };
}
