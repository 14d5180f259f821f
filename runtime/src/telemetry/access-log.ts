// One JSON line per request. Only the fields of `AccessLine` exist; bodies, queries, tokens and cookies never do.

import { pino, type DestinationStream, type Logger } from 'pino';
import type { Log } from '../context.ts';

export interface AccessLine {
  operation: string;
  method: string;
  status: number;
  durationMs: number;
  trace: string;
  audience: string;
  channel: string;
  application?: string | undefined;
  code?: string | undefined;
  replayed?: boolean | undefined;
}

const mostLength = 256;

/** The process's logger. Strings longer than 256 characters are cut; errors keep their stack. */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

/** Log of business code: constant message, values as fields. */
export function logOf(logger: Logger, bindings: Record<string, unknown> = {}): Log {
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
