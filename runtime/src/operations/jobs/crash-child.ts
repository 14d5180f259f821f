// A process that makes one job and dies at a crash point while it works on it. Run by takeover.test.ts.

import { armCrash } from '../../kernel/index.ts';
import { connectTestDatabase } from '../../store/test-database.ts';
import { callerOf, startTestJobs } from './test-jobs.ts';

const [url = '', place = '', path = ''] = process.argv.slice(2);
const world = await startTestJobs(connectTestDatabase(url));
armCrash(place);
const ada = await callerOf(world, 'ada');
const { headers } = await ada.post(path, `${path}.${place}`);
await ada.end(headers.get('location'));
// Not reached when the point is.
process.exit(0);
