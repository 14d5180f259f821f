// One JSON line per request, and one for whatever else is worth telling. Only the fields of log-fields.ts exist: bodies,
// queries, tokens and cookies never do.

import { pino, type DestinationStream, type Logger } from 'pino';
import { loggable } from './log-fields.ts';

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

/** The process's logger. Errors keep their stack; what is not listed as loggable is left out. */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }), log: loggable },
    // `loggable` has made of them what may be said.
    serializers: { err: (error: unknown) => error },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}
