// Driver errors → PortError. Errors that are no technical failure (a violated constraint, our own mistakes, a thrown
// domain error) pass unchanged.

import { PortError, type PortFailure } from '@plinth/runtime';

/** SQLSTATE classes and codes; PostgreSQL manual, appendix A. */
const byState: Readonly<Record<string, PortFailure>> = {
  '08000': 'unavailable',
  '08003': 'unavailable',
  '08006': 'unavailable',
  '08001': 'unavailable',
  '57P01': 'unavailable',
  '57P02': 'unavailable',
  '57P03': 'unavailable',
  '53300': 'unavailable',
  '40001': 'conflict',
  '40P01': 'conflict',
  '55P03': 'conflict',
  '57014': 'timeout',
  '53100': 'full',
  '53200': 'unavailable',
  '58030': 'unavailable',
  XX001: 'corrupt',
  XX002: 'corrupt',
};

const byErrno: Readonly<Record<string, PortFailure>> = {
  ECONNREFUSED: 'unavailable',
  ECONNRESET: 'unavailable',
  ENOENT: 'unavailable',
  EPIPE: 'unavailable',
  ETIMEDOUT: 'unavailable',
  ENOTFOUND: 'unavailable',
  EHOSTUNREACH: 'unavailable',
  ENOSPC: 'full',
  EDQUOT: 'full',
  EFBIG: 'full',
};

/** The server has a SQLSTATE for a full disk alone; of other bounds of room it quotes the system, as an internal error. */
const noRoom = /: (?:File too large|Disk quota exceeded)$/;

/** The error itself when it is no failure of the database. */
export function toPortError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof PortError) return error;
  const code = (error as { code?: unknown }).code;
  const failure = typeof code === 'string' ? failureOf(code, error.message) : undefined;
  if (failure) return new PortError(failure, `database: ${error.message}`, error);
  if (
    /timeout exceeded when trying to connect|Connection terminated|Client has encountered a connection error/i.test(
      error.message,
    )
  ) {
    return new PortError('unavailable', `database: ${error.message}`, error);
  }
  return error;
}

function failureOf(code: string, message: string): PortFailure | undefined {
  if (code === 'XX000' && noRoom.test(message)) return 'full';
  return byState[code] ?? byErrno[code];
}
