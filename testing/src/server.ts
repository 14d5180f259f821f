// The PostgreSQL of this test run; test/global-setup.ts says which.

import { inject } from 'vitest';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Connection string by a user who may create databases. */
    databaseUrl: string;
  }
}

/** Connection string of a database on the run's server; `postgres` is always there. */
export function serverUrl(database = 'postgres'): string {
  return urlOf(inject('databaseUrl'), database);
}

/** The same server and user, another database. */
export function urlOf(server: string, database: string): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.href;
}
