// One JSON line per request. Only the fields of `AccessLine` exist; bodies, queries, tokens and cookies never do.

import { pino, type DestinationStream, type Logger } from 'pino';

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

/** The process's logger. Errors keep their stack. */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}
