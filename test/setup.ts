// Before each test file: tells the testing package which server and adapter its databases come from.

import { openPostgres } from '@plinth/adapters/postgres';
import { useDatabaseServer } from '@plinth/testing';
import { inject } from 'vitest';

useDatabaseServer({ url: inject('databaseUrl'), run: inject('testRun'), open: openPostgres });
